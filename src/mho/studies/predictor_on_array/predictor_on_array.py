"""The predictor on the cells that it programs: what it loses there, and what a prediction costs."""

from dataclasses import dataclass, field
from typing import Annotated, Any

from mho.calibration import Calibrator, ColumnGain
from mho.core import Device
from mho.core.check import argument_error, check_number
from mho.crossbar import ADC, DAC, Crossbar, Noise, RelativeReadNoise
from mho.devices import DEVICES, JartTUD
from mho.nn import DifferentialPair
from mho.programming.predictor import Recording
from mho.studies.settings import OneOf
from mho.studies.study import Progress, Shards, Study

from .reading import ReadingCost
from .result import ArrayPrediction
from .trial import Trial


@dataclass(frozen=True, kw_only=True)
class PredictorOnArray(Study):
    """What does a pulse predictor lose when it runs on the kind of cells that it programs?

    The predictor's weights become cells of the device, programmed by the predictor itself as a
    digital network. Stage by stage it is then judged by one pulse on recorded cells, and in the end
    it programs other cells by write-and-verify.

    Args:
        device: Model of the cells, those that hold the predictor and those that it programs.
        predictor: File, or name of a predictor that comes along.
        test: Records of cells that the predictor was not trained on.
        mapping: How weights become conductances.
        bits: Resolutions of the weights that are tried by themselves.
        tolerance: Relative error at which a cell of the predictor counts as programmed.
        max_pulses: Pulses for each of them after which to give up.
        noise: What every reading is disturbed by.
        crossbar: Wires of the tiles.
        dac: Converter of the rows.
        adc: Converter of the columns.
        calibrator: Repair of the currents, fitted to each tile.
        reading: What one read of a tile is assumed to cost.
        cells: Rows and columns of the other cells.
        goal: Relative error at which one of the other cells counts as programmed.
        seeds: Each selects other cells and other noise.
    """

    device: Annotated[Device[Any], OneOf(*DEVICES)] = field(
        default_factory=lambda: JartTUD.preset("yu2024")
    )
    predictor: str = "jart_tud_yu2024"
    test: Recording = field(default_factory=lambda: Recording(cells=200, seed=1000))
    mapping: DifferentialPair = field(
        default_factory=lambda: DifferentialPair(g_min=110e-6, g_max=520e-6)
    )
    bits: tuple[int, ...] = (2, 3, 4, 5, 6, 8)
    tolerance: float = 0.02
    max_pulses: int = 100
    noise: tuple[Noise, ...] = (RelativeReadNoise(sigma=0.01),)
    crossbar: Crossbar = field(default_factory=Crossbar)
    dac: DAC = field(default_factory=DAC)
    adc: ADC = field(default_factory=ADC)
    calibrator: Annotated[Calibrator, OneOf(ColumnGain)] = field(default_factory=ColumnGain)
    reading: ReadingCost = field(default_factory=ReadingCost)
    cells: tuple[int, int] = (64, 64)
    goal: float = 0.05
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        check_number("tolerance", self.tolerance, low=0.0)
        check_number("goal", self.goal, low=0.0)
        check_number("max_pulses", self.max_pulses, low=1)
        for name in ("bits", "seeds"):
            if not getattr(self, name):
                raise argument_error(name, "hold at least one", "is empty")

    def run(self, folder: Shards, progress: Progress) -> "ArrayPrediction":
        missing = [seed for seed in self.seeds if not folder.has(f"seed{seed}")]
        with progress.stage("Predictors on arrays", len(self.seeds)) as advance:
            advance(len(self.seeds) - len(missing))
            for seed in missing:
                folder.write(f"seed{seed}", **Trial(self, seed).outcome())
                advance(1)
        return ArrayPrediction.gather(folder, seeds=self.seeds, bits=self.bits)

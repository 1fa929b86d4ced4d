"""The whole loop: a trained network mapped, programmed, read through wires and calibrated."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from torch import Tensor, nn

from mho.calibration import Calibrator, ColumnGain, WithinBudget
from mho.core import Device
from mho.core.check import argument_error, check_number
from mho.crossbar import ADC, DAC, TIA, Crossbar, Noise
from mho.devices import DEVICES, JartTUD
from mho.nn import (
    DifferentialPair,
    ErrorWriter,
    IdealWriter,
    InUse,
    Layer,
    PulseWriter,
    Slicing,
    Tile,
    Whole,
    Writer,
    convert,
)
from mho.programming import Cycling
from mho.studies.networks import Network, ShippedDigits, accuracy
from mho.studies.networks.pictures import Pictures
from mho.studies.settings import OneOf
from mho.studies.study import Progress, Shards, Study

from .cost import multiplications
from .pictures import folding_error, pictures, programmed_cells
from .result import STAGES, ClosedLoopResult
from .scheme import Scheme
from .shards import accuracy_shard
from .writers import StoredWriter, drawing_writer

_WRITTEN = "wires"  # stage whose tiles are written: slices may make up for the wires


@dataclass(frozen=True, kw_only=True)
class ClosedLoop(Study):
    """What accuracy does a trained network keep on simulated memristors?

    Stage by stage: the digital network; the same with its weights mapped to conductances; on
    cells programmed by pulses; read through the resistance of the wires; through converters; and
    with the currents calibrated.

    Args:
        network: Trained network with its pictures.
        device: Model of the cells.
        schemes: Ways to program them, by name.
        mapping: How weights become conductances.
        slicing: How a weight is spread over several pairs of cells; it is in one if left out.
        rows: Largest number of rows of a tile.
        cols: Largest number of columns of a tile.
        read_voltage: V. Voltage that the largest input is turned into.
        crossbar: Wires and cells of a tile. Images are read by the slope of the cells at 0 V; what
            that leaves out is measured on one tile.
        noise: What every reading is disturbed by.
        dac: Converter of the rows.
        tia: Amplifier of the columns, ideal if left out.
        adc: Converter of the columns.
        calibrator: Repair of the currents, fitted to each tile.
        images: Test images, at most.
        calibration_images: Training images for the ranges of the converters and the calibration.
        seeds: Each selects other cells and other noise.
        history: What the cells went through before they are programmed; fresh if left out.
        sample: Cells that each scheme programs, with targets all over the range, for a program
            error to be fitted to, from which all cells are drawn. If left out, each cell of each
            tile is simulated.
    """

    network: Network = field(default_factory=ShippedDigits)
    device: Annotated[Device[Any], OneOf(*DEVICES)] = field(
        default_factory=lambda: JartTUD.preset("yu2022", set_voltage=-0.4713, reset_voltage=0.9726)
    )
    schemes: dict[str, Scheme] = field(
        default_factory=lambda: {
            "one_pulse": Scheme(max_pulses=1),
            "write_and_verify": Scheme(max_pulses=20),
        }
    )
    mapping: DifferentialPair = field(
        default_factory=lambda: DifferentialPair(g_min=110e-6, g_max=520e-6)
    )
    slicing: Slicing = field(default_factory=Whole)
    rows: int = 64
    cols: int = 128
    read_voltage: float = 0.2
    crossbar: Crossbar = field(default_factory=Crossbar)
    noise: tuple[Noise, ...] = ()
    dac: DAC = field(default_factory=DAC)
    tia: TIA | None = None
    adc: ADC = field(default_factory=ADC)
    calibrator: Calibrator = field(default_factory=ColumnGain)
    images: int = 4000
    calibration_images: int = 1000
    seeds: tuple[int, ...] = (0, 1, 2)
    history: Cycling | InUse | None = None
    sample: int | None = None

    def __post_init__(self) -> None:
        check_number("rows", self.rows, low=1)
        check_number("cols", self.cols, low=2)
        check_number("read_voltage", self.read_voltage, low=0.0, above=True)
        check_number("images", self.images, low=1)
        check_number("calibration_images", self.calibration_images, low=1)
        if self.sample is not None:
            check_number("sample", self.sample, low=100)
        if not self.schemes:
            raise argument_error("schemes", "hold at least one scheme", "is empty")
        if not self.seeds or len(set(self.seeds)) != len(self.seeds):
            raise argument_error("seeds", "be different whole numbers", f"is {self.seeds}")
        low, high = self.device.g_min, self.device.g_max
        if self.mapping.g_min < low or self.mapping.g_max > high:
            must = f"lie within what the device reaches, {low:.4g} to {high:.4g} S"
            but = f"spans {self.mapping.g_min:.4g} to {self.mapping.g_max:.4g} S"
            raise argument_error("mapping", must, but)
        for scheme in self.schemes.values():
            scheme.check(self.device, self.mapping)
        self._check_calibrator()

    def run(self, folder: Shards, progress: Progress) -> ClosedLoopResult:
        model = self.network.trained(folder, progress)
        inputs = self.network.calibration(self.calibration_images)
        test = self.network.test(self.images)
        mapped = convert(model, self.tile(IdealWriter()), inputs)
        tiles = sum(m.tiles for m in mapped.modules() if isinstance(m, Layer))
        if not folder.has("unprogrammed"):
            scores = {"digital": accuracy(model, test), "mapped": accuracy(mapped, test)}
            folder.write("unprogrammed", **scores)
        del mapped
        writers = self._write_all(folder, progress, model, inputs, tiles)
        self._score_all(folder, progress, model, inputs, test, writers)
        if not folder.has("pictures"):
            last = writers[list(self.schemes)[-1], self.seeds[0]]
            raw = convert(model, self.tile(last, "converters"), inputs)
            calibrated = convert(model, self.tile(last, "calibrated"), inputs, cells=raw)
            cost = multiplications(calibrated, test.images[:1])
            drawn = pictures(model, raw, calibrated, inputs, test)
            folder.write("pictures", **drawn, **{f"{k}_products": v for k, v in cost.items()})
        if not folder.has("cells"):
            first = {name: writers[name, self.seeds[0]] for name in self.schemes}
            simulated = None if self.sample else tiles
            shown = folder.read("pictures")
            cells = programmed_cells(folder, first, shown, mapping=self.mapping, tiles=simulated)
            folder.write("cells", **cells)
        return ClosedLoopResult.gather(
            folder,
            tolerances={name: scheme.tolerance for name, scheme in self.schemes.items()},
            seeds=self.seeds,
            tiles=tiles,
            simulated=self.sample is None,
            images=len(test.labels),
            folding_error=folding_error(folder.read("pictures")),
        )

    def tile(self, writer: Writer, stage: str = "programmed", *, seed: int = 0) -> Tile:
        """The tile as it is read at a stage; every stage adds one thing to the stage before.

        Args:
            writer: How conductances get into the cells.
            stage: One of `STAGES`.
            seed: Of the noise.
        """
        tile = Tile(
            mapping=self.mapping,
            slicing=self.slicing,
            rows=self.rows,
            cols=self.cols,
            read_voltage=self.read_voltage,
            writer=writer,
            noise_seed=seed,
        )
        if stage in ("wires", "converters", "calibrated"):
            tile = replace(tile, crossbar=self.crossbar)
        if stage in ("converters", "calibrated"):
            tile = replace(tile, dac=self.dac, tia=self.tia, adc=self.adc, noise=self.noise)
        if stage == "calibrated":
            tile = replace(tile, calibrator=self.calibrator)
        return tile

    def _check_calibrator(self) -> None:
        """Refuse a calibrator that no tile can have."""
        self.tile(IdealWriter(), "calibrated")
        repair, each = self.calibrator, self.mapping.converters(self.cols)
        if isinstance(repair, WithinBudget) and repair.multiplications < each:
            must = f"have a multiplication for each of the {each} currents that a tile converts"
            raise argument_error("calibrator", must, f"has {repair.multiplications}")

    def _write_all(
        self, folder: Shards, progress: Progress, model: nn.Module, inputs: Tensor, tiles: int
    ) -> dict[tuple[str, int], Writer]:
        """Program cells with every scheme and seed, unless the folder has them already."""
        runs = [(name, seed) for name in self.schemes for seed in self.seeds]
        # Schemes often differ in their number of pulses alone, and a fit takes its time.
        programmers = {scheme.programmer for scheme in self.schemes.values()}
        fitted = {programmer: programmer.fit(self.device) for programmer in programmers}
        writers: dict[tuple[str, int], Writer] = {}
        steps = len(runs) * (1 if self.sample else tiles)
        # Wires that nothing makes up for need not be folded to write.
        stage = _WRITTEN if self.slicing.through_wires else "programmed"
        with progress.stage("Programming tiles", steps) as advance:
            for name, seed in runs:
                writer = PulseWriter(
                    device=self.device,
                    programmer=fitted[self.schemes[name].programmer],
                    tolerance=self.schemes[name].tolerance,
                    max_pulses=self.schemes[name].max_pulses,
                    seed=seed,
                    history=self.history,
                )
                if self.sample:
                    writers[name, seed] = self._drawing(writer, folder, name)
                    advance(1)
                else:
                    stored = StoredWriter(writer, folder, name, seed, advance)
                    convert(model, self.tile(stored, stage), inputs)
                    writers[name, seed] = replace(stored, advance=_silent)
        return writers

    def _drawing(self, writer: PulseWriter, folder: Shards, scheme: str) -> ErrorWriter:
        assert self.sample is not None
        return drawing_writer(writer, self.sample, self.mapping, folder, scheme)

    def _score_all(
        self,
        folder: Shards,
        progress: Progress,
        model: nn.Module,
        inputs: Tensor,
        test: Pictures,
        writers: dict[tuple[str, int], Writer],
    ) -> None:
        """Read all test images at every stage, unless the folder has the answer already."""
        with progress.stage("Reading images", len(writers) * len(STAGES)) as advance:
            for (name, seed), writer in writers.items():
                written: nn.Module | None = None
                for stage in STAGES:
                    shard = accuracy_shard(name, seed, stage)
                    if not folder.has(shard):
                        if written is None:
                            written = convert(model, self.tile(writer, _WRITTEN), inputs)
                        tile = self.tile(writer, stage, seed=seed)
                        # A large network leaves no room for the cells of the stage before.
                        score = accuracy(convert(model, tile, inputs, cells=written), test)
                        folder.write(shard, accuracy=score)
                    advance(1)


def _silent(tiles: int) -> None:
    pass

"""What accuracy trained networks keep on tiles with resistive wires, by the size of the tiles."""

from dataclasses import dataclass, field, replace
from typing import Any

from torch import nn

from mho.calibration import Affine, Calibrator, ColumnGain, OhmicInverse, PhysicsCalibrator
from mho.core.check import argument_error, check_number
from mho.crossbar import ADC, DAC, Crossbar
from mho.nn import DifferentialPair, Layer, Mapping, Tile, convert
from mho.studies.networks import MnistMlp, Network, accuracy
from mho.studies.networks.pictures import Pictures
from mho.studies.study import Progress, Shards, Study
from mho.studies.weight_transfer import Fitted, WritingScheme

from .pilot import Pilot
from .result import NONE, AccuracyThroughWires, shard_name


@dataclass(frozen=True, kw_only=True)
class TransferThroughWires(Study):
    """What accuracy does a network keep on tiles with resistive wires, by the tiles' size?

    The tiles are square. Smaller ones are the simplest remedy, calibration is the other. Every
    calibrator is fitted to each tile with the pictures that set the ranges; one that knows the
    circuit identifies the wires on a pilot array before.

    Args:
        network: Trained network with its pictures.
        mapping: How weights become conductances; `g_min` and `g_max` are replaced by those of the
            cells.
        cells: What cells there are and how they are written, by name.
        bits: A cell takes the nearest of two to the power of so many levels.
        sizes: Rows and columns of the tiles.
        crossbar: Wires of the tiles.
        dac: Converter of the rows, none if left out.
        adc: Converter of the columns, none if left out.
        calibrators: What repairs the currents, by name.
        pilot: Where a `PhysicsCalibrator` identifies the wires.
        images: Test pictures.
        calibration_images: Training pictures that set ranges and fit calibrators.
        points: Loss of accuracy, in points, up to which a size counts as good enough.
        seeds: One for each draw of the cells.
    """

    network: Network = field(default_factory=MnistMlp)
    mapping: Mapping = field(default_factory=lambda: DifferentialPair(g_min=1e-6, g_max=1e-4))
    cells: dict[str, WritingScheme] = field(default_factory=lambda: {"jart": Fitted()})
    bits: int = 8
    sizes: tuple[int, ...] = (64, 128, 256, 512)
    crossbar: Crossbar = field(default_factory=Crossbar)
    dac: DAC | None = None
    adc: ADC | None = None
    calibrators: dict[str, Calibrator] = field(
        default_factory=lambda: {
            "column_gain": ColumnGain(),
            "affine": Affine(ridge=1e-4),
            "physics": PhysicsCalibrator(
                crossbar=Crossbar(row_resistance=2.0, column_resistance=2.0),
                inverse=OhmicInverse(),
                readings=8,
            ),
        }
    )
    pilot: Pilot = field(default_factory=Pilot)
    images: int = 10_000
    calibration_images: int = 200
    points: float = 1.0
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        for name in ("images", "calibration_images"):
            check_number(name, getattr(self, name), low=1)
        check_number("points", self.points, low=0.0)
        check_number("bits", self.bits, low=1, high=16)
        for name in ("cells", "sizes", "seeds"):
            if not getattr(self, name):
                raise argument_error(name, "hold at least one", "is empty")
        for size in self.sizes:
            check_number("sizes", size, low=2)
        if NONE in self.calibrators:
            raise argument_error("calibrators", "have names of their own", f"`{NONE}` is taken")
        for calibrator in self.calibrators.values():
            Tile(mapping=self.mapping, cols=min(self.sizes), calibrator=calibrator)  # or refused

    @property
    def repairs(self) -> dict[str, Calibrator | None]:
        """What is compared, currents as they are first."""
        return {NONE: None, **self.calibrators}

    def run(self, folder: Shards, progress: Progress) -> AccuracyThroughWires:
        model = self.network.trained(folder, progress)
        test = self.network.test(self.images)
        inputs = self.network.calibration(self.calibration_images)
        if not folder.has("digital"):
            score = accuracy(model, test)
            folder.write("digital", accuracy=score, images=len(test.labels))
        steps = len(self.cells) * len(self.sizes) * len(self.repairs)
        with progress.stage("Transferring through wires", steps) as advance:
            for cells in self.cells:
                for size in self.sizes:
                    drawn: dict[int, nn.Module] = {}  # all repairs meet the same cells
                    for name in self.repairs:
                        shard = shard_name(cells, size, name)
                        if not folder.has(shard):
                            draws = []
                            for seed in self.seeds:
                                tile = self._tile(cells, size, name, seed, folder)
                                analog = convert(model, tile, inputs, cells=drawn.get(seed))
                                draws.append(_figures(analog, tile, test))
                                drawn.setdefault(seed, analog)
                            keys = draws[0]
                            folder.write(shard, **{key: [d[key] for d in draws] for key in keys})
                        advance(1)
        return AccuracyThroughWires.gather(
            folder,
            cells=list(self.cells),
            sizes=self.sizes,
            repairs=list(self.repairs),
            seeds=self.seeds,
            points=self.points,
        )

    def _tile(self, cells: str, size: int, name: str, seed: int, folder: Shards) -> Tile:
        scheme, calibrator = self.cells[cells], self.repairs[name]
        low, high = scheme.limits()
        tile = Tile(
            mapping=replace(self.mapping, g_min=low, g_max=high),
            rows=size,
            cols=size,
            writer=scheme.writer(2**self.bits, seed, folder, cells),
            crossbar=self.crossbar,
            dac=self.dac,
            adc=self.adc,
        )
        if isinstance(calibrator, PhysicsCalibrator):
            calibrator = self.pilot.told(calibrator, tile, seed)
        return replace(tile, calibrator=calibrator)


def _figures(analog: nn.Module, tile: Tile, test: Pictures) -> dict[str, Any]:
    """Accuracy of one draw, and what its tiles are."""
    layers = [layer for layer in analog.modules() if isinstance(layer, Layer)]
    weights = sum(layer.weight.numel() for layer in layers)
    repairs = sum(layer.tiles * layer.repair.multiplications for layer in layers)
    figures = {
        "accuracy": accuracy(analog, test),
        "tiles": sum(layer.tiles for layer in layers),
        "multiplications": repairs / weights,
    }
    calibrator = tile.calibrator
    if not isinstance(calibrator, PhysicsCalibrator) or calibrator.identified is None:
        return figures
    known = calibrator.identified.array.parameters
    return figures | {f"found.{name}": known[name] for name in calibrator.parameters}

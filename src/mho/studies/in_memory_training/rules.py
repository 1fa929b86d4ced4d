"""Rules of learning: what is made of a network, and how its weights are updated."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

from torch import Tensor, nn
from torch.optim import SGD, Optimizer

from mho.core.check import check_number
from mho.core.random import generator
from mho.crossbar import ADC, DAC, Noise, RelativeReadNoise
from mho.devices.steps import PowerStep
from mho.nn import (
    DifferentialPair,
    ErrorWriter,
    FixedRange,
    Layer,
    Tile,
    Writer,
    convert,
)
from mho.nn.optim import (
    LevelSteps,
    MixedPrecision,
    PulsedSGD,
    PulseSteps,
    RewritingSGD,
    TikiTaka,
)
from mho.programming import ProgramError

from .noise_layer import NoiseLayer

Errors = Callable[[int], ProgramError]
"""Program error of so many bits, for the cells of the tiles."""


@dataclass(frozen=True, kw_only=True)
class Tiles:
    """What all rules have in common: cells, and what is around them.

    Args:
        g_min: S. Lowest conductance of the cells.
        g_max: S. Highest conductance of the cells.
        rows: Largest number of rows of a tile.
        cols: Largest number of columns of a tile.
        dac: Converter of the rows.
        adc: Converter of the columns.
        noise: What every reading is disturbed by.
    """

    g_min: float = 10e-6
    g_max: float = 100e-6
    rows: int = 128
    cols: int = 128
    dac: DAC | None = field(default_factory=DAC)
    adc: ADC | None = field(default_factory=lambda: ADC(bits=14))
    noise: tuple[Noise, ...] = (RelativeReadNoise(sigma=2e-4),)

    def pair(self, bound: float, seed: int, writer: Writer | None = None) -> Tile:
        """A tile with two cells for each weight, whose currents are subtracted.

        A column of lone cells carries the current of weights in the middle of the range too, in
        which converters lose what a network learns.

        Args:
            bound: Largest weight.
            seed: Of the noise.
            writer: Writes the cells; they take what is asked for if it is left out.
        """
        weights = FixedRange(bound=bound)
        mapping = DifferentialPair(g_min=self.g_min, g_max=self.g_max, weights=weights)
        written = {} if writer is None else {"writer": writer}
        return Tile(mapping=mapping, noise_seed=seed, **self._around(), **written)  # type: ignore[arg-type]

    def _around(self) -> dict[str, object]:
        names = ("rows", "cols", "dac", "adc", "noise")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Beginning:
    """What a rule starts from.

    Args:
        network: Untrained network.
        inputs: (images, ...), 1. Pictures that stand for those to come.
        tiles: Cells, and what is around them.
        errors: Program error of so many bits.
        seed: Selects the noise and the errors.
    """

    network: nn.Module
    inputs: Tensor
    tiles: Tiles
    errors: Errors
    seed: int


class Rule(ABC):
    """Says how a network learns. Subclasses are frozen dataclasses."""

    @abstractmethod
    def begin(self, start: Beginning) -> tuple[nn.Module, Optimizer]:
        """The network as it learns, and its optimiser.

        Args:
            start: What it starts from.
        """


@dataclass(frozen=True, kw_only=True)
class Digital(Rule):
    """The digital network and plain gradient steps.

    Args:
        lr: Learning rate.
    """

    lr: float = 0.1

    def __post_init__(self) -> None:
        check_number("lr", self.lr, low=0.0, above=True)

    def begin(self, start: Beginning) -> tuple[nn.Module, Optimizer]:
        return start.network, SGD(start.network.parameters(), self.lr)


@dataclass(frozen=True, kw_only=True)
class Rewritten(Rule):
    """Every update writes all cells again, with the program error of so many bits.

    Args:
        lr: Learning rate.
        bits: Bits of each cell; they take what is asked for exactly if it is left out.
        bound: Largest weight.
    """

    lr: float = 0.1
    bits: int | None = None
    bound: float = 4.0

    def __post_init__(self) -> None:
        _check(self.lr, self.bound, self.bits or 1)

    def begin(self, start: Beginning) -> tuple[nn.Module, Optimizer]:
        writer = None
        if self.bits is not None:
            writer = ErrorWriter(error=start.errors(self.bits), seed=start.seed)
        tile = start.tiles.pair(self.bound, start.seed, writer)
        model = convert(start.network, tile, start.inputs)
        return model, RewritingSGD(model, self.lr, seed=start.seed)


@dataclass(frozen=True, kw_only=True)
class NoiseBehindBlocks(Rule):
    """Cells take updates exactly; behind each layer its outputs meet the program error.

    Args:
        lr: Learning rate.
        bits: Bits of the error.
        bound: Largest weight, and largest output.
    """

    lr: float = 0.1
    bits: int = 9
    bound: float = 4.0

    def __post_init__(self) -> None:
        _check(self.lr, self.bound, self.bits)

    def begin(self, start: Beginning) -> tuple[nn.Module, Optimizer]:
        model = convert(start.network, start.tiles.pair(self.bound, start.seed), start.inputs)
        error = start.errors(self.bits)
        optimiser = RewritingSGD(model, self.lr, seed=start.seed)
        for number, layer in enumerate(m for m in model.modules() if isinstance(m, Layer)):
            noise = NoiseLayer(error, self.bound, generator(start.seed, number))
            layer.register_forward_hook(noise)
        return model, optimiser


@dataclass(frozen=True, kw_only=True)
class Mixed(Rule):
    """Gradients are added up digitally; a cell that is due is written one level further.

    Args:
        lr: Learning rate.
        bits: Bits of a cell.
        bound: Largest weight.
    """

    lr: float = 0.1
    bits: int = 9
    bound: float = 0.3

    def __post_init__(self) -> None:
        _check(self.lr, self.bound, self.bits)

    def begin(self, start: Beginning) -> tuple[nn.Module, Optimizer]:
        writer = ErrorWriter(error=start.errors(self.bits), seed=start.seed)
        tile = start.tiles.pair(self.bound, start.seed, writer)
        model = convert(start.network, tile, start.inputs)
        steps = LevelSteps(levels=2**self.bits)
        return model, MixedPrecision(model, self.lr, steps=steps, seed=start.seed)


@dataclass(frozen=True, kw_only=True)
class Pulsed(Rule):
    """Gradient steps as pulses on pairs of cells with soft bounds.

    Args:
        lr: Learning rate.
        step: Share of the range that a pulse moves a cell by at the bound that it leaves.
        cycle_noise: Spread of a step over its size.
        bound: Largest weight.
    """

    lr: float = 0.1
    step: float = 0.002
    cycle_noise: float = 0.3
    bound: float = 0.5

    def __post_init__(self) -> None:
        _check(self.lr, self.bound, 1)

    def begin(self, start: Beginning) -> tuple[nn.Module, Optimizer]:
        model = convert(start.network, start.tiles.pair(self.bound, start.seed), start.inputs)
        steps = PulseSteps(device=soft_bounds(start.tiles, self.step, self.cycle_noise))
        return model, PulsedSGD(model, self.lr, steps=steps, seed=start.seed)


@dataclass(frozen=True, kw_only=True)
class Filtered(Rule):
    """Tiki-taka: pulses on a fast array, whose filtered sum moves the weights.

    Args:
        lr: Learning rate of the fast array.
        gain: Steps of the weights for each step that the fast array is read to be off.
        columns: Inputs of each layer that are read after an update.
        step: As in `Pulsed`.
        cycle_noise: As in `Pulsed`.
        bound: Largest weight.
    """

    lr: float = 0.1
    gain: float = 0.5
    columns: int = 8
    step: float = 0.002
    cycle_noise: float = 0.3
    bound: float = 0.5

    def __post_init__(self) -> None:
        _check(self.lr, self.bound, 1)

    def begin(self, start: Beginning) -> tuple[nn.Module, Optimizer]:
        model = convert(start.network, start.tiles.pair(self.bound, start.seed), start.inputs)
        steps = PulseSteps(device=soft_bounds(start.tiles, self.step, self.cycle_noise))
        settings = {"steps": steps, "fast": steps, "columns": self.columns, "gain": self.gain}
        return model, TikiTaka(model, self.lr, seed=start.seed, **settings)  # type: ignore[arg-type]


def soft_bounds(tiles: Tiles, step: float, cycle_noise: float) -> PowerStep:
    """Cells whose steps shrink in proportion to the way to the bound.

    Args:
        tiles: Give the range.
        step: Share of the range that a pulse moves a cell by at the bound that it leaves.
        cycle_noise: Spread of a step over its size.
    """
    return PowerStep(
        low=tiles.g_min,
        high=tiles.g_max,
        cycle_noise=cycle_noise,
        up_step=step,
        down_step=step,
        up_power=1.0,
        down_power=1.0,
    )


def _check(lr: float, bound: float, bits: int) -> None:
    check_number("lr", lr, low=0.0, above=True)
    check_number("bound", bound, low=0.0, above=True)
    check_number("bits", bits, low=1)

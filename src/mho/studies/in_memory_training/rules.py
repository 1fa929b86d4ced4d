"""Rules of learning: what is made of a network, and how its weights are updated."""

from dataclasses import dataclass, field

from torch import nn
from torch.optim import SGD, Optimizer

from mho.core.check import check_number
from mho.core.random import generator
from mho.devices.steps import PowerStep, StepSpread
from mho.nn import FixedRange, Layer, WeightRange
from mho.nn.optim import (
    InMemory,
    LevelSteps,
    MixedPrecision,
    PulsedSGD,
    PulseSteps,
    RewritingSGD,
    TikiTaka,
    Turned,
    Zero,
)

from .noise_layer import NoiseLayer
from .rule import Beginning, Rule, Tiles


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
class AroundCells(Rule):
    """Cells stay as they were written first; only what is digital learns around them.

    That is biases, and where there is batch normalisation all of it.

    Args:
        lr: Learning rate.
        bits: Bits of each cell; they take what is asked for exactly if it is left out.
        weights: Which weights the cells stand for.
    """

    lr: float = 0.1
    bits: int | None = None
    weights: WeightRange = field(default_factory=lambda: FixedRange(bound=4.0))

    def __post_init__(self) -> None:
        _check(self.lr, self.bits or 1)

    def begin(self, start: Beginning) -> tuple[nn.Module, Optimizer]:
        model = start.written(self.weights, self.bits)
        for layer in model.modules():
            if isinstance(layer, Layer):
                layer.weight.requires_grad_(False)
        return model, SGD([p for p in model.parameters() if p.requires_grad], self.lr)


@dataclass(frozen=True, kw_only=True)
class Rewritten(Rule):
    """Every update writes all cells again, with the program error of so many bits.

    Args:
        lr: Learning rate.
        bits: Bits of each cell; they take what is asked for exactly if it is left out.
        weights: Which weights the cells stand for.
        around: Learning rate of what is digital; that of the cells if left out.
    """

    lr: float = 0.1
    bits: int | None = None
    weights: WeightRange = field(default_factory=lambda: FixedRange(bound=4.0))
    around: float | None = None

    def __post_init__(self) -> None:
        _check(self.lr, self.bits or 1)

    def begin(self, start: Beginning) -> tuple[nn.Module, Optimizer]:
        model = start.written(self.weights, self.bits)
        return model, _rated(RewritingSGD(model, self.lr, seed=start.seed), self.around)


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
        _check(self.lr, self.bits)
        check_number("bound", self.bound, low=0.0, above=True)

    def begin(self, start: Beginning) -> tuple[nn.Module, Optimizer]:
        model = start.written(FixedRange(bound=self.bound))
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
        weights: Which weights the cells stand for.
        around: Learning rate of what is digital; that of the cells if left out.
    """

    lr: float = 0.1
    bits: int = 9
    weights: WeightRange = field(default_factory=lambda: FixedRange(bound=0.3))
    around: float | None = None

    def __post_init__(self) -> None:
        _check(self.lr, self.bits)

    def begin(self, start: Beginning) -> tuple[nn.Module, Optimizer]:
        model = start.written(self.weights, self.bits)
        steps = LevelSteps(levels=2**self.bits)
        optimiser = MixedPrecision(model, self.lr, steps=steps, seed=start.seed)
        return model, _rated(optimiser, self.around)


@dataclass(frozen=True, kw_only=True)
class Pulsed(Rule):
    """Gradient steps as pulses on pairs of cells with soft bounds.

    Args:
        lr: Learning rate.
        step: Share of the range that a pulse moves a cell by at the bound that it leaves.
        cycle_noise: Spread of a step over its size.
        spread: Spread from cell to cell, none if left out.
        weights: Which weights the cells stand for.
    """

    lr: float = 0.1
    step: float = 0.002
    cycle_noise: float = 0.3
    spread: StepSpread | None = None
    weights: WeightRange = field(default_factory=lambda: FixedRange(bound=0.5))

    def __post_init__(self) -> None:
        _check(self.lr, 1)

    def begin(self, start: Beginning) -> tuple[nn.Module, Optimizer]:
        model = start.written(self.weights)
        device = soft_bounds(start.tiles, self.step, self.cycle_noise, self.spread)
        steps = PulseSteps(device=device)
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
        spread: As in `Pulsed`.
        zero: How it is known where the fast array is at zero.
        weights: Which weights the cells stand for.
    """

    lr: float = 0.1
    gain: float = 0.5
    columns: int = 8
    step: float = 0.002
    cycle_noise: float = 0.3
    spread: StepSpread | None = None
    zero: Zero = field(default_factory=Turned)
    weights: WeightRange = field(default_factory=lambda: FixedRange(bound=0.5))

    def __post_init__(self) -> None:
        _check(self.lr, 1)

    def begin(self, start: Beginning) -> tuple[nn.Module, Optimizer]:
        model = start.written(self.weights)
        device = soft_bounds(start.tiles, self.step, self.cycle_noise, self.spread)
        steps = PulseSteps(device=device)
        optimiser = TikiTaka(
            model,
            self.lr,
            steps=steps,
            fast=steps,
            columns=self.columns,
            gain=self.gain,
            zero=self.zero,
            seed=start.seed,
        )
        return model, optimiser


def soft_bounds(
    tiles: Tiles, step: float, cycle_noise: float, spread: StepSpread | None
) -> PowerStep:
    """Cells whose steps shrink in proportion to the way to the bound.

    Args:
        tiles: Give the range.
        step: Share of the range that a pulse moves a cell by at the bound that it leaves.
        cycle_noise: Spread of a step over its size.
        spread: Spread from cell to cell.
    """
    return PowerStep(
        low=tiles.g_min,
        high=tiles.g_max,
        cycle_noise=cycle_noise,
        device_spread=spread,
        up_step=step,
        down_step=step,
        up_power=1.0,
        down_power=1.0,
    )


def _rated(optimiser: InMemory, around: float | None) -> InMemory:
    """An optimiser with a learning rate of its own for what is digital."""
    if around is not None:
        optimiser.param_groups[1]["lr"] = around
    return optimiser


def _check(lr: float, bits: int) -> None:
    check_number("lr", lr, low=0.0, above=True)
    check_number("bits", bits, low=1)

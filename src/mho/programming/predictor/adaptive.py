"""A pulse predictor that learns, from the pulses of each cell, how this cell differs."""

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from mho.core import Bench, Device, Past, Pulse
from mho.core.check import check_number
from mho.core.past import NO_PAST
from mho.core.random import generator
from mho.programming.programmer import Programmer, fitted

from .population import Deviations, Population
from .predictor import PulsePredictor


@dataclass(frozen=True, kw_only=True)
class AdaptivePredictor(Programmer):
    """A pulse predictor, corrected for each cell by what earlier pulses did to it.

    Whatever a pulse led to, its time was the right one for: by how much it is longer than the
    predicted one is how far this cell deviates. What the past of the job and, by
    `program(..., past=result.past)`, of earlier jobs tells so is weighed against how different the
    cells of a population are and how noisy a pulse is. Before the first pulse of a cell it is the
    predictor itself.

    Args:
        predictor: Predictor that is corrected.
        cells: Cells of the population that `fit` looks at.
        pulses: Pulses on each of them, to random targets.
        least: Relative change of conductance below which a pulse tells nothing.
        longest: Most times that a pulse is longer or shorter than the predicted one.
        seed: Selects those cells, targets and their noise.
        population: How cells differ, found by `fit` or `learn`.
    """

    predictor: PulsePredictor = field(default_factory=PulsePredictor)
    cells: int = 200
    pulses: int = 100
    least: float = 0.05
    longest: float = 10.0
    seed: int = 0
    population: Population | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        check_number("cells", self.cells, low=2)
        check_number("pulses", self.pulses, low=2)
        check_number("least", self.least, low=0.0)
        check_number("longest", self.longest, low=1.0)

    def fit(self, device: Device[Any]) -> "AdaptivePredictor":
        predictor = self.predictor.fit(device)
        if self.population is not None:
            return replace(self, predictor=predictor)
        source, draws = generator(self.seed, 0), generator(self.seed, 1)
        low, high = fitted("learned", predictor.reach)
        state, past = device.fabricate((1, self.cells), source), NO_PAST
        for _ in range(_WARM_UP + self.pulses):
            share = torch.rand(1, self.cells, dtype=torch.float64, generator=draws)
            conductance = device.conductance(state)
            pulse = predictor.pulse(conductance, low + (high - low) * share)
            past, state = past.then(conductance, pulse), device.apply(state, pulse, source)
        used = Past(past.reads[_WARM_UP:], past.pulses[_WARM_UP:])
        return replace(self, predictor=predictor).learn(used, device.conductance(state))

    def learn(self, past: Past, conductance: Tensor) -> "AdaptivePredictor":
        """The predictor with the population that some cells are from, simulated or real.

        Args:
            past: What was sent to the cells, many pulses each.
            conductance: (..., rows, cols), S. Where the last pulse led.
        """
        return replace(self, population=Population.fit(self._deviations(past, conductance)))

    def pulse(self, conductance: Tensor, target: Tensor, past: Past = NO_PAST) -> Pulse:
        pulse, population = self.predictor.pulse(conductance, target), self._population()
        if not past.pulses:
            return pulse
        lasts = round(_LASTS * population.memory)
        recent = Past(past.reads[-lasts:], past.pulses[-lasts:])
        excess = population.excess(self._deviations(recent, conductance))
        factor = torch.where(target > conductance, excess[..., 0], excess[..., 1]).exp()
        return Pulse(pulse.amplitude, pulse.width * factor.clamp(1 / self.longest, self.longest))

    def _deviations(self, past: Past, conductance: Tensor) -> Deviations:
        """Of pulses that led the right way, and not out of the range that was learned."""
        learned = fitted("learned", self.predictor.learned)
        before, after = torch.stack(past.reads), torch.stack((*past.reads[1:], conductance))
        width = torch.stack([pulse.width for pulse in past.pulses])
        amplitude = torch.stack([pulse.amplitude for pulse in past.pulses])
        upwards = amplitude * learned.set_amplitude > 0
        low, high = learned.low, learned.high
        known = (width > 0) & ((after > before) == upwards) & (after > low) & (after < high)
        known &= (after / before - 1.0).abs() > self.least  # NaN, where a read failed, is neither
        led = torch.where(known, after, before.nan_to_num(low) * torch.where(upwards, 1.1, 0.9))
        predicted = self.predictor.time(before.nan_to_num(low), led).abs().clamp(min=_SHORTEST)
        value = torch.where(known, (width / predicted).log(), 0.0)
        return Deviations(value, upwards, known)

    @property
    def reach(self) -> tuple[float, float] | None:
        return self.predictor.reach

    def check(self, bench: Bench) -> None:
        self.predictor.check(bench)

    def _population(self) -> Population:
        return fitted("population", self.population)


_SHORTEST = 1e-15  # s. A signed time may come out as zero.
_WARM_UP = 10  # pulses, after which cells are as in use
_LASTS = 4.0  # memories after which a pulse is forgotten

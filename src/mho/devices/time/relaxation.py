"""Relaxation: what a conductance does in the time after it was programmed."""

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from mho.core.check import argument_error, check_number, check_range
from mho.core.random import kernel_key
from mho.devices.published import Published

from .effect import Effect, Switching


@dataclass(frozen=True)
class RelaxationState:
    """State of relaxing cells. Displacements are along the angle of the model.

    Args:
        time: (..., rows, cols), s. Since the last programming pulse.
        clock: (..., rows, cols). What the clock of bursts has counted since then.
        walk: (..., rows, cols). Displacement that stays.
        fluctuation: (..., rows, cols). Displacement that comes and goes, for one count.
        kept: (..., rows, cols). Displacement left from before the last programming pulse.
        factor: (..., rows, cols). Conductance over that without relaxation.
    """

    time: Tensor
    clock: Tensor
    walk: Tensor
    fluctuation: Tensor
    kept: Tensor
    factor: Tensor


@dataclass(frozen=True, kw_only=True)
class Relaxation(Published, Effect[RelaxationState]):
    r"""Conductance that walks in the logarithm of time, in bursts, between two walls.

    The walk is along an angle, which keeps the conductance between 0 and a ceiling:

    .. math:: G = G_c \sin^2 y, \qquad u = \ln(1 + t / t_0)

    Rearrangements come in bursts. A clock counts them: it runs on with u, in part steadily and in
    part by gamma-distributed jumps (share b, burstiness v), with mean u. At a count c, with
    standard normal W(c) / sqrt(c) and Z,

    .. math:: y(t) = y(0) + \theta c + \sigma \left[ \sqrt{p} \, W(c)
        + \sqrt{(1 - p) \, c} \, Z(u) \right]

    W is a random walk and stays; Z forgets itself over a step `memory` of u and comes and goes.
    Drift and spread depend on the level that was programmed, interpolated between the levels
    given. A programming pulse starts all anew, except for
    the share of the displacement that it did not rewrite. All is exact over any time: two rests
    are, in distribution, one. A smaller or larger device takes the law with another `ceiling`.

    Args:
        ceiling: S. Upper wall G_c, above every conductance of the device.
        levels: Conductances over the ceiling at which drift and spread are given, rising.
        drift: Drift of the angle for a count of the clock, at each level.
        spread: Spread of the angle for the root of a count, at each level.
        onset: s. Time t_0 at which the relaxation begins to show.
        bursts: Share b of the clock that comes in jumps, 0 to 1.
        burstiness: Mean number v of counts between jumps worth as much.
        permanence: Share p of the variance that stays, 0 to 1.
        memory: Step of u over which the rest forgets e-fold.
    """

    ceiling: float
    levels: tuple[float, ...]
    drift: tuple[float, ...]
    spread: tuple[float, ...]
    onset: float
    bursts: float
    burstiness: float
    permanence: float
    memory: float

    def __post_init__(self) -> None:
        for name in ("ceiling", "onset", "burstiness", "memory"):
            check_number(name, getattr(self, name), low=0.0, above=True)
        for name in ("bursts", "permanence"):
            check_number(name, getattr(self, name), low=0.0, high=1.0)
        if not self.levels or list(self.levels) != sorted(set(self.levels)):
            raise argument_error("levels", "rise", f"is {self.levels}")
        for name in ("drift", "spread"):
            if len(getattr(self, name)) != len(self.levels):
                must = f"have one value for each of the {len(self.levels)} levels"
                raise argument_error(name, must, f"has {len(getattr(self, name))}")
        for value in self.spread:
            check_number("spread", value, low=0.0)

    def noise_free(self) -> "Relaxation":
        return replace(self, bursts=0.0, spread=(0.0,) * len(self.levels))

    def angle(self, conductance: Tensor) -> Tensor:
        """Coordinate along which the law is a walk: (...), 1.

        Args:
            conductance: (...), S. From 0 to the ceiling.
        """
        remedy = "Take the law with a higher ceiling."
        limits = (0.0, self.ceiling)
        check_range("conductance", conductance, *limits, unit="S", remedy=remedy)
        return torch.asin((conductance / self.ceiling).sqrt())

    def elapsed(self, time: Tensor) -> Tensor:
        """Logarithmic time u that has passed: (...), 1.

        Args:
            time: (...), s. Since the programming pulse.
        """
        return torch.log1p(time / self.onset)

    def drift_and_spread(self, level: Tensor) -> tuple[Tensor, Tensor]:
        """Drift for a count and spread for the root of a count: (...), 1, each.

        Args:
            level: (...), 1. Programmed conductance over the ceiling.
        """
        return self._at(level, self.drift), self._at(level, self.spread)

    def fabricate(self, conductance: Tensor, generator: torch.Generator) -> RelaxationState:
        zero = torch.zeros_like(conductance)
        fluctuation = self._fluctuation(conductance, generator)
        return RelaxationState(zero, zero, zero, fluctuation, zero, torch.ones_like(zero))

    def pulse(
        self, state: RelaxationState, switching: Switching, generator: torch.Generator
    ) -> RelaxationState:
        programmed, after = switching.programmed, switching.after
        fresh = self._fluctuation(after, generator)
        started = {
            name: torch.where(programmed, 0.0, getattr(state, name))
            for name in ("time", "clock", "walk")
        }
        kept = torch.where(programmed, switching.kept * _displacement(state), state.kept)
        fluctuation = torch.where(programmed, fresh, state.fluctuation)
        begun = replace(state, **started, fluctuation=fluctuation, kept=kept)
        factor = torch.where(switching.pulsed, self._factor(begun, after), state.factor)
        return replace(begun, factor=factor)

    def relax(
        self, state: RelaxationState, conductance: Tensor, time: float, generator: torch.Generator
    ) -> RelaxationState:
        level = conductance / self.ceiling
        drift, spread = self.drift_and_spread(level)
        step = self.elapsed(state.time + time) - self.elapsed(state.time)
        count = self.counts(step, generator)
        first, second = torch.randn((2, *step.shape), dtype=torch.float64, generator=generator)
        walk = drift * count + math.sqrt(self.permanence) * spread * count.sqrt() * first
        remembered = torch.exp(-step / self.memory)
        renewed = math.sqrt(1.0 - self.permanence) * spread * (1.0 - remembered.square()).sqrt()
        moved = replace(
            state,
            time=state.time + time,
            clock=state.clock + count,
            walk=state.walk + walk,
            fluctuation=remembered * state.fluctuation + renewed * second,
        )
        return replace(moved, factor=self._factor(moved, conductance))

    def current(self, state: RelaxationState, current: Tensor, voltage: Tensor) -> Tensor:
        return current * state.factor

    def histories(self, conductance: Tensor, time: Tensor, generator: torch.Generator) -> Tensor:
        """What cells left alone are read as later: (times, ...), S.

        Args:
            conductance: (...), S. Conductance that the cells were programmed to.
            time: (times,), s. Since then, rising.
            generator: Source of the noise.
        """
        state, read = self.fabricate(conductance, generator), []
        for step in time.diff(prepend=time.new_zeros(1)).tolist():
            state = self.relax(state, conductance, step, generator)
            read.append(conductance * state.factor)
        return torch.stack(read)

    def counts(self, step: Tensor, generator: torch.Generator) -> Tensor:
        """Counts of the clock over steps of logarithmic time, at random: (...), 1.

        Args:
            step: (...), 1. Steps of u.
            generator: Source of the jumps.
        """
        # NumPy draws gamma numbers of any shape from a generator; torch has none in public.
        draw = np.random.Generator(np.random.Philox(kernel_key(generator))).standard_gamma
        jumps = torch.from_numpy(np.asarray(draw((step / self.burstiness).numpy())))
        return (1.0 - self.bursts) * step + self.bursts * self.burstiness * jumps

    def _factor(self, state: RelaxationState, conductance: Tensor) -> Tensor:
        angle = self.angle(conductance) + _displacement(state)
        return self.ceiling * torch.sin(angle).square() / conductance

    def _fluctuation(self, conductance: Tensor, generator: torch.Generator) -> Tensor:
        spread = self._at(conductance / self.ceiling, self.spread)
        normal = torch.randn(spread.shape, dtype=torch.float64, generator=generator)
        return math.sqrt(1.0 - self.permanence) * spread * normal

    def _at(self, level: Tensor, values: tuple[float, ...]) -> Tensor:
        """Value at each level, interpolated, and constant beyond the ends."""
        return torch.as_tensor(np.interp(level.numpy(), self.levels, values))


def _displacement(state: RelaxationState) -> Tensor:
    return state.kept + state.walk + state.clock.sqrt() * state.fluctuation

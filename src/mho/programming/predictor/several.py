"""Several pulse predictors, one of which is asked for each cell."""

from abc import abstractmethod
from dataclasses import dataclass, field, replace
from typing import Any, Self

import torch
from torch import Tensor

from mho.core import Bench, Device, Past, Pulse
from mho.core.check import argument_error, check_number
from mho.core.past import NO_PAST
from mho.programming.programmer import Programmer, fitted

from .identity import DeviceIdentity
from .predictor import PulsePredictor


@dataclass(frozen=True, kw_only=True)
class SeveralPredictors(Programmer):
    """Predictors that share the work.

    Args:
        predictor: How each of them is recorded and trained.
        learned: Trained predictors, filled in by `fit`.
        device: Device that they were learned from.
    """

    predictor: PulsePredictor = field(default_factory=PulsePredictor)
    learned: tuple[PulsePredictor, ...] | None = field(default=None, compare=False)
    device: DeviceIdentity | None = field(default=None, compare=False)

    def fit(self, device: Device[Any]) -> Self:
        if self.learned is None:
            return replace(self._trained(device), device=DeviceIdentity.of(device))
        fitted("device", self.device).check(device)
        return self

    def with_seed(self, seed: int) -> Self:
        """The same with other records and first weights.

        Args:
            seed: Selects them.
        """
        recording = replace(self.predictor.recording, seed=seed)
        return replace(self, predictor=replace(self.predictor, seed=seed, recording=recording))

    @abstractmethod
    def _trained(self, device: Device[Any]) -> Self:
        """The same with all predictors, in the order in which `_place` counts them."""

    @abstractmethod
    def _place(self, conductance: Tensor, pulses: Pulse) -> Tensor:
        """Which predictor is asked for each cell: (..., rows, cols), from 0.

        Args:
            conductance: (..., rows, cols), S. Conductance now.
            pulses: What all of them predict, (predictors, ..., rows, cols).
        """

    def pulse(self, conductance: Tensor, target: Tensor, past: Past = NO_PAST) -> Pulse:
        each = [known.pulse(conductance, target) for known in self._known()]
        amplitude = torch.stack([pulse.amplitude for pulse in each])
        width = torch.stack([pulse.width for pulse in each])
        place = self._place(conductance, Pulse(amplitude, width))[None]
        return Pulse(amplitude.gather(0, place)[0], width.gather(0, place)[0])

    @property
    def reach(self) -> tuple[float, float] | None:
        if self.learned is None:
            return None
        ends = [known.reach for known in self.learned if known.reach is not None]
        return min(low for low, _ in ends), max(high for _, high in ends)

    def check(self, bench: Bench) -> None:
        fitted("device", self.device).check_bench(bench)

    def _known(self) -> tuple[PulsePredictor, ...]:
        return fitted("learned", self.learned)


@dataclass(frozen=True, kw_only=True)
class RangePredictor(SeveralPredictors):
    """Networks for parts of the range, each asked for the cells that start in its own.

    All learn from one recording, split by the start. Source: Yu et al., AICAS 2024
    (arXiv 2403.06712), section VI.

    Args:
        predictor: How each of them is recorded and trained.
        learned: Trained predictors, filled in by `fit`.
        device: Device that they were learned from.
        parts: Networks; their parts of the range are equally wide.
        edges: S. Conductances between the parts, filled in by `fit`.
    """

    parts: int = 4
    edges: tuple[float, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        check_number("parts", self.parts, low=1)

    def _trained(self, device: Device[Any]) -> "RangePredictor":
        low, high = self.predictor.recording.range(device)
        edges = torch.linspace(low, high, self.parts + 1, dtype=torch.float64)[1:-1]
        split = self.predictor.recording.record(device).split(0.8, 0.1, 0.1)[:2]
        known = []
        for part in range(self.parts):
            own = [each.where(torch.bucketize(each.start, edges) == part) for each in split]
            if not all(map(len, own)):
                must = "leave records to every network"
                raise argument_error("parts", must, f"is {self.parts}", "Record more cells.")
            known.append(self.predictor.learn(device, *own))
        return replace(self, learned=tuple(known), edges=tuple(edges.tolist()))

    def _place(self, conductance: Tensor, pulses: Pulse) -> Tensor:
        return torch.bucketize(conductance.contiguous(), conductance.new_tensor(self.edges))


@dataclass(frozen=True, kw_only=True)
class VoltagePredictor(SeveralPredictors):
    """Amplitude and width: of several voltages the lowest whose pulse is short enough.

    The slower a cell is driven the less its noise decides, so every pulse is as slow as the time
    allows. A network learns at each strength. Where even the strongest pulse would be too long it
    is cut. Source: Yu et al., AICAS 2024 (arXiv 2403.06712), section V, which proposes varying
    voltages.

    Args:
        predictor: How each of them is recorded and trained.
        learned: Trained predictors, filled in by `fit`.
        device: Device that they were learned from.
        strengths: Voltages to choose from, rising, in terms of the device's own two.
        longest: s. Longest pulse.
    """

    strengths: tuple[float, ...] = (0.92, 0.96, 1.0, 1.04, 1.08)
    longest: float = 100e-6

    def __post_init__(self) -> None:
        if not self.strengths or list(self.strengths) != sorted(set(self.strengths)):
            raise argument_error("strengths", "rise", f"is {self.strengths}")
        check_number("strengths", self.strengths[0], low=0.0, above=True)
        check_number("longest", self.longest, low=0.0, above=True)

    def _trained(self, device: Device[Any]) -> "VoltagePredictor":
        driven: Any = device  # a dataclass, as all devices are
        known = [
            self.predictor.fit(
                replace(
                    driven,
                    set_voltage=strength * device.set_voltage,
                    reset_voltage=strength * device.reset_voltage,
                )
            )
            for strength in self.strengths
        ]
        return replace(self, learned=tuple(known))

    def pulse(self, conductance: Tensor, target: Tensor, past: Past = NO_PAST) -> Pulse:
        pulse = super().pulse(conductance, target, past)
        return Pulse(pulse.amplitude, pulse.width.clamp(max=self.longest))

    def _place(self, conductance: Tensor, pulses: Pulse) -> Tensor:
        enough = pulses.width <= self.longest
        return torch.where(enough.any(0), enough.int().argmax(0), len(self.strengths) - 1)

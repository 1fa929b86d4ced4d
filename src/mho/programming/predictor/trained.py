"""A predictor that was trained before, as a study file names it."""

from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from mho.core import Bench, Device, Past, Pulse
from mho.core.check import argument_error
from mho.core.past import NO_PAST
from mho.programming.programmer import Programmer, fitted

from .identity import DeviceIdentity
from .predictor import PulsePredictor


@dataclass(frozen=True, kw_only=True)
class TrainedPredictor(Programmer):
    """One pulse by a network that was trained before; its device must be the one it learned from.

    `PulsePredictor` trains one instead, and only warns of another device.

    Args:
        name: Name of a predictor that comes along, or path of a file.
        predictor: The predictor, read by `fit`.
    """

    name: str = "jart_tud_yu2024"
    predictor: PulsePredictor | None = field(default=None, compare=False)

    def fit(self, device: Device[Any]) -> "TrainedPredictor":
        predictor = PulsePredictor.load(self.name)
        assert predictor.learned is not None
        found = DeviceIdentity.of(device)
        if predictor.learned.device != found:
            but = f"`{self.name}` is of another: {predictor.learned.device.difference(found)}"
            remedy = "Train one with the study TrainPredictor, and name its file."
            raise argument_error("programmer", "know the device", but, remedy)
        return replace(self, predictor=predictor)

    def pulse(self, conductance: Tensor, target: Tensor, past: Past = NO_PAST) -> Pulse:
        return self._known().pulse(conductance, target, past)

    @property
    def reach(self) -> tuple[float, float] | None:
        return None if self.predictor is None else self.predictor.reach

    def check(self, bench: Bench) -> None:
        self._known().check(bench)

    def _known(self) -> PulsePredictor:
        return fitted("predictor", self.predictor)

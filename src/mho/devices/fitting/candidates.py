"""The devices that are tried: counted steps of three laws, and soft bounds in time and voltage."""

from abc import abstractmethod
from dataclasses import replace
from typing import Any

import numpy as np

from mho.devices.soft_bounds import SoftBounds
from mho.devices.steps.exponential_step import ExponentialStep
from mho.devices.steps.linear_step import LinearStep
from mho.devices.steps.power_step import PowerStep
from mho.devices.steps.step_device import StepDevice

from .candidate import Candidate, Moves, Parameter, bounds, fields, noises, operating_point
from .measurement import Measurement

_MOST_STEPS = 1000  # of one pulse; beyond it a count no longer stands in for time


class _Steps(Candidate):
    """Counted steps; the shortest pulse is one."""

    model: type[StepDevice]

    @abstractmethod
    def _law(self, measurement: Measurement) -> tuple[Parameter, ...]:
        """Numbers of the law of the steps, named `up_...` and `down_...`."""

    def parameters(self, measurement: Measurement) -> tuple[Parameter, ...]:
        start = 0.1 * max(measurement.step)
        added = Parameter(
            name="added_noise", start=start, low=1e-6, high=0.5, pinned=0.0, noise=True
        )
        law = (_told(parameter, measurement) for parameter in self._law(measurement))
        return (*bounds(measurement), *law, *noises(measurement, 100.0), added)

    def device(self, measurement: Measurement, values: dict[str, float]) -> StepDevice:
        width = float(measurement.width.min())
        settings: dict[str, Any] = operating_point(measurement) | fields(values)
        return self.model(pulse_width=width, **settings)

    def moves(self, device: StepDevice, measurement: Measurement) -> Moves:
        count = measurement.direction * measurement.width / device.pulse_width
        pulses = np.stack([count, np.ones_like(count), np.full_like(count, device.cycle_noise)])
        return Moves(pulses, device.laws(), device.added_noise)

    def unfit(self, measurement: Measurement) -> str:
        most = measurement.width.max() / measurement.width.min()
        return "" if most <= _MOST_STEPS else f"the longest pulse would be {most:.0f} steps"


class LinearSteps(_Steps):
    """Steps that change linearly from one bound to the other."""

    model = LinearStep

    def _law(self, measurement: Measurement) -> tuple[Parameter, ...]:
        up, down = measurement.step
        return (
            _step("up_first", 1.5 * up),
            Parameter(name="up_last", start=0.5 * up, low=0.0, high=1.0, scale=up),
            _step("down_first", 1.5 * down),
            Parameter(name="down_last", start=0.5 * down, low=0.0, high=1.0, scale=down),
        )


class ExponentialSteps(_Steps):
    """Steps that fade exponentially to a constant size."""

    model = ExponentialStep

    def _law(self, measurement: Measurement) -> tuple[Parameter, ...]:
        up, down = measurement.step
        return tuple(
            parameter
            for side, step in (("up", up), ("down", down))
            for parameter in (
                _step(f"{side}_step", 0.5 * step),
                Parameter(name=f"{side}_boost", start=4.0, low=-0.95, high=200.0, scale=1.0),
                Parameter(name=f"{side}_decay", start=5.0, low=0.1, high=50.0),
            )
        )


class PowerSteps(_Steps):
    """Steps that are a power of the distance to the bound that they go to."""

    model = PowerStep

    def _law(self, measurement: Measurement) -> tuple[Parameter, ...]:
        return tuple(
            parameter
            for side, step in zip(("up", "down"), measurement.step, strict=True)
            for parameter in (
                _step(f"{side}_step", 2.0 * step),
                Parameter(name=f"{side}_power", start=1.0, low=0.0, high=8.0, scale=1.0),
            )
        )


_SIZES = ("up_first", "up_last", "down_first", "down_last")


class Rest(_Steps):
    """A cell that no pulse moves, only noise: what every other candidate has to beat."""

    model = LinearStep

    @property
    def name(self) -> str:
        return "at rest"

    def _law(self, measurement: Measurement) -> tuple[Parameter, ...]:
        return ()

    def parameters(self, measurement: Measurement) -> tuple[Parameter, ...]:
        changes = {"cycle_noise": {"untold": "it makes no step"}, "added_noise": {"pinned": None}}
        return tuple(
            replace(p, **changes.get(p.name, {}))  # type: ignore[arg-type]
            for p in super().parameters(measurement)
        )

    def device(self, measurement: Measurement, values: dict[str, float]) -> StepDevice:
        return super().device(measurement, values | dict.fromkeys(_SIZES, 0.0))


class TimedSoftBounds(Candidate):
    """Soft bounds: the width counts as time, and the amplitude by its hyperbolic sine."""

    model = SoftBounds

    def parameters(self, measurement: Measurement) -> tuple[Parameter, ...]:
        width = float(np.median(measurement.width))
        strength = np.abs(measurement.amplitude)
        tau = 0.5 * width / max(measurement.step)
        untold = "" if np.ptp(strength) > 0 else "all amplitudes are alike"
        top = float(strength.max())
        return (
            *bounds(measurement),
            Parameter(name="tau", start=tau, low=1e-4 * tau, high=1e4 * tau),
            Parameter(name="v0", start=0.2 * top, low=0.01 * top, high=10 * top, untold=untold),
            *noises(measurement, 3.0),
        )

    def device(self, measurement: Measurement, values: dict[str, float]) -> SoftBounds:
        return SoftBounds(**operating_point(measurement), **fields(values))

    def moves(self, device: SoftBounds, measurement: Measurement) -> Moves:
        strength = np.abs(measurement.amplitude) / device.v0
        law = np.sinh(strength) / np.sinh(abs(device.set_voltage) / device.v0)
        # Mean and spread over the speeds of a pulse, which are log-normal.
        nodes, weights = np.polynomial.hermite_e.hermegauss(9)
        speed = np.exp(device.cycle_noise * nodes)[:, None]
        share = -np.expm1(-law * measurement.width / device.tau * speed)
        weights = weights / weights.sum()
        mean = weights @ share
        spread = np.sqrt(np.maximum(weights @ share**2 - mean**2, 0.0)) / mean
        soft = (0.0, 1.0, 1.0, 0.0, 0.0)
        return Moves(np.stack([measurement.direction, mean, spread]), (soft, soft), 0.0)


def _step(name: str, start: float) -> Parameter:
    return Parameter(name=name, start=min(start, 0.5), low=1e-7, high=1.0)


def _told(parameter: Parameter, measurement: Measurement) -> Parameter:
    side = parameter.name.partition("_")[0]
    if {"up": 1, "down": -1}[side] in measurement.direction:
        return parameter
    return replace(parameter, untold=f"no pulse went {side}")


CANDIDATES: tuple[Candidate, ...] = (
    LinearSteps(),
    ExponentialSteps(),
    PowerSteps(),
    TimedSoftBounds(),
)
"""What a measurement is tried with."""

"""Noise-free inverse: the pulse width that would be right if the cell had no noise."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Past, Pulse
from mho.core.check import argument_error, check_number
from mho.core.past import NO_PAST
from mho.core.threads import in_parts

from .programmer import Programmer, fitted


@dataclass(frozen=True)
class SwitchingCurve:
    """How long a noise-free cell takes from one end of its range to any conductance.

    Args:
        amplitude: V. Amplitude that drives the cell.
        conductance: (points,), S. Rising.
        time: (points,), s. Time since the start of the switching.
    """

    amplitude: float
    conductance: Tensor
    time: Tensor

    @property
    def points(self) -> tuple[Any, Any]:
        """Conductance, S, and time, s, of each point, as compiled code takes them."""
        return self.conductance.numpy(), self.time.numpy()


@dataclass(frozen=True, kw_only=True)
class NoiseFreeInverse(Programmer):
    """One pulse of fixed amplitude, as wide as a noise-free cell of the model would need.

    `fit` lets a noise-free cell of the device switch from end to end in both directions and
    keeps the two curves; the width of a pulse is the time between two conductances on them. It is
    the baseline of pulse prediction: exact without noise, wrong by what the noise does.

    Args:
        resolution: Largest change of conductance between two points, relative to the range.
        max_width: s. Widest pulse, the time after which a switching curve is taken for complete.
        set_curve: Curve of the SET direction, made by `fit`.
        reset_curve: Curve of the RESET direction, made by `fit`.
    """

    resolution: float = 5e-4
    max_width: float = 1.0
    set_curve: SwitchingCurve | None = None
    reset_curve: SwitchingCurve | None = None

    def __post_init__(self) -> None:
        check_number("resolution", self.resolution, low=1e-6, high=0.1)
        check_number("max_width", self.max_width, low=0.0, above=True)

    def fit(self, device: Device[Any]) -> "NoiseFreeInverse":
        quiet = device.noise_free()
        fresh = quiet.fabricate((1, 1), torch.Generator())
        rising, at_top = self._switch(quiet, fresh, quiet.set_voltage)
        falling, _ = self._switch(quiet, at_top, quiet.reset_voltage)
        return replace(self, set_curve=rising, reset_curve=falling)

    def pulse(self, conductance: Tensor, target: Tensor, past: Past = NO_PAST) -> Pulse:
        from .switching_kernel import switching_times

        rising = fitted("set_curve", self.set_curve)
        falling = fitted("reset_curve", self.reset_curve)
        now, wanted = conductance.double(), target.double()
        width = torch.empty(now.shape, dtype=now.dtype)
        cells = now.reshape(-1).numpy(), wanted.reshape(-1).numpy()
        rest = (cells, rising.points, falling.points, width.view(-1).numpy())
        in_parts(
            lambda begin, end: switching_times(begin, end, *rest),
            now.numel(),
            least=_CELLS_PER_THREAD,
        )
        up, down = now.new_tensor([rising.amplitude, falling.amplitude])
        return Pulse(torch.where(wanted > now, up, down), width)

    @property
    def reach(self) -> tuple[float, float] | None:
        if self.set_curve is None or self.reset_curve is None:
            return None
        return float(self.reset_curve.conductance[0]), float(self.set_curve.conductance[-1])

    def _switch(
        self, device: Device[Any], state: Any, amplitude: float
    ) -> tuple[SwitchingCurve, Any]:
        """Drive one cell as far as it goes, in pulses that each move it by less than a point."""
        unused = torch.Generator()  # a noise-free device draws nothing that matters
        largest = self.resolution * (device.g_max - device.g_min)
        conductance, time = [float(device.conductance(state))], [0.0]
        width = 1e-12 * self.max_width
        while time[-1] < self.max_width:
            pulse = Pulse.uniform((1, 1), amplitude=amplitude, width=width)
            after = device.apply(state, pulse, unused)
            reached = float(device.conductance(after))
            moved = abs(reached - conductance[-1])
            if moved > largest:
                if width < 1e-24 * self.max_width:
                    but = f"switches at once at {amplitude:g} V, however short the pulse"
                    raise argument_error("device", "switch gradually", but, "Vary amplitudes.")
                width *= max(0.1, 0.7 * largest / moved)
                continue
            if moved == 0.0 and width > 1e-3 * self.max_width:
                break
            if moved > 0.0:
                conductance.append(reached)
                time.append(time[-1] + width)
                state = after
            width *= min(2.0, 0.9 * largest / moved) if moved > 0.0 else 2.0
        points = sorted(zip(conductance, time, strict=True))
        g, t = (torch.tensor(column, dtype=torch.float64) for column in zip(*points, strict=True))
        return SwitchingCurve(amplitude, g, t), state


_CELLS_PER_THREAD = 20_000

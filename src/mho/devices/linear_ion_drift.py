"""Linear ion drift: the first equations of a memristor."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.check import check_number, check_same_shape

from .operating_point import check_operating_point
from .published import Published
from .trajectory import travel
from .windows import Biolek, Joglekar


@dataclass(frozen=True)
class DriftState:
    """State of cells whose boundary drifts.

    Args:
        share: (..., rows, cols). Doped share of the film.
        energy: (..., rows, cols), J. Dissipated since the cell was made.
    """

    share: Tensor
    energy: Tensor


@dataclass(frozen=True, kw_only=True)
class LinearIonDrift(Published, Device[DriftState]):
    r"""Ohmic film whose doped part grows by the charge that passes.

    .. math:: R = R_{on} x + R_{off} (1 - x), \qquad
        \dot x = \frac{\mu_V R_{on}}{D^2} \frac{V}{R} f(x)

    The equations have no threshold and no noise, so neither has the device: every pulse moves the
    boundary, and all cells are alike. Source: Strukov et al., Nature 453 (2008) 80 (doi
    10.1038/nature06932).

    Args:
        r_on: Ohm. Resistance of the film when all of it is doped.
        r_off: Ohm. Resistance of the film when none of it is doped.
        thickness: m. Thickness of the film, the D of the equation.
        mobility: m^2 / (V s). Mobility of the dopants.
        window: What slows the boundary down at the ends; nothing if left out.
        lowest: Doped share at which RESET ends. Joglekar's window never lets go of 0.
        highest: Doped share at which SET ends.
        set_voltage: V, positive. SET amplitude.
        reset_voltage: V, negative. RESET amplitude.
        read_voltage: V. The film is ohmic, so that it makes no difference to a conductance.
    """

    r_on: float = 100.0
    r_off: float = 16e3
    thickness: float = 10e-9
    mobility: float = 1e-14
    window: Joglekar | Biolek | None = None
    lowest: float = 0.01
    highest: float = 0.99
    set_voltage: float = 1.0
    reset_voltage: float = -1.0
    read_voltage: float = 0.1

    def __post_init__(self) -> None:
        check_number("r_on", self.r_on, low=0.0, above=True)
        check_number("r_off", self.r_off, low=self.r_on, above=True)
        check_number("thickness", self.thickness, low=0.0, above=True)
        check_number("mobility", self.mobility, low=0.0, above=True)
        check_number("lowest", self.lowest, low=0.0)
        check_number("highest", self.highest, low=self.lowest, high=1.0, above=True)
        check_number("set_voltage", self.set_voltage, low=0.0, above=True)
        check_operating_point(self)

    @property
    def g_min(self) -> float:
        return 1.0 / (self.r_on * self.lowest + self.r_off * (1.0 - self.lowest))

    @property
    def g_max(self) -> float:
        return 1.0 / (self.r_on * self.highest + self.r_off * (1.0 - self.highest))

    def noise_free(self) -> "LinearIonDrift":
        return self

    def fabricate(self, shape: tuple[int, ...], generator: torch.Generator) -> DriftState:
        share = torch.full(shape, self.lowest, dtype=torch.float64)
        return DriftState(share, torch.zeros_like(share))

    def apply(self, state: DriftState, pulse: Pulse, generator: torch.Generator) -> DriftState:
        check_same_shape("pulse", pulse.width, state.energy.shape, of="the cells")
        voltage = pulse.amplitude.reshape(-1).double()
        width = pulse.width.reshape(-1).double()
        start = state.share.reshape(-1)
        ends = torch.full_like(start, self.lowest), torch.full_like(start, self.highest)
        drift = self.mobility * self.r_on / self.thickness**2

        def rate(share: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
            v = voltage[cells]
            current = v / self._resistance(share)
            slowed = 1.0 if self.window is None else self.window(share, v > 0)
            return drift * current * slowed, v * current

        share, energy = travel(rate, start, torch.where(voltage == 0, 0.0, width), *ends)
        shape = state.energy.shape
        return DriftState(share.reshape(shape), state.energy + energy.reshape(shape))

    def current(self, state: DriftState, voltage: Tensor) -> Tensor:
        return voltage / self._resistance(state.share)

    def _resistance(self, share: Tensor) -> Tensor:
        return self.r_on * share + self.r_off * (1.0 - share)

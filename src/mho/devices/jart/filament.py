"""How the filaments of JART cells differ: from cell to cell, and from one moment to the next."""

from dataclasses import dataclass
from functools import cached_property

from mho.core.check import check_number


@dataclass(frozen=True, kw_only=True)
class FilamentSpread:
    """Device-to-device spread of the filament: Gaussian, cut at the limits the fit is valid in.

    Args:
        n_min: Relative standard deviation of the lower vacancy concentration.
        n_max: Relative standard deviation of the upper vacancy concentration.
        radius: Relative standard deviation of the filament radius.
        length: Relative standard deviation of the disc length.
        limit: Relative deviation at which `n_max`, `radius` and `length` are cut.
    """

    n_min: float = 0.05
    n_max: float = 0.05
    radius: float = 0.03
    length: float = 0.03
    limit: float = 0.1

    def __post_init__(self) -> None:
        for name in ("n_min", "n_max", "radius", "length"):
            check_number(name, getattr(self, name), low=0.0)
        check_number("limit", self.limit, low=0.0, high=0.1)


@dataclass(frozen=True, kw_only=True)
class FilamentWalk:
    """Cycle-to-cycle noise: a random walk of the filament while it is pulsed.

    After every `interval` of pulse each parameter is multiplied by 1 + step * U with U uniform in
    (-1, 1), radius and length also by the share of a full switching that the interval brought
    about. Every parameter stays within its bound of the cell's own nominal value. Source: Yu et
    al., Asilomar 2022 (doi 10.1109/IEEECONF56349.2022.10052010).

    Args:
        n_min: Relative step of the lower vacancy concentration.
        n_max: Relative step of the upper vacancy concentration.
        radius: Relative step of the filament radius.
        length: Relative step of the disc length.
        switched_radius: Relative step of the radius for a full switching.
        switched_length: Relative step of the length for a full switching.
        n_min_bound: Relative bound of the lower vacancy concentration.
        n_max_bound: Relative bound of the upper vacancy concentration.
        radius_bound: Relative bound of the radius.
        length_bound: Relative bound of the length.
        interval: s. Time of pulse between two random steps.
    """

    n_min: float = 0.9
    n_max: float = 0.1
    radius: float = 0.01
    length: float = 0.01
    switched_radius: float = 0.1
    switched_length: float = 0.1
    n_min_bound: float = 0.9
    n_max_bound: float = 0.1
    radius_bound: float = 0.1
    length_bound: float = 0.1
    interval: float = 1e-6

    def __post_init__(self) -> None:
        check_number("interval", self.interval, low=0.0, above=True)
        for name in ("n_min", "n_max", "radius", "length"):
            check_number(name, getattr(self, name), low=0.0)
            check_number(f"{name}_bound", getattr(self, f"{name}_bound"), low=0.0, high=0.999)

    @cached_property
    def relative(self) -> tuple[float, ...]:
        """Steps, steps for a full switching and bounds, as the compiled kernels take them."""
        steps = (self.n_min, self.n_max, self.radius, self.length)
        switched = (self.switched_radius, self.switched_length)
        bounds = (self.n_min_bound, self.n_max_bound, self.radius_bound, self.length_bound)
        return (*steps, *switched, *bounds)

"""A calibrator that knows the circuit of an array and learns its parameters."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from torch import Tensor

from mho.calibration.calibrator import Calibrator, ideal_currents
from mho.calibration.repair import Repair
from mho.core import Array
from mho.core.check import argument_error, check_number

from .affine import AffineInverse
from .identify import Identified, Readings, identify, misread
from .inverse import Inverse, Known
from .prior import VoltagePrior


@dataclass(frozen=True, kw_only=True)
class PhysicsCalibrator(Calibrator):
    """Identifies an array's wires and cells from readings, and inverts the circuit.

    The parameters are those of all arrays that it is fitted to, so that it corrects arrays of any
    size and with any conductances, as long as they are made alike.

    Args:
        crossbar: Guess of what the arrays are.
        parameters: Numbers of the guess to identify, each above zero there.
        inverse: The way back from the currents.
        readings: Vectors to identify the parameters from; the voltages are learnt from all.
        spread: Standard deviation of the logarithm of a parameter over its guess, for those that
            the readings do not tell.
        identified: What `fit` found. Where it is given, as of a small array that was made alike,
            `fit` learns no more than the noise and the voltages.
        prior: Voltages that `fit` met.
    """

    crossbar: Array
    parameters: tuple[str, ...] = ("row_resistance", "column_resistance")
    inverse: Inverse = field(default_factory=AffineInverse)
    readings: int = 500
    spread: float = 1.0
    identified: Identified | None = None
    prior: VoltagePrior | None = None

    def __post_init__(self) -> None:
        check_number("readings", self.readings, low=1)
        check_number("spread", self.spread, low=0.0, above=True)
        known = self.crossbar.parameters
        for name in self.parameters:
            if not known.get(name, 0.0) > 0.0:
                but = f"{name} is {known[name]:.6g}" if name in known else f"has {name!r}"
                must = f"name numbers of the crossbar above zero, of {', '.join(known)}"
                raise argument_error("parameters", must, but, "Guess its size.")

    @property
    def fitted(self) -> bool:
        return self.identified is not None and self.prior is not None

    def fit(self, current: Tensor, voltage: Tensor, conductance: Tensor) -> "PhysicsCalibrator":
        return self.fit_together([(current, voltage, conductance)])

    def fit_together(self, parts: Sequence[tuple[Tensor, Tensor, Tensor]]) -> "PhysicsCalibrator":
        """The calibrator fitted to vectors of arrays of several sizes, made alike.

        Args:
            parts: For each size currents, voltages and conductances as in `fit`. The voltages to
                come are like those of the first.
        """
        for part in parts:
            ideal_currents(*part)
        count = max(1, self.readings // len(parts))
        readings = [Readings.sample(*part, count=count) for part in parts]
        identified = self.identified
        if identified is None or self.prior is not None:
            identified = identify(self.crossbar, self.parameters, readings, spread=self.spread)
        else:
            noise = misread(identified.array, readings)
            identified = replace(identified, noise=noise)
        return replace(self, identified=identified, prior=VoltagePrior.of(parts[0][1]))

    @property
    def known(self) -> Known:
        """Array, noise and voltages as fitted."""
        assert self.identified is not None
        assert self.prior is not None
        return Known(self.identified.array, self.identified.noise, self.prior)

    def _fold(self, conductance: Tensor) -> Repair:
        return self.inverse.repair(self.known, conductance)

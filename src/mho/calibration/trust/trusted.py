"""Any calibrator, and when it should not be trusted."""

import math
from dataclasses import dataclass, field, replace

from torch import Tensor

from mho.calibration.calibrator import Calibrator, ideal_currents
from mho.calibration.repair import Repair
from mho.core.check import argument_error, check_number

from .judgement import Judgement
from .spread import Spread
from .surprise import Surprise


@dataclass(frozen=True, kw_only=True)
class Trusted(Calibrator):
    """Corrects as another calibrator does, and says how far off the currents may still be.

    That is learned from vectors that the calibrator did not learn from. One that is fitted
    already was fitted to others, and all that are given here serve; they should be of other arrays
    if it is to correct such. One that is not is fitted to the first vectors of every array.

    Args:
        calibrator: What corrects.
        false_alarms: Share of the familiar readings that are flagged; those of vectors, arrays and
            matrices each.
        apart: Share of the vectors of each array that a calibrator to be fitted does not see.
        group: Vectors of an array that are judged together when the limit is found.
        spread: How far off currents are, once fitted.
        surprise: What is familiar, once fitted.
    """

    calibrator: Calibrator
    false_alarms: float = 0.01
    apart: float = 0.2
    group: int = 16
    spread: Spread | None = field(default=None, repr=False, compare=False)
    surprise: Surprise | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_number("false_alarms", self.false_alarms, low=0.0, high=1.0, above=True)
        check_number("apart", self.apart, low=0.0, high=1.0, above=True)
        check_number("group", self.group, low=1)

    @property
    def fitted(self) -> bool:
        return self.spread is not None

    def fit(self, current: Tensor, voltage: Tensor, conductance: Tensor) -> "Trusted":
        ideal_currents(current, voltage, conductance)
        calibrator = self.calibrator
        if not calibrator.fitted:
            first = max(1, math.floor((1 - self.apart) * current.shape[-2]))
            calibrator = calibrator.fit(
                current[..., :first, :], voltage[..., :first, :], conductance
            )
            if current.shape[-2] > first:
                current, voltage = current[..., first:, :], voltage[..., first:, :]
        corrected = calibrator(current, conductance).double()
        error = voltage @ conductance - corrected
        spread = Spread.fit(error, corrected, conductance)
        surprise = Surprise.fit(
            corrected,
            spread.sigma(corrected, conductance),
            voltage,
            conductance,
            false_alarms=self.false_alarms,
            group=self.group,
        )
        return replace(self, calibrator=calibrator, spread=spread, surprise=surprise)

    def judge(self, current: Tensor, conductance: Tensor) -> Judgement:
        """Corrected currents and what is to be thought of them.

        Args:
            current: (..., vectors, cols), A. Measured currents.
            conductance: (..., rows, cols), S. Conductances that were programmed.
        """
        spread, surprise = self._learned()
        corrected = self(current, conductance).double()
        sigma = spread.sigma(corrected, conductance)
        return Judgement(
            corrected,
            sigma,
            surprise.of_vectors(corrected, sigma, conductance),
            surprise.of_array(corrected, sigma, conductance),
            surprise.of_matrix(conductance),
            spread,
        )

    def check(self, current: Tensor, voltage: Tensor, conductance: Tensor) -> Tensor:
        """How unlike the familiar ones the errors of known vectors are: (...), 1.

        A few vectors of an array are enough, and all are judged together. Beyond 1 the calibrator
        no longer fits the array, for other wires or drifted cells. Vectors that are not known
        hardly tell, since other voltages could have caused their currents.

        Args:
            current: (..., vectors, cols), A. Measured currents.
            voltage: (..., vectors, rows), V. Voltages that drove the rows.
            conductance: (..., rows, cols), S. Conductances that were programmed.
        """
        spread, surprise = self._learned()
        ideal = ideal_currents(current, voltage, conductance)
        corrected = self(current, conductance).double()
        return surprise.of_errors(ideal - corrected, spread.sigma(corrected, conductance))

    def _learned(self) -> tuple[Spread, Surprise]:
        if self.spread is None or self.surprise is None:
            raise argument_error("self", "be fitted to judge", "is not", "Call its `fit`.")
        return self.spread, self.surprise

    def _fold(self, conductance: Tensor) -> Repair:
        return self.calibrator.fold(conductance)

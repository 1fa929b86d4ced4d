"""The calibrators that are compared, unless a study file says otherwise."""

from dataclasses import dataclass

from mho.calibration import (
    Affine,
    AnalyticGain,
    Calibrator,
    ColumnGain,
    ColumnStatistics,
    Gain,
    MatrixRidge,
    Shared,
    WithinBudget,
)
from mho.core.check import check_number


@dataclass(frozen=True, kw_only=True)
class OwnVectors:
    """A calibrator that is fitted anew to every array, from vectors read on that array.

    Args:
        calibrator: What is fitted.
        vectors: Vectors of each array that are known.
    """

    calibrator: Calibrator
    vectors: int = 20

    def __post_init__(self) -> None:
        check_number("vectors", self.vectors, low=1)


CALIBRATORS: dict[str, Calibrator] = {
    "gain": Shared(calibrator=Gain()),
    "column_gain": Shared(calibrator=ColumnGain()),
    "affine": Shared(calibrator=Affine()),
    "matrix_ridge": MatrixRidge(),
    "column_statistics": ColumnStatistics(),
    "analytic_gain": AnalyticGain(),
}
"""Fitted over many arrays and used on unseen ones, by name."""

OWN: dict[str, OwnVectors] = {
    "own_gain": OwnVectors(calibrator=Gain()),
    "own_column_gain": OwnVectors(calibrator=ColumnGain()),
    "own_affine_20": OwnVectors(calibrator=Affine()),
    "own_affine_80": OwnVectors(calibrator=Affine(), vectors=80),
    "own_rank_1": OwnVectors(calibrator=WithinBudget(calibrator=Affine(), multiplications=24)),
    "own_rank_3": OwnVectors(calibrator=WithinBudget(calibrator=Affine(), multiplications=56)),
}
"""Fitted to every array anew, by name."""

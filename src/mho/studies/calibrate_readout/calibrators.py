"""The calibrators that are compared, unless a study file says otherwise."""

from dataclasses import dataclass, field

from mho.calibration import (
    Affine,
    AffineInverse,
    AnalyticGain,
    AsPublished,
    Calibrator,
    ColumnGain,
    ColumnStatistics,
    CurvedInverse,
    CutInverse,
    Gain,
    GlobalConvolution,
    Latent,
    LocalConvolutions,
    MatrixRidge,
    PhysicsCalibrator,
    Shared,
    WithinBudget,
    WithSkip,
)
from mho.calibration.physics import Inverse
from mho.core.check import check_number
from mho.crossbar import Crossbar


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


@dataclass(frozen=True, kw_only=True)
class OnCircuit:
    """Physics, with a guess that has the circuit of the array and numbers that are wrong.

    Args:
        parameters: Numbers that are guessed wrong and identified, those of them that an array has.
        off: Times that the guess is too large.
        inverse: The way back from the currents.
        readings: Vectors to identify the numbers from.
    """

    parameters: tuple[str, ...] = (
        "row_resistance",
        "column_resistance",
        "cell.access.width",
        "cell.law.scale",
    )
    off: float = 2.0
    inverse: Inverse = field(default_factory=AffineInverse)
    readings: int = 500

    def __post_init__(self) -> None:
        check_number("off", self.off, low=0.0, above=True)

    def calibrator(self, array: Crossbar) -> PhysicsCalibrator:
        """The calibrator for arrays of a kind, before it is fitted.

        Args:
            array: Of the kind, as it is.
        """
        known = array.parameters
        names = tuple(name for name in self.parameters if known.get(name, 0.0) > 0.0)
        guess = array.with_parameters({name: self.off * known[name] for name in names})
        return PhysicsCalibrator(
            crossbar=guess, parameters=names, inverse=self.inverse, readings=self.readings
        )


CALIBRATORS: dict[str, Calibrator] = {
    "gain": Shared(calibrator=Gain()),
    "column_gain": Shared(calibrator=ColumnGain()),
    "affine": Shared(calibrator=Affine()),
    "matrix_ridge": MatrixRidge(),
    "column_statistics": ColumnStatistics(),
    "analytic_gain": AnalyticGain(),
    "published": Latent(encoder=GlobalConvolution(), layers=AsPublished()),
    "published_skip": Latent(encoder=GlobalConvolution(), layers=WithSkip()),
    "convolutions_skip": Latent(encoder=LocalConvolutions(), layers=WithSkip()),
}
"""Fitted over many arrays and used on unseen ones, by name."""

PHYSICS: dict[str, OnCircuit] = {
    "physics_8": OnCircuit(inverse=CutInverse(multiplications=8)),
    "physics_24": OnCircuit(inverse=CutInverse(multiplications=24)),
    "physics": OnCircuit(),
    "physics_curved": OnCircuit(inverse=CurvedInverse()),
}
"""Identified from readings of many arrays and used on unseen ones, by name."""

OWN: dict[str, OwnVectors] = {
    "own_gain": OwnVectors(calibrator=Gain()),
    "own_column_gain": OwnVectors(calibrator=ColumnGain()),
    "own_affine_20": OwnVectors(calibrator=Affine()),
    "own_affine_80": OwnVectors(calibrator=Affine(), vectors=80),
    "own_rank_1": OwnVectors(calibrator=WithinBudget(calibrator=Affine(), multiplications=24)),
    "own_rank_3": OwnVectors(calibrator=WithinBudget(calibrator=Affine(), multiplications=56)),
}
"""Fitted to every array anew, by name."""

"""What every calibrator must do."""

import pytest
import torch

from mho import ColumnGain, Crossbar, Identity
from mho.calibration import (
    Affine,
    AnalyticGain,
    AsPublished,
    ColumnStatistics,
    CorrectedPhysics,
    CurvedInverse,
    CutInverse,
    Gain,
    GlobalConvolution,
    Latent,
    MatrixRidge,
    PhysicsCalibrator,
    Shared,
    Trusted,
    WithinBudget,
)

FITTED_TO_ONE_ARRAY = [Identity(), Gain(), ColumnGain(), Affine(), Affine(ridge=1e-3)]
FITTED_OVER_ARRAYS = [
    Trusted(calibrator=ColumnStatistics()),
    Shared(calibrator=Gain()),
    Shared(calibrator=ColumnGain()),
    Shared(calibrator=Affine()),
    ColumnStatistics(),
    MatrixRidge(),
    AnalyticGain(),
    Latent(),
    Latent(encoder=GlobalConvolution(), layers=AsPublished()),
    WithinBudget(calibrator=MatrixRidge(), multiplications=20),
    PhysicsCalibrator(crossbar=Crossbar(row_resistance=30.0, column_resistance=30.0)),
    PhysicsCalibrator(
        crossbar=Crossbar(row_resistance=30.0, column_resistance=30.0),
        inverse=CurvedInverse(corrections=2),
    ),
    PhysicsCalibrator(
        crossbar=Crossbar(row_resistance=30.0, column_resistance=30.0),
        inverse=CutInverse(multiplications=20),
    ),
    CorrectedPhysics(
        calibrator=PhysicsCalibrator(
            crossbar=Crossbar(row_resistance=30.0, column_resistance=30.0), readings=100
        )
    ),
]
CALIBRATORS = [*FITTED_TO_ONE_ARRAY, *FITTED_OVER_ARRAYS]
SHAPES = [((6, 5), (7, 6)), ((2, 3, 6, 5), (2, 3, 7, 6)), ((1, 1), (4, 1))]


def name(calibrator):
    inner = getattr(calibrator, "calibrator", None)
    return type(calibrator).__name__ + (f"-{name(inner)}" if inner else "")


@pytest.fixture(params=CALIBRATORS, ids=name)
def calibrator(request):
    return request.param


def measured(matrix, vectors, generator):
    """Currents of an array with long wires, the voltages behind them, and its conductances."""
    conductance = 1e-4 * torch.rand(matrix, dtype=torch.float64, generator=generator)
    voltage = 0.2 * torch.rand(vectors, dtype=torch.float64, generator=generator)
    current = Crossbar(row_resistance=100, column_resistance=100).read(conductance, voltage).current
    return current, voltage, conductance


@pytest.mark.parametrize(("matrix", "vectors"), SHAPES)
def test_corrected_currents_have_the_shape_of_the_measured(calibrator, matrix, vectors, generator):
    current, voltage, conductance = measured(matrix, vectors, generator)
    fitted = calibrator.fit(current, voltage, conductance)
    assert fitted(current, conductance).shape == current.shape


def test_fitting_never_makes_the_known_vectors_worse(calibrator, generator):
    current, voltage, conductance = measured((6, 5), (50, 6), generator)
    ideal = voltage @ conductance
    corrected = calibrator.fit(current, voltage, conductance)(current, conductance)
    assert (corrected - ideal).square().sum() <= (current - ideal).square().sum()


def test_a_perfect_array_is_left_as_it_is(calibrator, generator):
    _, voltage, conductance = measured((6, 5), (50, 6), generator)
    ideal = voltage @ conductance
    corrected = calibrator.fit(ideal, voltage, conductance)(ideal, conductance)
    torch.testing.assert_close(corrected, ideal)


@pytest.mark.parametrize("calibrator", FITTED_TO_ONE_ARRAY, ids=name)
def test_a_batch_of_arrays_equals_a_loop_over_them(calibrator, generator):
    current, voltage, conductance = measured((3, 6, 5), (3, 7, 6), generator)
    fitted = calibrator.fit(current, voltage, conductance)
    together = fitted(current, conductance)
    for i in range(3):
        alone = calibrator.fit(current[i], voltage[i], conductance[i])
        torch.testing.assert_close(together[i], alone(current[i], conductance[i]))


@pytest.mark.parametrize("calibrator", FITTED_OVER_ARRAYS, ids=name)
def test_what_was_learned_over_arrays_serves_each_alone_as_in_a_batch(calibrator, generator):
    current, voltage, conductance = measured((3, 6, 5), (3, 70, 6), generator)
    fitted = calibrator.fit(current, voltage, conductance)
    unseen, _, others = measured((3, 6, 5), (3, 7, 6), generator)
    together = fitted(unseen, others)
    for i in range(3):
        torch.testing.assert_close(together[i], fitted(unseen[i], others[i]))


def test_folding_first_changes_nothing(calibrator, generator):
    current, voltage, conductance = measured((6, 5), (50, 6), generator)
    fitted = calibrator.fit(current, voltage, conductance)
    folded = fitted.fold(conductance)
    torch.testing.assert_close(folded(current), fitted(current, conductance), rtol=0, atol=0)
    assert folded.multiplications >= 0


def test_an_unfitted_calibrator_leaves_the_current_unchanged(calibrator, generator):
    current, _, conductance = measured((6, 5), (7, 6), generator)
    assert torch.equal(calibrator(current, conductance), current)


def test_a_column_without_current_stays_finite(calibrator, generator):
    current, voltage, conductance = measured((6, 5), (50, 6), generator)
    current[:, 2] = conductance[:, 2] = 0
    corrected = calibrator.fit(current, voltage, conductance)(current, conductance)
    assert torch.isfinite(corrected).all()


def test_currents_of_other_shape_or_not_finite_are_refused(calibrator, generator):
    current, voltage, conductance = measured((6, 5), (7, 6), generator)
    with pytest.raises(
        ValueError, match="`current` must have the shape of `voltage @ conductance`"
    ):
        calibrator.fit(current[:-1], voltage, conductance)
    with pytest.raises(ValueError, match="`voltage` must have shape"):
        calibrator.fit(current, voltage[:, :-1], conductance)
    current[0, 0] = torch.nan
    with pytest.raises(ValueError, match="`current` must be finite"):
        calibrator.fit(current, voltage, conductance)


def test_a_gain_per_column_undoes_a_gain_per_column_exactly(generator):
    _, voltage, conductance = measured((6, 5), (50, 6), generator)
    gain = 0.5 + torch.rand(5, dtype=torch.float64, generator=generator)
    fitted = ColumnGain().fit(voltage @ conductance / gain, voltage, conductance)
    torch.testing.assert_close(fitted.gain, gain[None])

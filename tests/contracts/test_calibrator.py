"""What every calibrator must do."""

import pytest
import torch

from mho import ColumnGain, Crossbar, Identity

CALIBRATORS = [Identity(), ColumnGain()]
SHAPES = [((6, 5), (7, 6)), ((2, 3, 6, 5), (2, 3, 7, 6)), ((1, 1), (4, 1))]


@pytest.fixture(params=CALIBRATORS, ids=lambda c: type(c).__name__)
def calibrator(request):
    return request.param


def measured(matrix, vectors, generator):
    """Currents of an array with long wires, and what they should have been."""
    conductance = 1e-4 * torch.rand(matrix, dtype=torch.float64, generator=generator)
    voltage = 0.2 * torch.rand(vectors, dtype=torch.float64, generator=generator)
    current = Crossbar(row_resistance=100, column_resistance=100).read(conductance, voltage).current
    return current, voltage @ conductance, conductance


@pytest.mark.parametrize(("matrix", "vectors"), SHAPES)
def test_corrected_currents_have_the_shape_of_the_measured(calibrator, matrix, vectors, generator):
    current, ideal, conductance = measured(matrix, vectors, generator)
    fitted = calibrator.fit(current, ideal, conductance)
    assert fitted(current, conductance).shape == current.shape


def test_fitting_never_makes_the_known_vectors_worse(calibrator, generator):
    current, ideal, conductance = measured((6, 5), (50, 6), generator)
    corrected = calibrator.fit(current, ideal, conductance)(current, conductance)
    assert (corrected - ideal).square().sum() <= (current - ideal).square().sum()


def test_a_perfect_array_is_left_as_it_is(calibrator, generator):
    _, ideal, conductance = measured((6, 5), (50, 6), generator)
    corrected = calibrator.fit(ideal, ideal, conductance)(ideal, conductance)
    torch.testing.assert_close(corrected, ideal)


def test_a_batch_of_arrays_equals_a_loop_over_them(calibrator, generator):
    current, ideal, conductance = measured((3, 6, 5), (3, 7, 6), generator)
    together = calibrator.fit(current, ideal, conductance)(current, conductance)
    for i in range(3):
        alone = calibrator.fit(current[i], ideal[i], conductance[i])(current[i], conductance[i])
        torch.testing.assert_close(together[i], alone)


def test_a_column_without_current_stays_finite(calibrator, generator):
    current, ideal, conductance = measured((6, 5), (50, 6), generator)
    current[:, 2] = ideal[:, 2] = 0
    corrected = calibrator.fit(current, ideal, conductance)(current, conductance)
    assert torch.isfinite(corrected).all()


def test_currents_of_other_shape_or_not_finite_are_refused(calibrator, generator):
    current, ideal, conductance = measured((6, 5), (7, 6), generator)
    with pytest.raises(ValueError, match="`ideal` must have the shape of `current`"):
        calibrator.fit(current, ideal[:-1], conductance)
    current[0, 0] = torch.nan
    with pytest.raises(ValueError, match="`current` must be finite"):
        calibrator.fit(current, ideal, conductance)


def test_a_gain_per_column_undoes_a_gain_per_column_exactly(generator):
    _, ideal, conductance = measured((6, 5), (50, 6), generator)
    gain = 0.5 + torch.rand(5, dtype=torch.float64, generator=generator)
    fitted = ColumnGain().fit(ideal / gain, ideal, conductance)
    torch.testing.assert_close(fitted.gain, gain[None])


def test_a_gain_that_was_not_fitted_says_so(generator):
    current, _, conductance = measured((6, 5), (7, 6), generator)
    with pytest.raises(ValueError, match="first"):
        ColumnGain()(current, conductance)

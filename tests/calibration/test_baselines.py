"""The baselines recover what they are the truth of."""

import pytest
import torch

from mho import Cell1T1R, ColumnGain, Crossbar
from mho.calibration import Affine, AnalyticGain, ColumnStatistics, Gain, MatrixRidge, Shared
from mho.calibration.column_statistics import statistics
from mho.calibration.loads import column_load, row_load


@pytest.fixture
def read(generator):
    """Many random arrays read with random vectors: current, voltage, conductance."""

    def reading(crossbar, arrays=60, rows=6, cols=5, vectors=20):
        uniform = torch.rand(arrays, rows, cols, dtype=torch.float64, generator=generator)
        conductance = 2e-5 + 8e-5 * uniform
        voltage = torch.rand(arrays, vectors, rows, dtype=torch.float64, generator=generator)
        return crossbar.read(conductance, voltage).current, voltage, conductance

    return reading


def error(corrected, voltage, conductance):
    ideal = voltage @ conductance
    return ((corrected - ideal).square().mean() / ideal.square().mean()).item()


def test_one_gain_undoes_one_gain_exactly(read):
    current, voltage, conductance = read(Crossbar.ideal())
    fitted = Gain().fit(0.8 * current, voltage, conductance)
    torch.testing.assert_close(fitted.gain, torch.full((60, 1, 1), 1.25).double())


def test_an_affine_map_undoes_the_wires_of_its_own_array(read):
    current, voltage, conductance = read(Crossbar(row_resistance=20.0, column_resistance=20.0))
    fitted = Affine().fit(current[:, :12], voltage[:, :12], conductance)
    unseen = fitted(current[:, 12:], conductance)
    assert error(current[:, 12:], voltage[:, 12:], conductance) > 1e-4
    # More rows than columns: what the rows' wires take is not wholly told by the columns.
    assert error(unseen, voltage[:, 12:], conductance) < 1e-6


def test_an_affine_map_is_the_solution_of_least_squares(read):
    current, voltage, conductance = read(Crossbar(row_resistance=50.0), arrays=1)
    fitted = Affine().fit(current, voltage, conductance)
    features = torch.cat([current[0] * 1e4, torch.ones(20, 1)], -1)
    wanted = torch.linalg.lstsq(features, (voltage @ conductance)[0] * 1e4).solution
    torch.testing.assert_close(fitted.weight[0], wanted[:-1])
    torch.testing.assert_close(fitted.offset[0] * 1e4, wanted[-1:])


def test_a_ridge_keeps_an_affine_map_near_the_identity(read):
    current, voltage, conductance = read(Crossbar(row_resistance=50.0), arrays=1)
    maps = [Affine(ridge=r).fit(current, voltage, conductance) for r in (0.0, 1e-3, 1e9)]
    away = [(each.weight - torch.eye(5)).norm().item() for each in maps]
    assert away[0] > away[1] > away[2]
    assert away[2] < 1e-6


def test_few_vectors_are_met_exactly_by_the_least_correction(read):
    current, voltage, conductance = read(Crossbar(row_resistance=50.0), arrays=1, vectors=3)
    fitted = Affine().fit(current, voltage, conductance)
    assert error(fitted(current, conductance), voltage, conductance) < 1e-20


@pytest.mark.parametrize("inner", [Gain(), ColumnGain(), Affine()], ids=lambda c: type(c).__name__)
def test_a_shared_fit_to_copies_of_one_array_is_the_fit_to_that_array(inner, read):
    current, voltage, conductance = read(Crossbar(row_resistance=50.0), arrays=1)
    alone = inner.fit(current[0], voltage[0], conductance[0])
    copies = [tensor.expand(4, -1, -1) for tensor in (current, voltage, conductance)]
    shared = Shared(calibrator=inner).fit(*copies)
    expected = alone(current[0], conductance[0])
    torch.testing.assert_close(shared(current[0], conductance[0]), expected)


def test_a_shared_fit_minimises_the_error_over_all_arrays(read):
    current, voltage, conductance = read(Crossbar(row_resistance=50.0))
    fitted = Shared(calibrator=Gain()).fit(current, voltage, conductance).calibrator.gain.item()
    ideal = voltage @ conductance
    assert fitted == pytest.approx(((current * ideal).sum() / current.square().sum()).item())


def test_the_formula_finds_the_resistances_of_the_circuit(read):
    crossbar = Crossbar(row_resistance=2.0, column_resistance=3.0)
    fitted = AnalyticGain().fit(*read(crossbar))
    assert fitted.row_resistance == pytest.approx(2.0, rel=0.02)
    assert fitted.column_resistance == pytest.approx(3.0, rel=0.02)
    assert abs(fitted.transistor_resistance) < 1.0


def test_the_formula_is_exact_for_transistors_alone(read):
    _, voltage, conductance = read(Crossbar.ideal())
    behind = conductance / (1 + 300.0 * conductance)
    voltage = torch.full_like(voltage, 0.2)
    fitted = AnalyticGain().fit(voltage @ behind, voltage, conductance)
    assert fitted.transistor_resistance == pytest.approx(300.0, rel=1e-6)
    assert error(fitted(voltage @ behind, conductance), voltage, conductance) < 1e-15


def test_the_formulas_slope_is_its_derivative(read):
    from mho.calibration.analytic_gain import _gain, _slope

    g = read(Crossbar.ideal(), arrays=2)[2] / 5e-5
    resistance = torch.tensor([0.02, 0.003, 0.005], dtype=torch.float64)
    steps = 1e-6 * torch.eye(3, dtype=torch.float64)
    expected = [(_gain(resistance + s, g) - _gain(resistance - s, g)) / 2e-6 for s in steps]
    torch.testing.assert_close(_slope(resistance, g), torch.stack(expected), rtol=1e-6, atol=1e-8)


def test_loads_are_counted_segment_by_segment():
    g = torch.tensor([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]])
    assert row_load(g)[0].tolist() == [7.0, 1 + 2 * 6.0, 1 + 2 * 2 + 3 * 4.0]
    assert column_load(g)[:, 0].tolist() == [2 * 1 + 8.0, 9.0]


@pytest.mark.parametrize("calibrator", [ColumnStatistics(), AnalyticGain()])
def test_what_was_learned_at_two_sizes_serves_a_third(calibrator, read):
    crossbar = Crossbar(cell=Cell1T1R())
    small, large = read(crossbar, rows=6, cols=5), read(crossbar, rows=12, cols=9)
    pairs = zip(small, large, strict=True)
    padded = [torch.cat([torch.nn.functional.pad(a, _room(a, b)), b]) for a, b in pairs]
    fitted = calibrator.fit(*padded)
    current, voltage, conductance = read(crossbar, rows=9, cols=14)
    before, after = (
        error(each, voltage, conductance) for each in (current, fitted(current, conductance))
    )
    assert after < before / 20


def _room(small, large):
    """Padding at the far ends of rows and below the columns, where no cell is."""
    return (0, large.shape[-1] - small.shape[-1], 0, large.shape[-2] - small.shape[-2])


def test_a_columns_statistics_do_not_depend_on_the_columns_after_it_but_by_place_and_load(read):
    conductance = read(Crossbar.ideal(), arrays=1)[2]
    twice = torch.cat([conductance, conductance], -1)
    own = statistics(conductance)[..., [3, 4, 5, 6]]
    torch.testing.assert_close(statistics(twice)[:, :5, [3, 4, 5, 6]], own)
    assert statistics(twice).shape == (1, 10, 12)


def test_a_ridge_on_the_matrix_corrects_an_offset_linear_in_it_exactly(read):
    current, voltage, conductance = read(Crossbar.ideal(), arrays=200)
    shifted = current - 0.1 * conductance.sum(-2, keepdim=True)
    fitted = MatrixRidge(ridge=0.0).fit(shifted, voltage, conductance)
    unseen, driven, others = read(Crossbar.ideal())
    shifted = unseen - 0.1 * others.sum(-2, keepdim=True)
    assert error(fitted(shifted, others), driven, others) < 1e-20


def test_a_ridge_on_the_matrix_is_for_one_size(read):
    fitted = MatrixRidge().fit(*read(Crossbar()))
    with pytest.raises(ValueError, match=r"`conductance` must have shape .*rows=6, cols=5"):
        fitted.fold(read(Crossbar(), rows=5, cols=6)[2])

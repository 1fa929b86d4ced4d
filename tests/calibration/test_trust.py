"""Intervals that hold what they should, and flags for what is strange."""

from dataclasses import replace

import pytest
import torch

from mho import Crossbar
from mho.calibration import (
    Affine,
    ColumnStatistics,
    Shared,
    Trusted,
    load_calibrator,
    save_calibrator,
)

ARRAY = Crossbar(row_resistance=10, column_resistance=10)


def readings(matrices, vectors, generator, array=ARRAY, low=0.1, high=0.5):
    shape = (matrices, 6, 5)
    conductance = 1e-5 + 9e-5 * torch.rand(shape, dtype=torch.float64, generator=generator)
    share = torch.rand((matrices, vectors, 6), dtype=torch.float64, generator=generator)
    voltage = low + (high - low) * share
    return array.read(conductance, voltage).current, voltage, conductance


@pytest.fixture(scope="module")
def trusted():
    generator = torch.Generator().manual_seed(0)
    calibrator = ColumnStatistics().fit(*readings(50, 20, generator))
    return Trusted(calibrator=calibrator, false_alarms=0.02).fit(*readings(200, 48, generator))


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_an_interval_holds_the_share_that_it_should_on_unseen_arrays(trusted, share, generator):
    current, voltage, conductance = readings(100, 30, generator)
    low, high = trusted.judge(current, conductance).interval(share)
    ideal = voltage @ conductance
    assert ((low <= ideal) & (ideal <= high)).double().mean().item() == pytest.approx(
        share, abs=0.05
    )


def test_sigma_tells_where_errors_are_larger(generator):
    _, voltage, conductance = readings(200, 20, generator)
    ideal = voltage @ conductance
    noise = torch.randn(ideal.shape, dtype=torch.float64, generator=generator)
    noise *= 1e-7 * torch.arange(1.0, 6.0)  # larger in each column than in the one before
    trusted = Trusted(calibrator=Shared(calibrator=Affine())).fit(
        ideal + noise, voltage, conductance
    )
    sigma = trusted.judge(ideal + noise, conductance).sigma.mean((0, 1))
    torch.testing.assert_close(sigma, 1e-7 * torch.arange(1.0, 6.0).double(), rtol=0.15, atol=0)


def test_familiar_readings_raise_as_many_alarms_as_allowed(trusted, generator):
    current, voltage, conductance = readings(400, 16, generator)
    judgement = trusted.judge(current, conductance)
    assert (judgement.vectors > 1).double().mean() == pytest.approx(0.02, abs=0.01)
    for each in (judgement.array, judgement.matrix, trusted.check(current, voltage, conductance)):
        assert (each > 1).double().mean() <= 0.05


def test_a_dead_column_and_voltages_out_of_range_are_flagged(trusted, generator):
    current, _, conductance = readings(50, 16, generator)
    current[..., 2] = 0
    assert (trusted.judge(current, conductance).vectors > 1).double().mean() > 0.9
    current, _, conductance = readings(50, 16, generator, low=0.5, high=0.9)
    assert not trusted.judge(current, conductance).trusted.any()


def test_matrices_of_another_kind_are_flagged(trusted, generator):
    current, _, conductance = readings(50, 16, generator)
    assert (trusted.judge(current, conductance / 3).matrix > 1).all()


def test_known_vectors_tell_other_wires_and_drift(trusted, generator):
    other = replace(ARRAY, row_resistance=20.0, column_resistance=20.0)
    rewired = readings(50, 4, generator, array=other)
    assert (trusted.check(*rewired) > 1).double().mean() > 0.9
    _, voltage, conductance = readings(50, 4, generator)
    drifted = ARRAY.read(0.9 * conductance, voltage).current
    assert (trusted.check(drifted, voltage, conductance) > 1).all()


def test_it_corrects_as_the_calibrator_within(trusted, generator):
    current, _, conductance = readings(3, 4, generator)
    corrected = trusted.calibrator(current, conductance)
    assert torch.equal(trusted(current, conductance), corrected)
    assert torch.equal(trusted.judge(current, conductance).current, corrected)


def test_judgement_of_an_array_does_not_depend_on_others(trusted, generator):
    current, voltage, conductance = readings(3, 4, generator)
    together, alone = trusted.judge(current, conductance), trusted.judge(current[1], conductance[1])
    for name in ("sigma", "vectors", "array", "matrix"):
        torch.testing.assert_close(getattr(together, name)[1], getattr(alone, name))
    one = trusted.check(current[1], voltage[1], conductance[1])
    torch.testing.assert_close(trusted.check(current, voltage, conductance)[1], one)


def test_what_is_known_of_trust_is_stored_and_found_again(trusted, tmp_path, generator):
    current, _, conductance = readings(3, 4, generator)
    save_calibrator(trusted, tmp_path / "trusted.safetensors", array=ARRAY)
    again = load_calibrator(tmp_path / "trusted.safetensors", array=ARRAY)
    first, second = (each.judge(current, conductance) for each in (trusted, again))
    assert torch.equal(first.vectors, second.vectors)
    assert torch.equal(first.interval(0.8)[0], second.interval(0.8)[0])


def test_judging_before_fitting_is_refused(generator):
    current, _, conductance = readings(1, 2, generator)
    with pytest.raises(ValueError, match="must be fitted to judge, but is not"):
        Trusted(calibrator=ColumnStatistics()).judge(current, conductance)

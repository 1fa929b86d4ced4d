"""Fits against simulated cells whose parameters are known, and against a measured one."""

import math
import os
from pathlib import Path

import numpy as np
import pytest
from trains import CELLS, train, train_of

from mho.devices import LinearStep, SoftBounds
from mho.devices.fitting import Measurement, fit
from mho.devices.fitting.candidates import LinearSteps, PowerSteps, TimedSoftBounds
from mho.devices.fitting.likelihood import predicted

GONG = Path(os.environ.get("MHO_DATA", "")) / "rram_pulses_gong.csv"


@pytest.fixture(scope="module")
def fits():
    return {name: fit(train_of(name)) for name in CELLS}


@pytest.mark.parametrize("name", CELLS)
def test_the_model_that_made_a_train_is_the_one_chosen(fits, name):
    assert fits[name].attempts[0].candidate.name == name
    assert type(fits[name].device) is type(CELLS[name])


@pytest.mark.parametrize("name", ["LinearStep", "ExponentialStep", "PowerStep"])
def test_known_steps_are_found_in_siemens(fits, name):
    for conductance in (30e-6, 50e-6, 70e-6):
        found, true = (_steps(device, conductance) for device in (fits[name].device, CELLS[name]))
        assert found == pytest.approx(true, rel=0.08)


def _steps(device, conductance):
    width = device.high - device.low
    share = (conductance - device.low) / width
    laws = zip(device.laws(), (1 - share, share), strict=True)
    return [width * (s0 + s1 * u**p + s2 * math.exp(q * u)) for (s0, s1, p, s2, q), u in laws]


# Not linear steps: where the train does not reach a bound, they are shares of another range.
@pytest.mark.parametrize("name", ["ExponentialStep", "PowerStep", "SoftBounds"])
def test_known_parameters_are_found_within_their_uncertainty(fits, name):
    truth = vars(CELLS[name])
    told = {e.name: e for e in fits[name].estimates if e.error is not None and not e.untold}
    known = {"read_noise": truth["write_noise"]} | {k: v for k, v in truth.items() if k in told}
    assert len(known) >= 5
    for parameter, value in known.items():
        estimate = told[parameter]
        assert estimate.error < 0.3 * abs(value)
        assert abs(estimate.value - value) < 3 * estimate.error, parameter


@pytest.mark.parametrize("name", CELLS)
def test_deviations_have_the_predicted_spread_and_no_memory(fits, name):
    deviation = fits[name].prediction.deviation
    assert deviation.std() == pytest.approx(1.0, abs=0.1)
    assert abs(np.corrcoef(deviation[1:], deviation[:-1])[0, 1]) < 0.12


def test_without_step_noise_the_likelihood_is_that_of_independent_reads():
    device = LinearStep(up_first=0.01, up_last=0.01, down_first=0.01, down_last=0.01)
    conductance = 50e-6 + 0.9e-6 * np.arange(31)
    conductance[1:] += 1e-6 * np.sin(np.arange(30.0))
    cell = Measurement(amplitude=np.ones(30), width=np.full(30, 1e-6), conductance=conductance)
    values = {"low": device.low, "high": device.high, "cycle_noise": 0.0, "added_noise": 0.0}
    values |= {"read_noise": 0.02, "wander": 0.0, "memory": 8.0, "tail": 0.0}
    values |= dict.fromkeys(("up_first", "up_last", "down_first", "down_last"), 0.01)
    found = predicted(LinearSteps(), cell, values).log_density.sum() - 30 * math.log(cell.span)
    noise = 0.02 * 90e-6
    reads = conductance - 0.9e-6 * np.arange(31)  # all of one level, once the steps are taken off
    covariance = noise**2 * (np.eye(30) + np.ones((30, 30)))
    residual = reads[1:] - reads[0]
    expected = -0.5 * residual @ np.linalg.solve(covariance, residual)
    expected -= 0.5 * np.linalg.slogdet(2 * math.pi * covariance)[1]
    assert found == pytest.approx(expected, rel=1e-9)


def test_what_was_never_varied_or_reached_is_said():
    found = fit(train_of("ExponentialStep", blocks=1, length=80), [LinearSteps(), PowerSteps()])
    text = str(found)
    for line in (
        "`down_",
        "no pulse went down",
        "The effect of the amplitude: it was never varied.",
        "The effect of the width: it was never varied.",
        "The spread from cell to cell: this is one cell.",
    ):
        assert line in text


def test_a_voltage_law_is_told_only_where_voltages_vary():
    one = TimedSoftBounds().parameters(train_of("SoftBounds", voltages=(1.0,)))
    many = TimedSoftBounds().parameters(train_of("SoftBounds"))
    assert [next(p for p in each if p.name == "v0").untold for each in (one, many)] == [
        "all amplitudes are alike",
        "",
    ]


def test_slow_read_noise_is_not_taken_for_steps():
    steps = train(SoftBounds(tau=50e-6, write_noise=0.01), blocks=8, length=80)
    draws = np.random.default_rng(1)
    slow = np.zeros(641)
    for pulse in range(1, 641):
        slow[pulse] = 0.9 * slow[pulse - 1] + math.sqrt(1 - 0.81) * draws.normal()
    noisy = Measurement(
        amplitude=steps.amplitude,
        width=steps.width,
        conductance=steps.conductance + 4e-6 * slow,
    )
    found = fit(noisy, [TimedSoftBounds()])
    values = {e.name: e for e in found.estimates}
    assert values["wander"].value == pytest.approx(4e-6 / 90e-6, rel=0.25)
    assert values["tau"].value == pytest.approx(50e-6, rel=0.15)
    assert found.device.write_noise == pytest.approx(math.hypot(0.01, 4 / 90), rel=0.25)


def test_the_held_out_part_is_whole_stretches_of_both_directions():
    cell = train_of("SoftBounds", blocks=2, length=200)
    mask = cell.held_out
    assert [mask[cell.direction == d].mean() for d in (1, -1)] == [0.25, 0.25]
    assert np.flatnonzero(np.diff(mask)).size == 20
    assert mask[20:30].all()


def test_a_cell_that_pulses_do_not_move_is_refused():
    draws = np.random.default_rng(0)
    still = Measurement(
        amplitude=np.tile([1.0, -1.0], 100),
        width=np.full(200, 1e-6),
        conductance=50e-6 + 1e-6 * draws.normal(size=201),
    )
    with pytest.raises(ValueError, match="must be of a cell that pulses move"):
        fit(still, [TimedSoftBounds(), LinearSteps()])


def test_turned_voltages_make_the_same_cell_with_the_other_polarity():
    cell = train_of("PowerStep", blocks=4)
    turned = Measurement(amplitude=-cell.amplitude, width=cell.width, conductance=cell.conductance)
    assert (cell.polarity, turned.polarity) == (1, -1)
    assert turned.voltages == (-1.0, 1.0)
    assert np.array_equal(turned.direction, cell.direction)


@pytest.mark.skipif(not GONG.is_file(), reason="the measured train is not here")
def test_measured_reram_moves_under_slow_read_noise():
    rows = np.loadtxt(GONG, delimiter=",")
    share = (rows.T.ravel() + 1) / 2
    cell = Measurement(
        amplitude=np.repeat([1.0, -1.0], 1000)[1:],
        width=np.full(1999, 1e-6),
        conductance=10e-6 + 90e-6 * share,
        source="Gong et al. 2018",
    )
    found = fit(cell)
    values = {e.name: e.value for e in found.estimates}
    assert 0.02 < values["read_noise"] < 0.1
    assert values["wander"] > 0.02
    assert (
        abs(np.corrcoef(found.prediction.deviation[1:], found.prediction.deviation[:-1])[0, 1])
        < 0.06
    )
    rest = next(a for a in found.attempts if a.candidate.name == "at rest")
    assert found.attempts[0].ahead(rest)[0] > 0

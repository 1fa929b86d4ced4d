"""Synaptogen against its published Python package, and against its own definition."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import torch

import mho
from mho import Pulse
from mho.core.random import generator as make_generator
from mho.devices import Synaptogen
from mho.devices.synaptogen.parameters import published_fit, published_population

DATA = Path(__file__).parent / "data"
SHAPE = (128, 128)


def load_script():
    spec = importlib.util.spec_from_file_location("reference", DATA / "synaptogen_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = load_script()


def pulse(amplitude, shape=SHAPE, width=1e-6):
    return Pulse.uniform(shape, amplitude=amplitude, width=width)


@pytest.fixture(scope="module")
def reference():
    return json.loads((DATA / "synaptogen_reference.json").read_text())


@pytest.fixture(scope="module")
def measured():
    """The statistics of the reference, of cells of this model."""
    device, generator = Synaptogen(), make_generator(0)
    state = device.fabricate(SHAPE, generator)
    cycles = []
    for _ in range(40):
        state = device.apply(state, pulse(-1.5), generator)
        state = device.apply(state, pulse(1.5), generator)
        cycles.append(state.features.flatten(0, -2).numpy())
    state = device.apply(state, pulse(-1.6), generator)
    partial = [device.conductance(state).flatten().numpy()]
    for voltage in SCRIPT.PARTIAL:
        state = device.apply(state, pulse(voltage), generator)
        partial.append(device.conductance(state).flatten().numpy())
    found = SCRIPT.statistics(np.stack(cycles))
    return found | {"partial": np.quantile(partial, SCRIPT.QUANTILES, axis=1).T.tolist()}


def assert_close_quantiles(measured, expected, share):
    """Quantiles agree within a share of the distance between the outermost two."""
    measured, expected = np.array(measured), np.array(expected)
    assert (np.abs(measured - expected) <= share * (expected[-1] - expected[0])).all()


@pytest.mark.parametrize("what", ["features", "centres", "spreads"])
def test_cycles_and_cells_are_distributed_as_those_of_the_package(what, measured, reference):
    assert_close_quantiles(measured[what], reference[what], share=0.02)


def test_features_remember_earlier_cycles_as_those_of_the_package(measured, reference):
    error = np.abs(np.subtract(measured["correlations"], reference["correlations"]))
    assert np.abs(reference["correlations"][1]).max() > 0.15
    assert error.max() < 0.01


def test_partial_resets_lead_where_those_of_the_package_lead(measured, reference):
    for ours, theirs in zip(measured["partial"], reference["partial"], strict=True):
        assert_close_quantiles(ours, theirs, share=0.03)


def test_a_noise_free_cell_goes_the_way_of_the_package_step_by_step(reference, generator):
    device = Synaptogen().noise_free()
    state = device.fabricate((1, 1), generator)
    for voltage, expected in zip(SCRIPT.SEQUENCE, reference["path"], strict=True):
        state = device.apply(state, pulse(voltage, (1, 1)), generator)
        for at, current in zip(SCRIPT.READ_AT, expected, strict=True):
            bias = torch.full((1, 1), at, dtype=torch.float64)
            # The package computes in single precision.
            assert float(device.current(state, bias)) == pytest.approx(current, rel=2e-5)


def test_the_reference_is_what_the_package_says_today(reference):
    pytest.importorskip("synaptogen", reason="the package synaptogen is not installed")
    fresh = SCRIPT.measure(cells=65_536)
    assert_close_quantiles(fresh["features"], reference["features"], share=0.02)
    np.testing.assert_allclose(fresh["path"], reference["path"], rtol=1e-5)


@pytest.mark.parametrize("order", [1, 4, 10])
def test_what_a_cycle_does_not_owe_to_those_before_is_white_noise(order, generator):
    device, cycles = Synaptogen(order=order), []
    state = device.fabricate((64, 64), generator)
    for _ in range(order + 8):
        state = device.apply(state, pulse(-1.5, (64, 64)), generator)
        state = device.apply(state, pulse(1.5, (64, 64)), generator)
        cycles.append(state.history[..., :4].flatten(0, -2).double().numpy())
    published = json.loads((Path(mho.devices.__path__[0]) / "data/synaptogen.json").read_text())
    regression = np.array(published[f"VAR_{order:03}"])
    innovation, memory = regression[:, :4], regression[:, 4:].reshape(4, order, 4)
    drawn = []
    for n in range(order, len(cycles)):
        # Published with the oldest cycle first.
        owed = sum(cycles[n - order + k] @ memory[:, k].T for k in range(order))
        drawn.append(np.linalg.solve(innovation, (cycles[n] - owed).T))
    drawn = np.concatenate(drawn, axis=1)
    standard_error = 1 / np.sqrt(drawn.shape[1])
    assert np.abs(drawn.mean(1)).max() < 5 * standard_error
    assert np.abs(np.cov(drawn) - np.eye(4)).max() < 5 * np.sqrt(2) * standard_error
    assert np.abs((drawn**4).mean(1) - 3).max() < 5 * np.sqrt(96) * standard_error


def test_cells_are_drawn_out_of_the_published_mixture(generator):
    population = Synaptogen().fabricate((256, 256), generator).population.flatten(0, -2)
    weight, mean, factor = (torch.from_numpy(array) for array in published_population())
    centre = weight @ mean
    within = factor @ factor.mT + (mean - centre)[:, :, None] * (mean - centre)[:, None, :]
    covariance = (weight[:, None, None] * within).sum(0)
    deviation = covariance.diagonal().sqrt()
    assert ((population.mean(0) - centre).abs() < 0.02 * deviation).all()
    error = (population.T.cov() - covariance).abs() / (deviation[:, None] * deviation)
    assert error.max() < 0.05


def test_a_partial_reset_reaches_the_full_one_without_a_step(generator):
    device = Synaptogen(device_spread=0.0)
    lrs = device.apply(device.fabricate((1, 1), generator), pulse(-1.5, (1, 1)), generator)
    almost, full = (
        device.apply(lrs, pulse(volt, (1, 1)), make_generator(3)) for volt in (1.46 - 1e-9, 1.46)
    )
    bias = torch.full((1, 1), 1.46, dtype=torch.float64)
    torch.testing.assert_close(device.current(almost, bias), device.current(full, bias))
    nudged = device.apply(lrs, Pulse(lrs.threshold + 1e-9, torch.ones(1, 1)), generator)
    torch.testing.assert_close(device.conductance(nudged), device.conductance(lrs))


def test_a_reset_in_two_steps_ends_where_one_step_ends():
    device = Synaptogen()
    state = device.apply(
        device.fabricate((8, 8), make_generator(1)), pulse(-1.5, (8, 8)), make_generator(2)
    )
    once = device.apply(state, pulse(1.2, (8, 8)), make_generator(3))
    twice = device.apply(state, pulse(1.0, (8, 8)), make_generator(3))
    twice = device.apply(twice, pulse(1.2, (8, 8)), make_generator(4))
    torch.testing.assert_close(twice.mixing, once.mixing, rtol=1e-9, atol=0)


def test_only_a_reset_that_leaves_lrs_begins_a_cycle(generator):
    device = Synaptogen()
    state = device.fabricate((8, 8), generator)
    low = device.apply(state, pulse(-1.5, (8, 8)), generator)
    begun = device.apply(low, pulse(1.0, (8, 8)), generator)
    further = device.apply(begun, pulse(1.2, (8, 8)), generator)
    back = device.apply(further, pulse(-1.5, (8, 8)), generator)
    assert torch.equal(low.history, state.history)
    assert (begun.history[..., :4] != low.history[..., :4]).all()
    assert torch.equal(begun.history[..., 4:], low.history[..., :-4])
    assert torch.equal(further.history, begun.history)
    assert torch.equal(back.history, begun.history)


def test_width_scales_the_energy_and_nothing_else():
    device = Synaptogen()
    state = device.fabricate((8, 8), make_generator(1))
    brief, long = (
        device.apply(state, pulse(-1.5, (8, 8), width), make_generator(2)) for width in (1e-9, 1e-3)
    )
    assert torch.equal(brief.mixing, long.mixing)
    torch.testing.assert_close(1e6 * brief.energy, long.energy)
    voltage = torch.full((8, 8), -1.5, dtype=torch.float64)
    torch.testing.assert_close(long.energy, 1e-3 * voltage * device.current(long, voltage))


def test_a_pulse_of_no_voltage_changes_nothing(generator):
    device = Synaptogen()
    state = device.fabricate((8, 8), generator)
    for start in (state, device.apply(state, pulse(-1.5, (8, 8)), generator)):
        after = device.apply(start, pulse(0.0, (8, 8)), generator)
        assert torch.equal(after.mixing, start.mixing)
        assert torch.equal(after.history, start.history)
        assert torch.equal(after.energy, start.energy)


def test_voltages_beyond_the_published_curves_are_refused(generator):
    device = Synaptogen()
    state = device.fabricate((1, 1), generator)
    with pytest.raises(ValueError, match=r"`pulse.amplitude` must lie between -2 and 2 V"):
        device.apply(state, pulse(2.5, (1, 1)), generator)
    with pytest.raises(ValueError, match=r"`voltage` must lie between -2 and 2 V"):
        device.current(state, torch.full((1, 1), -3.0))


def test_noise_does_not_depend_on_the_number_of_threads(monkeypatch):
    device, states = Synaptogen(), []
    for threads in ("1", "3"):
        monkeypatch.setenv("MHO_THREADS", threads)
        generator = make_generator(1)
        state = device.apply(device.fabricate(SHAPE, generator), pulse(-1.5), generator)
        states.append(device.apply(state, pulse(1.1), generator))
    assert torch.equal(states[0].history, states[1].history)
    assert torch.equal(states[0].mixing, states[1].mixing)


def test_thermal_and_shot_noise_of_a_crossbar_are_the_published_read_noise(generator):
    device = Synaptogen()
    conductance = device.conductance(device.fabricate((1, 4), generator))
    voltage = torch.tensor([[0.2]], dtype=torch.float64)
    current = voltage @ conductance
    variance = torch.zeros_like(current)
    for noise in (mho.ThermalNoise(bandwidth=1e8), mho.ShotNoise(bandwidth=1e8)):
        variance += noise.deviation(current, conductance, voltage).square()
    published = 4 * 1.380649e-23 * 300 * 1e8 * conductance + 2 * 1.602176634e-19 * 1e8 * current
    torch.testing.assert_close(variance, published, rtol=1e-9, atol=0)


def test_every_order_has_a_stable_fit_of_its_own():
    for order in range(1, 11):
        memory = published_fit(order).memory
        assert memory.shape == (4, 4 * order)
        companion = np.eye(4 * order, k=-4)
        companion[:4] = memory
        assert np.abs(np.linalg.eigvals(companion)).max() < 1

"""What every programming scheme must do, on every device."""

import pytest
import torch

from mho import ConstantPulse, FeedforwardPulse, NoiseFreeInverse, SimulatedBench, program
from mho.devices import JartTUD, SoftBounds
from mho.programming.feedforward import LinearConductance

DEVICES = {
    "jart": JartTUD.preset("yu2022", set_voltage=-0.4713, reset_voltage=0.9726),
    "soft": SoftBounds(cycle_noise=0.05),
}
PROGRAMMERS = {
    "constant": ConstantPulse(width=2e-8),
    "inverse": NoiseFreeInverse(resolution=2e-3),
    "feedforward": FeedforwardPulse(
        scale=LinearConductance(margin=0.05), set_pulses=80, reset_pulses=80, width=2e-8
    ),
}


@pytest.fixture(params=DEVICES.values(), ids=DEVICES.keys())
def device(request):
    return request.param


@pytest.fixture(params=PROGRAMMERS.values(), ids=PROGRAMMERS.keys())
def programmer(request):
    return request.param


def middle(device, shape=(4, 6)):
    low, high = device.g_min, device.g_max
    share = torch.linspace(0.1, 0.9, shape[0] * shape[1], dtype=torch.float64).reshape(shape)
    return low + (high - low) * share


def test_pulses_point_towards_the_target(device, programmer):
    scheme, target = programmer.fit(device), middle(device)
    up = scheme.pulse(0.8 * target, target)
    down = scheme.pulse(1.2 * target, target)
    assert (up.amplitude * device.set_voltage > 0).all()
    assert (down.amplitude * device.reset_voltage > 0).all()
    assert up.width.shape == down.width.shape == target.shape


def test_fitting_leaves_the_scheme_itself_as_it_was(device, programmer):
    before = repr(programmer)
    assert programmer.fit(device) is not programmer
    assert repr(programmer) == before


def test_a_scheme_that_was_not_fitted_says_so(device, programmer):
    target = middle(device)
    with pytest.raises(ValueError, match=r"Call `fit\(device\)` first"):
        programmer.pulse(target, target)


def test_a_cell_far_outside_the_range_still_gets_a_finite_pulse(device, programmer):
    scheme, target = programmer.fit(device), middle(device)
    for conductance in (0.01 * target, 100 * target):
        assert torch.isfinite(scheme.pulse(conductance, target).width).all()


def test_write_and_verify_brings_nearly_all_cells_within_the_tolerance(device, programmer):
    bench = SimulatedBench(device, (8, 8), seed=1)
    target = middle(device, (8, 8))
    before = (bench.read() - target).abs().mean()
    scheme = programmer.fit(device)
    result = program(bench, scheme, target, tolerance=0.05, max_pulses=200)
    assert (result.conductance[-1] - target).abs().mean() < before / 4
    assert result.converged.double().mean() > 0.8


def test_one_noise_free_inverse_pulse_is_exact_without_noise(device):
    quiet = device.noise_free()
    bench = SimulatedBench(quiet, (8, 8))
    target = middle(device, (8, 8))
    result = program(bench, NoiseFreeInverse().fit(device), target, tolerance=1e-3, max_pulses=1)
    assert result.converged.all()
    assert (result.pulses == 1).all()
    # And from there to other targets, up and down.
    target = target.flip(0)
    result = program(bench, NoiseFreeInverse().fit(device), target, tolerance=1e-3, max_pulses=1)
    assert result.converged.all()

"""Traces of JART cells beside pulses on the same cells with the same noise."""

import math
from dataclasses import replace

import pytest
import torch

from mho import Pulse
from mho.core import Device
from mho.devices import FilamentSpread, JartFit2022, JartTUD, JartV1b
from mho.devices.jart import tracing

STEP = 10e-9
MODELS = (JartTUD, JartFit2022, JartV1b)


def noisy(model, interval, **changes):
    device = model.preset("yu2022", **changes)
    return replace(device, cycle_noise=replace(device.cycle_noise, interval=interval))


def cells(device, shape=(3, 7), seed=1):
    """Cells all over the range."""
    state = device.fabricate(shape, torch.Generator().manual_seed(seed))
    n = torch.linspace(device.n_low, device.n_high, state.energy.numel(), dtype=torch.float64)
    return replace(state, filament=torch.cat([n.reshape(1, *shape), state.filament[1:]]))


def seeded():
    return torch.Generator().manual_seed(3)


def traced(device, state, amplitude, steps, **settings):
    pulse = Pulse.uniform(state.energy.shape, amplitude=amplitude, width=STEP * steps)
    return device.trace(state, pulse, seeded(), step=STEP, **settings)


def assert_same(state, other, rtol, energy):
    torch.testing.assert_close(state.filament, other.filament, rtol=rtol, atol=0)
    torch.testing.assert_close(state.energy, other.energy, rtol=energy, atol=0)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("direction", ["set", "reset"])
@pytest.mark.parametrize("interval", [1, 10, 100, 1000])
def test_a_trace_of_whole_intervals_ends_where_the_pulse_ends(model, direction, interval):
    device = noisy(model, interval * STEP, device_spread=FilamentSpread())
    start, amplitude = cells(device), getattr(device, f"{direction}_voltage")
    trace = traced(device, start, amplitude, 2000)
    pulse = Pulse.uniform(start.energy.shape, amplitude=amplitude, width=2000 * STEP)
    after = device.apply(start, pulse, seeded())
    assert not torch.equal(after.filament[3:], start.filament[3:])
    torch.testing.assert_close(trace.state.filament[1:3], after.filament[1:3], rtol=1e-12, atol=0)
    assert_same(trace.state, after, rtol=1e-4, energy=3e-4)
    assert (trace.count == 2000).all()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("direction", ["set", "reset"])
@pytest.mark.parametrize("interval", [1, 10])
def test_samples_follow_the_exact_current_of_cells_pulsed_as_far(model, direction, interval):
    device = noisy(model, interval * STEP, device_spread=FilamentSpread())
    start, amplitude = cells(device), getattr(device, f"{direction}_voltage")
    samples = traced(device, start, amplitude, 3000).conductance.reshape(3, 7, -1).double()
    for steps in range(100, 3000, 290):
        pulse = Pulse.uniform(start.energy.shape, amplitude=amplitude, width=STEP * steps)
        exact = device.conductance(device.apply(start, pulse, seeded()))
        torch.testing.assert_close(samples[..., steps - 1], exact, rtol=1e-4, atol=0)


@pytest.mark.parametrize("direction", ["set", "reset"])
def test_a_whole_switching_without_noise_follows_the_full_equations(direction):
    device = JartTUD()
    amplitude, start = getattr(device, f"{direction}_voltage"), cells(device, (1, 2))
    start.filament[0] = device.n_low if direction == "set" else device.n_high
    samples = traced(device, start, amplitude, 900_000).conductance.reshape(2, -1)[0].double()
    exact = start
    for part in range(1, 31):
        pulse = Pulse.uniform((1, 2), amplitude=amplitude, width=30_000 * STEP)
        exact = device.apply(exact, pulse, seeded())
        found, truth = float(samples[30_000 * part - 1]), float(device.conductance(exact)[0, 0])
        assert found == pytest.approx(truth, rel=1e-4)
    assert samples.max() / samples.min() > 5


@pytest.mark.parametrize("interval", [1, 10, None])
@pytest.mark.parametrize("model", MODELS)
def test_a_voltage_without_a_table_gives_the_same_trace(model, interval):
    device = noisy(model, STEP * (interval or 1))
    if interval is None:
        device = replace(device, cycle_noise=None)
    start = cells(device)
    fast = traced(device, start, device.reset_voltage, 500)
    full = traced(device, start, math.nextafter(device.reset_voltage, 0), 500)
    assert_same(fast.state, full.state, rtol=1e-5, energy=3e-4)
    torch.testing.assert_close(fast.conductance, full.conductance, rtol=1e-4, atol=0)
    assert not torch.equal(fast.conductance, full.conductance)  # or nothing was compared


@pytest.mark.parametrize("direction", ["set", "reset"])
@pytest.mark.parametrize("interval", [1, 10])
def test_a_cell_with_a_target_stops_where_its_whole_trace_first_passes_it(direction, interval):
    device = noisy(JartTUD, interval * STEP)
    start, amplitude = cells(device), getattr(device, f"{direction}_voltage")
    whole = traced(device, start, amplitude, 3000).conductance.reshape(21, -1).double()
    first = device.conductance(start).flatten()
    target = first * torch.linspace(0.97, 1.03, 22, dtype=torch.float64)[:21]
    passed = torch.where(
        (first < target)[:, None], whole >= target[:, None], whole <= target[:, None]
    )
    expected = torch.where(passed.any(1), passed.int().argmax(1) + 1, 3000)
    assert ((expected > 1) & (expected < 3000)).sum() > 5
    trace = traced(device, start, amplitude, 3000, target=target.reshape(3, 7))
    # Where a sample is nearer to its target than the table is exact, the law decides.
    assert (trace.count.flatten() == expected).float().mean() > 0.9
    assert trace.conductance.numel() == int(trace.count.sum())
    parts = trace.conductance.split(trace.count.flatten().tolist())
    reached = device.conductance(trace.state).flatten()
    for part, along, end in zip(parts, whole, reached, strict=True):
        torch.testing.assert_close(part.double(), along[: len(part)], rtol=1e-4, atol=0)
        assert float(part[-1]) == pytest.approx(float(end), rel=1e-6)


@pytest.mark.parametrize("interval", [1, 10])
def test_a_stopped_cell_is_on_the_other_side_of_its_target_by_the_exact_law(interval):
    device = noisy(JartTUD, interval * STEP)
    start = cells(device)
    first = device.conductance(start)
    for goal in (first * 0.98, first * 1.02):
        trace = traced(device, start, device.set_voltage, 3000, target=goal)
        stopped = trace.count < 3000
        assert stopped.sum() > 10
        beyond = (device.conductance(trace.state) - goal) * (goal - first)
        assert (beyond[stopped] >= -1e-14 * goal[stopped] ** 2).all()


@pytest.mark.parametrize("interval", [1, 10, 100])
def test_a_trace_of_a_cell_does_not_depend_on_its_neighbours(interval):
    device = noisy(JartTUD, interval * STEP)
    start = cells(device, (1, 40))
    width = STEP * torch.linspace(20, 3000, 40, dtype=torch.float64)[None]
    amplitude = torch.full_like(width, device.set_voltage)
    amplitude[0, ::3] = device.reset_voltage
    target = device.conductance(start) * 1.01
    pulse = Pulse(amplitude, width)
    together = device.trace(start, pulse, seeded(), step=STEP, target=target)
    parts = together.conductance.split(together.count.flatten().tolist())
    for cell in (0, 3, 7, 35, 36, 38, 39):
        alone = torch.arange(40)[None] == cell
        trace = device.trace(start, pulse.where(alone), seeded(), step=STEP, target=target)
        assert torch.equal(trace.conductance, parts[cell])
        assert torch.equal(trace.state.filament[:, alone], together.state.filament[:, alone])


def test_a_trace_does_not_depend_on_the_number_of_threads(monkeypatch):
    device, traces = noisy(JartTUD, STEP), []
    start = cells(device, (11, 13))
    for threads in ("1", "3"):
        monkeypatch.setenv("MHO_THREADS", threads)
        target = 1.02 * device.conductance(start)
        traces.append(traced(device, start, device.set_voltage, 1000, target=target))
    assert torch.equal(traces[0].conductance, traces[1].conductance)
    assert torch.equal(traces[0].state.filament, traces[1].state.filament)


@pytest.mark.parametrize("coarse", ["rate", "reading"])
@pytest.mark.parametrize("interval", [1, 10])
def test_a_piece_whose_polynomial_is_too_coarse_is_traced_in_full(monkeypatch, coarse, interval):
    device = noisy(JartTUD, interval * STEP)
    start = cells(device)
    full = traced(device, start, math.nextafter(device.set_voltage, 0), 200)
    rate_table, read_table = tracing.rate_table, tracing.read_table

    def coarse_rate(law, voltage, covered):
        made = rate_table(law, voltage, covered)
        return made._replace(longest=0 * made.longest)

    def coarse_reading(law, voltage, covered):
        made = read_table(law, voltage, covered)
        return made._replace(error=1 + made.error)

    if coarse == "rate":
        monkeypatch.setattr(tracing, "rate_table", coarse_rate)
    else:
        monkeypatch.setattr(tracing, "read_table", coarse_reading)
    slow = traced(device, start, device.set_voltage, 200)
    assert_same(slow.state, full.state, rtol=1e-12, energy=1e-12)
    torch.testing.assert_close(slow.conductance, full.conductance, rtol=1e-6, atol=0)


@pytest.mark.parametrize("with_table", [True, False])
def test_the_rest_of_an_interval_draws_as_often_as_its_share(with_table):
    device = noisy(JartTUD, 100 * STEP)
    amplitude = device.set_voltage if with_table else math.nextafter(device.set_voltage, 0)
    start = device.fabricate((40, 50), torch.Generator())
    after = traced(device, start, amplitude, 40).state
    drawn = (after.filament[1] != start.filament[1]).double().mean()
    assert abs(float(drawn) - 0.4) < 4 * math.sqrt(0.4 * 0.6 / 2000)


def test_an_interval_of_no_whole_number_of_steps_is_traced_step_by_step():
    device = noisy(JartTUD, 2.5 * STEP)
    start = cells(device, (2, 2))
    trace = traced(device, start, device.set_voltage, 40)
    pulse = Pulse.uniform((2, 2), amplitude=device.set_voltage, width=40 * STEP)
    general = Device.trace(device, start, pulse, seeded(), step=STEP)
    assert torch.equal(trace.conductance, general.conductance)


def test_cells_without_voltage_rest_and_are_sampled_all_the_same():
    device = noisy(JartTUD, STEP)
    start = cells(device)
    trace = traced(device, start, 0.0, 3)
    assert torch.equal(trace.state.filament, start.filament)
    expected = device.conductance(start).flatten().repeat_interleave(3).float()
    torch.testing.assert_close(trace.conductance, expected, rtol=1e-6, atol=0)

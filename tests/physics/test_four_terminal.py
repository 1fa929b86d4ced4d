"""The four-terminal TiO2-x cell against what was published of it (doi 10.1039/d4nh00623b)."""

import math
from dataclasses import replace

import pytest
import torch

import mho
from mho import Pulse
from mho.devices import FourTerminal
from mho.devices.four_terminal import FourTerminalState

DEVICE = FourTerminal.preset("ffp2025")
VOLTAGES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0)
HRS, LRS = 880.0, 740.0
STEP = 0.2135  # ohm, one for both directions
# An instrument that resolves 10 nA, uniformly: 3 nA at 0.1 V on 810 ohm, 0.02 ohm.
READ_NOISE = mho.WhiteNoise(sigma=10e-9 / math.sqrt(12))
SIGNS = pytest.mark.parametrize("sign", [1, -1], ids=["potentiation", "depression"])


def at(resistance):
    """Cells of given resistances, each before its first pulse."""
    zeros = torch.zeros_like(resistance)
    return FourTerminalState(resistance, zeros, zeros, zeros, zeros)


def read(state, generator):
    """Resistance out of a current with the noise of the instrument."""
    voltage = torch.full_like(state.resistance, DEVICE.read_voltage)
    current = DEVICE.current(state, voltage)
    noisy = READ_NOISE.apply(current, state.resistance, voltage, generator)
    return DEVICE.read_voltage / noisy


def identical_pulses(device, sign, sweeps, generator):
    """Resistances (pulses, voltages, sweeps), read after each of 100 pulses of 2 s."""
    shape = (len(VOLTAGES), sweeps)
    start = HRS if sign > 0 else LRS
    state = at(torch.full(shape, start, dtype=torch.float64))
    amplitude = sign * torch.tensor(VOLTAGES, dtype=torch.float64)[:, None].expand(shape)
    curve = [read(state, generator)]
    for _ in range(100):
        state = device.apply(state, Pulse(amplitude, torch.full(shape, 2.0)), generator)
        curve.append(read(state, generator))
    return torch.stack(curve)


def change(resistance, amplitude, width):
    """Noise-free |dR| (amplitudes, resistances) of one pulse."""
    shape = (len(amplitude), len(resistance))
    state = at(resistance.expand(shape))
    pulse = Pulse(amplitude[:, None].expand(shape), torch.full(shape, width))
    after = DEVICE.noise_free().apply(state, pulse, torch.Generator())
    return (after.resistance - state.resistance).abs()


def test_the_operating_point_spans_the_published_resistances():
    assert 1 / DEVICE.g_min == pytest.approx(HRS, rel=1e-3)
    assert 1 / DEVICE.g_max == pytest.approx(LRS, rel=1e-3)
    assert DEVICE.g_max / DEVICE.g_min == pytest.approx(1.19, abs=0.005)


@SIGNS
def test_a_pulse_relaxes_exponentially_towards_the_equilibrium_of_its_amplitude(sign, generator):
    start, volt, width = 810.0, 3.0 * sign, 5.0
    end = float(DEVICE.equilibrium(torch.tensor(volt, dtype=torch.float64)))
    assert (end - start) * sign < 0
    state = at(torch.full((1, 1), start, dtype=torch.float64))
    pulse = Pulse.uniform((1, 1), amplitude=volt, width=width)
    after = DEVICE.noise_free().apply(state, pulse, generator)
    decay = math.exp(-width / (95.0 * math.exp(-3.0 / 2.6)))
    assert float(after.resistance) == pytest.approx(end + (start - end) * decay, rel=1e-12)


@SIGNS
def test_identical_pulses_saturate_and_go_further_the_larger_they_are(sign, generator):
    curve = -sign * identical_pulses(DEVICE.noise_free(), sign, 20, generator).mean(-1)
    first, last = curve[10] - curve[0], curve[100] - curve[90]
    assert (first > 0).all()
    assert (last < 0.5 * first).all()
    assert (last[-4:] < 0.02 * first[-4:]).all()
    assert ((curve[-1] - curve[0]).diff() > 0).all()


@SIGNS
def test_a_weak_pulse_does_not_undo_what_a_strong_one_did(sign, generator):
    beyond = DEVICE.equilibrium(torch.tensor([[5.0 * sign]], dtype=torch.float64))
    weak = Pulse.uniform((1, 1), amplitude=1.0 * sign, width=100.0)
    assert torch.equal(DEVICE.apply(at(beyond), weak, generator).resistance, beyond)


@SIGNS
def test_the_wider_the_range_of_a_sweep_the_less_it_resembles_the_others(sign, generator):
    # Pearson's correlation of the last of five sweeps with those before it, as in fig. 2(b).
    curves = torch.stack([identical_pulses(DEVICE, sign, 100, generator) for _ in range(5)])
    centred = curves - curves.mean(1, keepdim=True)
    norm = centred.square().sum(1).sqrt()
    products = (centred[:-1] * centred[-1:]).sum(1) / (norm[:-1] * norm[-1:])
    unlike = 1 - products.mean((0, 2))
    ranges = (curves.amax(1) - curves.amin(1)).mean((0, 2))
    wide = ranges > 50
    assert wide.sum() == 8
    assert (unlike[wide].diff() > 0).all()
    assert unlike[-1] > 10 * unlike[wide][0]
    assert unlike.max() < 0.03


@SIGNS
def test_every_resistance_has_a_feedforward_amplitude_that_moves_it_by_a_fraction_of_an_ohm(sign):
    resistance = torch.linspace(LRS + 1, HRS - 1, 139, dtype=torch.float64)
    moved = change(resistance, sign * torch.arange(3, 71).double() / 10, width=0.8)
    assert ((moved > 0.1) & (moved < 0.3)).any(0).all()


@SIGNS
def test_the_map_of_changes_brackets_the_published_window_at_every_resistance(sign):
    # Figs. 2(c) and (d): the fifteen amplitudes, and a window of 0.1 to 0.3 ohm per pulse.
    resistance = torch.linspace(LRS + 1, HRS - 1, 139, dtype=torch.float64)
    moved = change(resistance, sign * torch.tensor(VOLTAGES).double(), width=2.0)
    assert (moved.diff(dim=0) >= 0).all()
    assert (moved[0] < 0.3).all()
    assert (moved[-1] > 0.3).all()


def feedforward_sweep(state, sign, chosen, generator):
    """State, pulses and mean power of a sweep to the other end, by amplitudes for each ohm."""
    goal = LRS if sign > 0 else HRS
    shape, before = state.energy.shape, state.energy
    count, pending = torch.zeros(shape), torch.ones(shape, dtype=torch.bool)
    while pending.any():
        measured = read(state, generator)
        pending &= (measured - goal) * sign > 0
        row = (measured - LRS).round().long().clamp(0, len(chosen) - 1)
        pulse = Pulse(chosen[row], torch.full(shape, 0.8)).where(pending)
        state = DEVICE.apply(state, pulse, generator)
        count += pending
    return state, count, float((state.energy - before).sum() / (0.8 * count.sum()))


def test_feedforward_pulses_of_one_step_take_the_published_numbers_and_powers(generator):
    # The amplitude that moves a cell of the read resistance by the step, out of a table.
    resistance = torch.arange(LRS, HRS + 1, dtype=torch.float64)
    amplitudes = torch.arange(3, 71, dtype=torch.float64) / 10
    chosen = {}
    for sign in (1, -1):
        moved = change(resistance, sign * amplitudes, 0.8)
        chosen[sign] = sign * amplitudes[(moved - STEP).abs().argmin(0)]
    state = at(torch.full((1, 100), HRS, dtype=torch.float64))
    found = {}
    for sign in (1, -1, 1, -1):  # the first two sweeps warm the film up
        state, count, power = feedforward_sweep(state, sign, chosen[sign], generator)
        found[sign] = count, power
    for sign, pulses, spread, watts in ((1, 494, 11, 0.2407), (-1, 579, 17, 0.1146)):
        count, power = found[sign]
        assert float(count.mean()) == pytest.approx(pulses, rel=0.02)
        assert float(count.std()) == pytest.approx(spread, rel=0.35)
        assert power == pytest.approx(watts, rel=0.1)


def test_heat_of_a_strong_pulse_speeds_up_the_weak_ones_after_it_until_it_is_gone(generator):
    quiet = DEVICE.noise_free()
    start = at(torch.full((1, 1), 860.0, dtype=torch.float64))
    weak = Pulse.uniform((1, 1), amplitude=1.0, width=0.8)
    cold = quiet.apply(start, weak, generator).resistance
    hot = replace(start, heat=torch.full((1, 1), 0.3, dtype=torch.float64))
    excess = 0.3 - 1.0 / quiet.set_path
    added = 33.0 * excess * 20.0 * (1 - math.exp(-0.8 / 20.0))
    end = float(quiet.equilibrium(torch.tensor(1.0, dtype=torch.float64)))
    expected = end + (860.0 - end) * math.exp(-(0.8 + added) * math.exp(1.0 / 2.6) / 95.0)
    assert float(quiet.apply(hot, weak, generator).resistance) == pytest.approx(expected)
    assert expected < float(cold)
    rested = quiet.relax(hot, 1000.0, generator)
    assert float(quiet.apply(rested, weak, generator).resistance) == pytest.approx(float(cold))
    idle = Pulse.uniform((1, 1), amplitude=0.0, width=1000.0)
    torch.testing.assert_close(quiet.apply(hot, idle, generator).heat, rested.heat)


def test_a_pulse_is_not_sped_up_by_its_own_heat(generator):
    warm, cold = DEVICE.noise_free(), replace(DEVICE.noise_free(), heat=None)
    state = at(torch.full((1, 1), 860.0, dtype=torch.float64))
    pulse = Pulse.uniform((1, 1), amplitude=3.0, width=0.8)
    after = [device.apply(state, pulse, generator).resistance for device in (warm, cold)]
    assert torch.equal(*after)
    assert cold.relax(state, 10.0, generator) is state


def test_a_sweep_keeps_its_deviation_until_the_polarity_changes(generator):
    shape = (4, 4)
    up, down = (Pulse.uniform(shape, amplitude=volt, width=0.8) for volt in (2.0, -2.0))
    first = DEVICE.apply(DEVICE.fabricate(shape, generator), up, generator)
    second = DEVICE.apply(first, up, generator)
    third = DEVICE.apply(second, down, generator)
    assert torch.equal(first.sweep, second.sweep)
    assert (third.sweep != second.sweep).all()


def test_a_pulse_dissipates_in_the_write_path_whatever_the_resistance(generator):
    for volt, path in ((2.0, DEVICE.set_path), (-2.0, DEVICE.reset_path)):
        state = at(torch.tensor([[LRS, HRS]], dtype=torch.float64))
        pulse = Pulse.uniform((1, 2), amplitude=volt, width=0.8)
        energy = DEVICE.apply(state, pulse, generator).energy
        torch.testing.assert_close(energy, torch.full_like(energy, 4.0 / path * 0.8))


def test_a_pulse_of_no_voltage_changes_nothing(generator):
    state = DEVICE.fabricate((2, 2), generator)
    after = DEVICE.apply(state, Pulse.uniform((2, 2), amplitude=0.0, width=1.0), generator)
    assert torch.equal(after.resistance, state.resistance)
    assert torch.equal(after.sweep, state.sweep)
    assert torch.equal(after.energy, state.energy)

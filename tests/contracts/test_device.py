"""What every device must do, whatever its physics."""

import io
from copy import deepcopy
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache

import pytest
import torch

from mho import Pulse
from mho.core.cells import take_columns
from mho.devices import (
    DEVICES,
    EFFECTS,
    UCSB,
    VTEAM,
    Biolek,
    DataDriven,
    ExponentialStep,
    FilamentSpread,
    FourTerminal,
    GapFluctuation,
    InTime,
    JartFit2022,
    JartTUD,
    JartV1b,
    Joglekar,
    LinearIonDrift,
    LinearStep,
    PhaseChange,
    PowerStep,
    Relaxation,
    SoftBounds,
    StanfordPKU,
    StepSpread,
    Synaptogen,
    Yakopcic,
)


def in_time_effects(device):
    """Every effect, fitted to the range of a device."""
    law = Relaxation.preset("tech_c", ceiling=1.3 * device.g_max)
    return [law, *(effect() for effect in EFFECTS if effect is not Relaxation)]


VARIANTS = [
    JartTUD(),
    JartTUD.preset("yu2022"),
    JartTUD.preset("yu2022", device_spread=FilamentSpread()),
    JartFit2022(),
    JartFit2022.preset("yu2022", device_spread=FilamentSpread()),
    JartV1b(),
    JartV1b.preset("yu2022", device_spread=FilamentSpread()),
    SoftBounds(),
    SoftBounds(device_spread=0.2, cycle_noise=0.1),
    SoftBounds(cycle_noise=0.1, write_noise=0.02),
    *(LinearStep.preset(name) for name in LinearStep.presets()),
    ExponentialStep.preset("gong2018"),
    PowerStep(),
    PowerStep(cycle_noise=0.3, device_spread=StepSpread(step=0.1, low=0.05, high=0.05)),
    LinearIonDrift(),
    LinearIonDrift.preset("strukov2008", window=Joglekar()),
    LinearIonDrift.preset("strukov2008", window=Biolek(exponent=2)),
    VTEAM.preset("kvatinsky2015"),
    DataDriven.preset("messaris2018"),
    UCSB(),
    UCSB.preset("nili2020"),
    PhaseChange(),
    PhaseChange.preset("nandakumar2019"),
    *(Yakopcic.preset(name) for name in Yakopcic.presets()),
    StanfordPKU.preset("jiang2016"),
    StanfordPKU(cycle_noise=GapFluctuation(strength=1e-3, interval=5e-7)),
    Synaptogen(),
    Synaptogen(order=1, device_spread=0.0),
    FourTerminal(),
    FourTerminal.preset("ffp2025"),
    *(
        InTime(device=device, effect=each)
        for device in (SoftBounds(), JartTUD.preset("yu2022"))
        for each in in_time_effects(device)
    ),
]
SHAPE = (2, 3, 4)

# A count of pulses is no time: half a step and half a step from there are not quite a whole one.
STEPWISE = {UCSB, LinearStep, ExponentialStep, PowerStep}
# Models, or single devices, whose current is not odd in the voltage.
RECTIFYING = {JartTUD, JartFit2022, JartV1b, Synaptogen, Yakopcic.preset("jo2010")}
# Narrowest and widest pulse, s, that the model is made for; the others take any.
WIDTHS = {UCSB: (1e-7, 0.1)}


def test_every_exported_device_is_under_contract():
    assert {type(device) for device in VARIANTS} == {*DEVICES, InTime}


def test_every_exported_effect_is_under_contract():
    wrapped = [device for device in VARIANTS if isinstance(device, InTime)]
    assert {type(device.effect) for device in wrapped} == set(EFFECTS)


@pytest.fixture(
    params=VARIANTS, ids=[f"{type(device).__name__}-{n}" for n, device in enumerate(VARIANTS)]
)
def device(request):
    return request.param


def full_range(device, amplitude, state):
    """Cells driven as far as they go."""
    pulse = Pulse.uniform(SHAPE, amplitude=amplitude, width=WIDTHS.get(type(device), (0.0, 1e3))[1])
    while True:
        after = device.apply(state, pulse, torch.Generator())
        if torch.allclose(device.conductance(after), device.conductance(state), rtol=1e-9, atol=0):
            return after
        state = after


@lru_cache
def short(device, amplitude, share=0.3):
    """A pulse that goes some of the way: the width is found on a noise-free cell.

    Synaptogen has no law in time: any width goes all the way, at once.
    """
    quiet, unused = device.noise_free(), torch.Generator()
    cell = quiet.fabricate(SHAPE, unused)
    if amplitude == device.reset_voltage:
        cell = full_range(quiet, quiet.set_voltage, cell)
    width, widest = WIDTHS.get(type(device), (1e-13, torch.inf))
    start = quiet.conductance(cell)
    goal = share * (quiet.g_max - quiet.g_min)
    while True:
        pulse = Pulse.uniform(SHAPE, amplitude=amplitude, width=width)
        moved = (quiet.conductance(quiet.apply(cell, pulse, unused)) - start).abs()
        if moved.min() > goal or 3 * width > widest:
            return pulse
        width *= 1.3 if moved.min() > 0.03 * goal else 3.0


def tensors(state):
    parts = (getattr(state, f.name) for f in fields(state))
    return [t for part in parts for t in (tensors(part) if is_dataclass(part) else [part])]


def same(a, b):
    if is_dataclass(a):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    return torch.equal(a, b)


def test_fresh_cells_have_the_shape_asked_for_and_have_dissipated_nothing(device, generator):
    state = device.fabricate(SHAPE, generator)
    assert device.conductance(state).shape == SHAPE
    assert device.conductance(state).dtype == torch.float64
    assert torch.equal(state.energy, torch.zeros(SHAPE, dtype=torch.float64))


def test_fresh_cells_without_spread_are_at_g_min(device, generator):
    quiet = device.noise_free()
    conductance = quiet.conductance(quiet.fabricate(SHAPE, generator))
    torch.testing.assert_close(conductance, torch.full_like(conductance, device.g_min))


def test_set_leads_to_g_max_and_reset_back_to_g_min(device, generator):
    quiet = device.noise_free()
    state = quiet.fabricate(SHAPE, generator)
    state = full_range(quiet, quiet.set_voltage, state)
    high = quiet.conductance(state)
    torch.testing.assert_close(high, torch.full_like(high, device.g_max), rtol=1e-6, atol=0)
    state = full_range(quiet, quiet.reset_voltage, state)
    low = quiet.conductance(state)
    torch.testing.assert_close(low, torch.full_like(low, device.g_min), rtol=1e-6, atol=0)


def test_set_raises_and_reset_lowers_the_conductance(device, generator):
    state = device.fabricate(SHAPE, generator)
    up = device.apply(state, short(device, device.set_voltage), generator)
    down = device.apply(up, short(device, device.reset_voltage), generator)
    assert device.conductance(up).mean() > device.conductance(state).mean()
    assert device.conductance(down).mean() < device.conductance(up).mean()


def test_two_half_pulses_equal_one_whole_pulse_without_noise(device, generator):
    if type(device) in STEPWISE:
        pytest.skip("the model counts pulses")
    quiet = device.noise_free()
    state = quiet.fabricate(SHAPE, generator)
    whole = short(quiet, quiet.set_voltage)
    half = Pulse(whole.amplitude, whole.width / 2)
    once = quiet.apply(state, whole, generator)
    twice = quiet.apply(quiet.apply(state, half, generator), half, generator)
    close = {"rtol": 1e-4, "atol": 0}
    torch.testing.assert_close(quiet.conductance(once), quiet.conductance(twice), **close)
    torch.testing.assert_close(once.energy, twice.energy, **close)


@pytest.mark.parametrize(("amplitude", "width"), [(1.0, 0.0), (0.0, 1e-6), (0.0, 0.0)])
def test_a_pulse_of_no_width_or_no_voltage_changes_nothing(device, generator, amplitude, width):
    state = device.apply(
        device.fabricate(SHAPE, generator), short(device, device.set_voltage), generator
    )
    pulse = Pulse.uniform(SHAPE, amplitude=amplitude * device.set_voltage, width=width)
    cools = isinstance(device, FourTerminal) and device.heat is not None
    if (isinstance(device, InTime) or cools) and width > 0.0:
        pytest.skip("no voltage for some time is a rest, in which time passes")
    assert same(state, device.apply(state, pulse, generator))


def test_cells_can_be_taken_out_of_an_array_and_copied(device, generator):
    shape, columns = (2, 6), torch.tensor([4, 0, 0])
    state = device.fabricate(shape, generator)
    pulse = short(device, device.set_voltage)
    sent = Pulse.uniform(shape, amplitude=pulse.amplitude.max(), width=pulse.width.max())
    state = device.apply(state, sent, generator)
    taken = take_columns(state, columns)
    assert torch.equal(taken.energy, state.energy[:, columns])
    assert torch.equal(device.conductance(taken), device.conductance(state)[:, columns])
    after = device.apply(taken, Pulse.uniform((2, 3), amplitude=0.0, width=0.0), generator)
    assert torch.equal(device.conductance(after), device.conductance(taken))


def tenths(pulse):
    return float(pulse.width.max()) / 10


def test_a_trace_without_noise_ends_where_the_pulse_ends(device, generator):
    if type(device) in STEPWISE:
        pytest.skip("the model counts pulses")
    quiet = device.noise_free()
    state = quiet.fabricate(SHAPE, generator)
    pulse = short(quiet, quiet.set_voltage)
    trace = quiet.trace(state, pulse, generator, step=tenths(pulse))
    after = quiet.apply(state, pulse, generator)
    assert trace.count.tolist() == torch.full(SHAPE, 10).tolist()
    last = trace.conductance.reshape(*SHAPE, 10)[..., -1].double()
    close = {"rtol": 1e-4, "atol": 0}
    torch.testing.assert_close(last, quiet.conductance(after), **close)
    torch.testing.assert_close(trace.state.energy, after.energy, **close)


def test_a_trace_samples_each_cell_for_its_own_width_and_ends_at_its_last_sample(device, generator):
    state = device.fabricate(SHAPE, generator)
    longest = short(device, device.set_voltage)
    steps = torch.arange(torch.Size(SHAPE).numel()).reshape(SHAPE) % 4
    step = tenths(longest)
    trace = device.trace(
        state, Pulse(longest.amplitude, step * steps.double()), generator, step=step
    )
    assert torch.equal(trace.count, steps)
    assert trace.conductance.dtype == torch.float32
    ends = trace.count.flatten().cumsum(0)[steps.flatten() > 0] - 1
    reached = device.conductance(trace.state)[steps > 0].float()
    torch.testing.assert_close(trace.conductance[ends], reached, rtol=1e-5, atol=0)
    untouched = device.conductance(state)[steps == 0]
    assert torch.equal(device.conductance(trace.state)[steps == 0], untouched)


def test_a_trace_stops_at_the_first_sample_beyond_its_target(device, generator):
    state = device.fabricate(SHAPE, generator)
    pulse, start = short(device, device.set_voltage), device.conductance(state)
    whole = device.trace(state, pulse, torch.Generator().manual_seed(3), step=tenths(pulse))
    samples = whole.conductance.reshape(*SHAPE, 10).double()
    target = 0.5 * (start + samples.amax(-1))
    part = device.trace(
        state, pulse, torch.Generator().manual_seed(3), step=tenths(pulse), target=target
    )
    reached = device.conductance(part.state) >= target * (1 - 1e-9)
    assert reached.any()
    assert (part.count[~reached] == 10).all()
    ends = part.count.flatten().cumsum(0)
    cells = ends.tolist(), part.count.flatten().tolist(), target.flatten(), start.flatten()
    for end, count, goal, first in zip(*cells, strict=True):
        before = part.conductance[end - count : end - 1].double()
        assert ((before - goal) * (first - goal) >= -1e-7 * goal**2).all()


def test_only_the_pulsed_cells_change(device, generator):
    state = device.fabricate(SHAPE, generator)
    mask = torch.zeros(SHAPE, dtype=torch.bool)
    mask[0, 1, 2] = True
    after = device.apply(state, short(device, device.set_voltage).where(mask), generator)
    changed = device.conductance(after) != device.conductance(state)
    assert torch.equal(changed, mask)


def test_the_state_that_went_in_is_left_as_it_was(device, generator):
    state = device.fabricate(SHAPE, generator)
    copy = deepcopy(state)
    device.apply(state, short(device, device.set_voltage), generator)
    device.relax(state, 10.0, generator)
    assert same(state, copy)


def test_the_same_seed_gives_the_same_cells_and_the_same_noise(device):
    def run(seed):
        generator = torch.Generator().manual_seed(seed)
        state = device.fabricate(SHAPE, generator)
        return device.apply(state, short(device, device.set_voltage), generator)

    assert same(run(1), run(1))
    if device != device.noise_free():
        assert not same(run(1), run(2))


def test_noise_free_cells_do_not_depend_on_the_seed(device):
    def run(seed):
        quiet, generator = device.noise_free(), torch.Generator().manual_seed(seed)
        state = quiet.fabricate(SHAPE, generator)
        return quiet.apply(state, short(quiet, quiet.set_voltage), generator)

    assert same(run(1), run(2))


def test_cells_pass_no_current_without_voltage_and_the_sign_follows_the_voltage(device, generator):
    state = device.fabricate(SHAPE, generator)
    for volt in (device.set_voltage, device.reset_voltage, device.read_voltage):
        voltage = torch.full(SHAPE, volt, dtype=torch.float64)
        assert (device.current(state, voltage) * voltage > 0).all()
        assert (device.current(state, 0 * voltage) == 0).all()


def test_energy_is_voltage_times_current_times_time_while_the_state_rests(device, generator):
    if isinstance(device, FourTerminal):
        pytest.skip("is written along another path than it is read along")
    state = device.fabricate(SHAPE, generator)
    pulse = Pulse.uniform(SHAPE, amplitude=device.read_voltage, width=1e-13)
    after = device.apply(state, pulse, generator)
    expected = pulse.amplitude * device.current(state, pulse.amplitude) * pulse.width
    torch.testing.assert_close(after.energy, expected, rtol=1e-4, atol=0)


def test_every_pulse_dissipates(device, generator):
    state = device.fabricate(SHAPE, generator)
    for amplitude in (device.set_voltage, device.reset_voltage):
        after = device.apply(state, short(device, amplitude), generator)
        assert (after.energy > state.energy).all()
        state = after


def test_without_noise_set_never_lowers_reset_never_raises_and_neither_leaves_the_bounds(
    device, generator
):
    quiet = device.noise_free()
    state = quiet.fabricate(SHAPE, generator)
    for amplitude in (quiet.set_voltage, quiet.reset_voltage, quiet.set_voltage):
        for _ in range(4):
            after = quiet.apply(state, short(device, amplitude), generator)
            change = quiet.conductance(after) - quiet.conductance(state)
            assert (change * amplitude * quiet.set_voltage >= 0).all()
            assert (quiet.conductance(after) >= quiet.g_min * (1 - 1e-9)).all()
            assert (quiet.conductance(after) <= quiet.g_max * (1 + 1e-9)).all()
            state = after


def test_with_noise_the_conductance_stays_positive_and_finite(device, generator):
    state = device.fabricate(SHAPE, generator)
    for amplitude in 4 * (device.set_voltage,) + 8 * (device.reset_voltage,):
        state = device.apply(state, short(device, amplitude), generator)
        assert (device.conductance(state) > 0).all()
        assert torch.isfinite(device.conductance(state)).all()


def test_the_number_of_threads_makes_no_difference(device, monkeypatch):
    def run(threads):
        monkeypatch.setenv("MHO_THREADS", threads)
        generator, shape = torch.Generator().manual_seed(1), (16, 64)
        width = 0.1 * float(short(device, device.set_voltage).width[0, 0, 0])
        pulse = Pulse.uniform(shape, amplitude=device.set_voltage, width=width)
        return device.apply(device.fabricate(shape, generator), pulse, generator)

    assert same(run("1"), run("2"))


# Noise is drawn for a call as a whole, so that cells of a batch that is split get other draws of
# the same law. Only without noise are the numbers themselves the same.
def test_without_noise_a_batch_that_is_split_gives_the_same_cells(device, generator):
    quiet, pulse = device.noise_free(), short(device, device.set_voltage)
    half = Pulse(pulse.amplitude[:1], pulse.width[:1])
    whole = quiet.apply(quiet.fabricate(SHAPE, generator), pulse, generator)
    part = quiet.apply(quiet.fabricate((1, *SHAPE[1:]), generator), half, generator)
    close = {"rtol": 1e-12, "atol": 0}  # vector and scalar instructions round the last digit apart
    torch.testing.assert_close(quiet.conductance(whole)[:1], quiet.conductance(part), **close)
    torch.testing.assert_close(whole.energy[:1], part.energy, **close)


def test_the_current_is_odd_in_the_voltage_unless_the_model_is_listed(device, generator):
    quiet = device.noise_free()
    state = quiet.apply(
        quiet.fabricate(SHAPE, generator), short(device, device.set_voltage), generator
    )
    voltage = torch.full(SHAPE, 0.5 * abs(device.reset_voltage), dtype=torch.float64)
    odd = torch.equal(quiet.current(state, -voltage), -quiet.current(state, voltage))
    model = device.device if isinstance(device, InTime) else device
    assert odd == (not {type(model), model} & RECTIFYING)


def test_all_of_a_state_is_float64(device, generator):
    state = device.fabricate(SHAPE, generator)
    for at in (state, device.apply(state, short(device, device.set_voltage), generator)):
        assert device.conductance(at).dtype == at.energy.dtype == torch.float64
        if not isinstance(device, Synaptogen):  # keeps its long history in short numbers
            assert {tensor.dtype for tensor in tensors(at)} == {torch.float64}
    assert device.current(state, torch.ones(SHAPE, dtype=torch.float64)).dtype == torch.float64


def test_a_rest_moves_no_pulse_energy_and_a_rest_of_no_time_moves_no_cell(device, generator):
    state = device.fabricate(SHAPE, generator)
    state = device.apply(state, short(device, device.set_voltage), generator)
    rested = device.relax(state, 10.0, generator)
    assert torch.equal(rested.energy, state.energy)
    before, after = (
        device.conductance(state),
        device.conductance(device.relax(state, 0.0, generator)),
    )
    torch.testing.assert_close(before, after, rtol=1e-14, atol=0)


def test_cells_at_rest_depend_on_the_seed_only_if_there_is_noise(device):
    def run(seed):
        quiet, generator = device.noise_free(), torch.Generator().manual_seed(seed)
        return quiet.relax(quiet.fabricate(SHAPE, generator), 10.0, generator)

    assert same(run(1), run(2))


def test_a_state_is_saved_and_loaded_exactly(device, generator):
    state = device.relax(device.fabricate(SHAPE, generator), 1.0, generator)
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=False)
    assert same(loaded, state)
    later = [device.relax(each, 9.0, torch.Generator().manual_seed(1)) for each in (state, loaded)]
    assert same(*later)


def test_a_device_is_a_value(device):
    assert device == replace(device)
    assert hash(device) == hash(replace(device))


def test_a_pulse_of_another_shape_is_refused(device, generator):
    state = device.fabricate((2, 2), generator)
    with pytest.raises(ValueError, match=r"`pulse` must have the shape of the cells, \(2, 2\)"):
        device.apply(state, Pulse.uniform((3, 3), amplitude=0.1, width=1e-6), generator)


@pytest.mark.parametrize("model", [d for d in DEVICES if hasattr(d, "presets")])
def test_every_preset_loads_and_cites_its_source(model):
    for name in model.presets():
        device = model.preset(name)
        assert device.g_min < device.g_max
        assert "doi" in model.citation(name)
    with pytest.raises(ValueError, match="must be a preset of"):
        model.preset("nobody1900")

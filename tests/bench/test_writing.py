"""Cells that are written and read through the wires of their array."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from mho import (
    AccessTransistor,
    Cell1T1R,
    Crossbar,
    GatedRow,
    HalfVoltage,
    Pulse,
    SimulatedBench,
    ThermalNoise,
    ThirdVoltage,
)
from mho.bench import Selection
from mho.bench.felt import felt
from mho.core import Bias
from mho.crossbar import RelativeReadNoise, Sinh, WhiteNoise
from mho.devices import JartTUD, SoftBounds

SOFT = SoftBounds()
JART = JartTUD.preset("yu2022", set_voltage=-0.4713, reset_voltage=0.9726).noise_free()
PASSIVE = {"half": HalfVoltage(), "third": ThirdVoltage()}
SHUT = {"crossbar": Crossbar(cell=Cell1T1R()), "selection": GatedRow()}
each_passive = pytest.mark.parametrize("selection", PASSIVE.values(), ids=PASSIVE)


def conductance(bench: SimulatedBench) -> Tensor:
    return bench.device.conductance(bench.state)


def one_cell(bench: SimulatedBench, row: int, col: int, *, width: float = 1e-6) -> Pulse:
    pulse = Pulse.uniform(bench.shape, amplitude=bench.device.set_voltage, width=width)
    selected = torch.zeros(bench.shape, dtype=torch.bool)
    selected[..., row, col] = True
    return pulse.where(selected)


def random_pulse(shape: tuple[int, ...], device=SOFT) -> Pulse:
    generator = torch.Generator().manual_seed(7)
    draw = torch.rand(2, *shape, generator=generator, dtype=torch.float64)
    volt = torch.where(draw[0] < 0.5, device.set_voltage, device.reset_voltage)
    return Pulse(volt, torch.where(draw[1] < 0.2, 0.0, 1e-6 * draw[1]))


@pytest.mark.parametrize("volt", [-0.6, 0.9])
def test_every_selection_gives_the_selected_cell_the_whole_pulse(volt: float) -> None:
    amplitude, others = torch.tensor(volt, dtype=torch.float64), torch.ones(4, 5, dtype=torch.bool)
    others[1, 3] = False
    half, third, gated = (
        s.bias(amplitude, (1, 3), (4, 5)) for s in (HalfVoltage(), ThirdVoltage(), GatedRow())
    )
    for bias in (half, third, gated):
        assert bias.unloaded[1, 3] == pytest.approx(volt, rel=1e-15)
    shared = torch.zeros(4, 5, dtype=torch.bool)
    shared[1], shared[:, 3] = True, True
    assert (half.unloaded[shared & others] == volt / 2).all()
    assert (half.unloaded[~shared] == 0).all()
    torch.testing.assert_close(third.unloaded[shared & others], torch.full((7,), volt / 3).double())
    torch.testing.assert_close(third.unloaded[~shared], torch.full((12,), -volt / 3).double())
    assert (gated.unloaded[1][others[1]] == 0).all()
    assert gated.gate is not None
    assert (gated.gate[1] == 1.2).all()
    assert (gated.gate[[0, 2, 3]] == 0.0).all()
    assert min(gated.row.min(), gated.column.min()) >= 0.0


def test_ideal_transistors_and_wires_change_nothing() -> None:
    access = AccessTransistor(width=1e3)
    crossbar = replace(Crossbar.ideal(), cell=Cell1T1R(access=access, gate_voltage=2.0))
    selection = GatedRow(gate_voltage=2.0, shut_voltage=-3.0)
    for device in (SOFT, JART):
        pulse = random_pulse((4, 5), device)
        plain = SimulatedBench(device, (4, 5))
        wired = SimulatedBench(device, (4, 5), crossbar=crossbar, selection=selection)
        for bench in (plain, wired):
            bench.apply(pulse)
        assert (conductance(plain) != device.g_min).any()
        torch.testing.assert_close(conductance(wired), conductance(plain), rtol=1e-6, atol=0)
        torch.testing.assert_close(wired.read(), plain.read(), rtol=1e-6, atol=0)
        torch.testing.assert_close(wired.energy, plain.energy, rtol=1e-5, atol=1e-20)


@each_passive
def test_a_single_cell_without_wires_is_written_as_on_a_bench_without_a_crossbar(
    selection: Selection,
) -> None:
    pulse = Pulse.uniform((1, 1), amplitude=JART.set_voltage, width=3e-6)
    plain = SimulatedBench(JART, (1, 1))
    wired = SimulatedBench(JART, (1, 1), crossbar=Crossbar.ideal(), selection=selection)
    for bench in (plain, wired):
        bench.apply(pulse)
    torch.testing.assert_close(conductance(wired), conductance(plain), rtol=1e-12, atol=0)


def test_shut_gates_leave_the_other_cells_exactly_as_they_were() -> None:
    bench = SimulatedBench(JART, (6, 5), **SHUT)
    before = conductance(bench)
    bench.apply(one_cell(bench, 2, 3, width=1e-3))
    moved = conductance(bench) != before
    assert moved[2, 3]
    assert moved.sum() == 1
    assert (bench.energy > 0).all()


def test_half_selected_cells_drift_and_less_so_under_a_third() -> None:
    drift = {}
    for name, selection in PASSIVE.items():
        bench = SimulatedBench(SOFT, (4, 5), crossbar=Crossbar.ideal(), selection=selection)
        bench.apply(one_cell(bench, 1, 3))
        drift[name] = conductance(bench) / SOFT.g_min - 1
    exact = SimulatedBench(SOFT, (1, 2))
    exact.apply(Pulse(torch.tensor([[0.5, 1 / 3]]).double(), torch.full((1, 2), 1e-6).double()))
    expected = conductance(exact)[0] / SOFT.g_min - 1
    for name, at in (("half", 0), ("third", 1)):
        assert drift[name][1, 0] == pytest.approx(expected[at].item(), rel=1e-7)
        assert drift[name][0, 3] == pytest.approx(expected[at].item(), rel=1e-7)
        assert drift[name][1, 3] > 3 * drift[name][1, 0]
    assert 0 < drift["third"][1, 0] < drift["half"][1, 0]
    assert (drift["half"][[0, 2, 3]][:, [0, 1, 2, 4]] == 0).all()


@each_passive
def test_a_third_disturbs_every_cell_but_a_half_only_those_of_two_wires(
    selection: Selection,
) -> None:
    bench = SimulatedBench(SOFT, (4, 5), crossbar=Crossbar.ideal(), selection=selection)
    bench.state = replace(bench.state, conductance=torch.full((4, 5), 50e-6).double())
    before = bench.state.conductance
    bench.apply(one_cell(bench, 1, 3))
    moved = bench.state.conductance - before
    assert (moved != 0).sum() == (8 if isinstance(selection, HalfVoltage) else 20)
    others = [[moved[r, c].item() for c in (0, 1, 2, 4)] for r in (0, 2, 3)]
    assert max(map(max, others)) <= 0  # a third with the other sign resets


@each_passive
def test_far_cells_are_written_less(selection: Selection) -> None:
    crossbar = Crossbar(row_resistance=50.0, column_resistance=50.0)
    written = []
    for row, col in ((5, 0), (5, 5), (0, 0), (0, 5)):  # near and far from drivers
        bench = SimulatedBench(JART, (6, 6), crossbar=crossbar, selection=selection)
        bench.apply(one_cell(bench, row, col))
        written.append(conductance(bench)[row, col].item())
    assert written[0] > max(written[1:3])
    assert min(written[1:3]) > written[3]


def test_the_voltages_are_those_at_which_the_cells_carry_the_current_of_the_circuit() -> None:
    crossbar = Crossbar(row_resistance=80.0, column_resistance=30.0)
    bench = SimulatedBench(JART, (5, 4))
    bench.apply(Pulse.uniform((5, 4), amplitude=JART.set_voltage, width=20e-6))
    bias = HalfVoltage().bias(torch.tensor(0.9, dtype=torch.float64), (1, 2), (5, 4))
    point = felt(crossbar, lambda v: JART.current(bench.state, v), bias)
    through = JART.current(bench.state, point.voltage)
    exact = crossbar.bias(through / point.voltage, bias)
    assert (exact.voltage - point.voltage).abs().max() < 1e-8
    assert (exact.current - through).abs().max() < 1e-8 * through.abs().max()
    ohmic = crossbar.bias(JART.conductance(bench.state), bias)
    assert (ohmic.voltage - point.voltage).abs().max() > 1e-4


def test_cells_that_take_most_of_their_voltage_away_settle_too() -> None:
    class Steep:
        """A memristor whose current rises tenfold every 0.1 V."""

        @staticmethod
        def current(volt: Tensor) -> Tensor:
            return 1e-12 * torch.sinh(23.0 * volt)

    bias = HalfVoltage().bias(torch.tensor(1.0, dtype=torch.float64), (0, 0), (3, 3))
    point = felt(Crossbar(row_resistance=1e5, column_resistance=1e5), Steep.current, bias)
    assert 0 < point.voltage[0, 0] < 0.7
    torch.testing.assert_close(point.current, Steep.current(point.voltage), rtol=1e-9, atol=0)


def test_a_law_of_the_crossbar_does_not_bend_the_device_once_more() -> None:
    bias = HalfVoltage().bias(torch.tensor(0.5, dtype=torch.float64), (1, 1), (3, 4))
    bent = Crossbar(cell=Cell1T1R(law=Sinh(scale=0.2)))
    straight, point = (felt(x, lambda v: 1e-4 * v, bias) for x in (Crossbar(cell=Cell1T1R()), bent))
    torch.testing.assert_close(point.voltage, straight.voltage, rtol=1e-7, atol=1e-9)


def test_energy_is_that_of_all_cells_and_of_the_wires() -> None:
    crossbar = Crossbar(row_resistance=200.0, column_resistance=100.0)
    ohmic = SoftBounds(low=50e-6, high=50.000001e-6)
    bench = SimulatedBench(ohmic, (4, 5), crossbar=crossbar, selection=HalfVoltage())
    bench.apply(one_cell(bench, 1, 3, width=2e-6))
    bias = HalfVoltage().bias(torch.tensor(1.0, dtype=torch.float64), (1, 3), (4, 5))
    g = torch.full((4, 5), 50e-6, dtype=torch.float64)
    point = crossbar.bias(g, bias)
    cells = g * point.voltage.square() * 2e-6
    torch.testing.assert_close(bench.energy, cells, rtol=1e-6, atol=1e-20)
    assert bench.wire_energy.item() > 0
    total = bench.energy.sum() + bench.wire_energy
    torch.testing.assert_close(total, 2e-6 * point.power, rtol=1e-6, atol=0)


def test_harmless_voltages_cost_energy_and_move_nothing() -> None:
    arrays = {"crossbar": Crossbar(), "selection": HalfVoltage()}
    spared = SimulatedBench(SOFT, (4, 5), harmless_voltage=0.6, **arrays)
    felt_by_all = SimulatedBench(SOFT, (4, 5), harmless_voltage=0.0, **arrays)
    for bench in (spared, felt_by_all):
        bench.apply(one_cell(bench, 1, 3))
    assert (conductance(spared) > SOFT.g_min).sum() == 1
    assert (conductance(felt_by_all) > SOFT.g_min).sum() == 8
    assert spared.energy[1, 0] == pytest.approx(SOFT.g_min * 0.25 * 1e-6, rel=1e-3)


def test_the_selected_cell_feels_its_pulse_however_small() -> None:
    arrays = {"crossbar": Crossbar(), "selection": HalfVoltage()}
    bench = SimulatedBench(SOFT, (2, 2), harmless_voltage=0.5, **arrays)
    bench.apply(replace(one_cell(bench, 0, 1), amplitude=torch.full((2, 2), 0.3).double()))
    assert (conductance(bench) > SOFT.g_min).tolist() == [[False, True], [False, False]]


def test_a_cell_that_opens_gets_less_when_the_array_is_solved_more_often() -> None:
    crossbar = Crossbar(row_resistance=2e3, column_resistance=2e3)
    after = []
    for solves in (1, 2, 16, 128):
        arrays = {"crossbar": crossbar, "selection": HalfVoltage(), "solves": solves}
        bench = SimulatedBench(SOFT, (1, 1), **arrays)
        bench.apply(one_cell(bench, 0, 0, width=4e-6))
        after.append(conductance(bench).item())
    assert after == sorted(after, reverse=True)
    assert after[2] - after[3] < 0.1 * (after[0] - after[3])


def test_arrays_of_a_batch_are_written_side_by_side() -> None:
    arrays = {"crossbar": Crossbar(row_resistance=20.0), "selection": HalfVoltage()}
    pulse = random_pulse((3, 4, 5))
    together = SimulatedBench(SOFT, (3, 4, 5), **arrays)
    together.apply(pulse)
    assert together.wire_energy.shape == (3,)
    for k in range(3):
        alone = SimulatedBench(SOFT, (4, 5), **arrays)
        alone.apply(Pulse(pulse.amplitude[k], pulse.width[k]))
        for name in ("energy", "wire_energy"):
            of_all = getattr(together, name)[k]
            torch.testing.assert_close(of_all, getattr(alone, name), rtol=1e-8, atol=0)
        torch.testing.assert_close(conductance(together)[k], conductance(alone), rtol=1e-8, atol=0)
        torch.testing.assert_close(together.read()[k], alone.read(), rtol=1e-8, atol=0)


def test_a_read_of_ohmic_cells_is_the_effective_conductance() -> None:
    crossbar = Crossbar(row_resistance=50.0, column_resistance=20.0)
    bench = SimulatedBench(SOFT, (6, 5), crossbar=crossbar, selection=ThirdVoltage())
    bench.apply(random_pulse((6, 5)))
    expected = crossbar.effective_conductance(conductance(bench))
    torch.testing.assert_close(bench.read(), expected, rtol=1e-8, atol=0)
    assert (bench.read() < conductance(bench)).all()


def test_a_read_without_wires_is_what_the_cells_have() -> None:
    bench = SimulatedBench(JART, (4, 3), crossbar=Crossbar.ideal(), selection=HalfVoltage())
    bench.apply(random_pulse((4, 3), JART))
    torch.testing.assert_close(bench.read(), conductance(bench), rtol=1e-8, atol=0)


def test_read_noise_has_its_size_and_is_drawn_anew() -> None:
    bench = SimulatedBench(SOFT, (100, 100), read_noise=(RelativeReadNoise(sigma=0.02),))
    first, second = bench.read(), bench.read()
    for read in (first, second, (first + second) / 2**0.5):
        error = read / SOFT.g_min - (1 if read is first or read is second else 2**0.5)
        assert error.std().item() == pytest.approx(0.02, rel=0.05)
        assert abs(error.mean().item()) < 1e-3
    assert (conductance(bench) == SOFT.g_min).all()


def test_an_amplifier_makes_the_same_noise_whatever_the_cell() -> None:
    noise = WhiteNoise(sigma=1e-7), ThermalNoise(bandwidth=0.0)
    bench = SimulatedBench(SOFT, (100, 100), read_noise=noise)
    error = bench.read() - conductance(bench)
    assert error.std().item() == pytest.approx(1e-7 / SOFT.read_voltage, rel=0.05)


def test_read_noise_leaves_the_noise_of_the_cells_as_it_was() -> None:
    device = SoftBounds(cycle_noise=0.3, device_spread=0.2)
    quiet = SimulatedBench(device, (4, 5), seed=3)
    noisy = SimulatedBench(device, (4, 5), seed=3, read_noise=(RelativeReadNoise(sigma=0.1),))
    for _ in range(3):
        for bench in (quiet, noisy):
            bench.apply(Pulse.uniform((4, 5), amplitude=1.0, width=1e-7))
        assert not torch.equal(noisy.read(), quiet.read())
    assert torch.equal(conductance(noisy), conductance(quiet))


def test_a_crossbar_without_a_selection_is_refused_and_the_reverse() -> None:
    with pytest.raises(ValueError, match="Argument `selection` must be given with `crossbar`"):
        SimulatedBench(SOFT, (2, 2), crossbar=Crossbar())
    with pytest.raises(ValueError, match="Argument `selection` must be left out without"):
        SimulatedBench(SOFT, (2, 2), selection=HalfVoltage())
    with pytest.raises(ValueError, match="Argument `shut_voltage` must be below `gate_voltage`"):
        GatedRow(gate_voltage=0.0)
    with pytest.raises(ValueError, match="Argument `solves` must be at least 1"):
        SimulatedBench(SOFT, (2, 2), solves=0)
    with pytest.raises(ValueError, match="Argument `harmless_voltage` must be at least 0"):
        SimulatedBench(SOFT, (2, 2), harmless_voltage=-0.1)


def test_gates_that_a_passive_array_does_not_have_are_refused() -> None:
    bench = SimulatedBench(SOFT, (2, 2), crossbar=Crossbar(), selection=GatedRow())
    with pytest.raises(ValueError, match="Argument `gate` must be left out"):
        bench.apply(one_cell(bench, 0, 0))


def test_currents_that_never_agree_are_an_error() -> None:
    calls = iter(range(10_000))
    bias = Bias(row=torch.ones(2).double(), column=torch.zeros(2).double())
    with pytest.raises(RuntimeError, match="did not settle within 100 solutions"):
        felt(Crossbar(), lambda v: (1 + next(calls) % 2) * 1e-3 * v, bias)

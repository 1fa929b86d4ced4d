"""JART cells against independently computed values, and the facts published about them."""

import csv
import math
from pathlib import Path

import pytest
import torch

from mho import Pulse
from mho.devices import JartFit2022, JartTUD, JartV1b
from mho.devices.jart import JartState, kernel
from mho.devices.jart import currents as laws

REFERENCE = Path(__file__).parent / "data" / "jart_reference.csv"


@pytest.fixture(scope="module")
def reference():
    with REFERENCE.open() as file:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]


def cells(reference):
    """One cell per reference point."""
    rows = [
        [1e26 * p["N_1e26_per_m3"] for p in reference],
        [1e26 * p["N_min_1e26"] for p in reference],
        [1e26 * p["N_max_1e26"] for p in reference],
        [p["r_m"] for p in reference],
        [p["l_m"] for p in reference],
    ]
    filament = torch.tensor(rows, dtype=torch.float64)[:, None, :]
    return JartState(filament, filament[1:], torch.zeros_like(filament[0]))


def currents(device, reference):
    voltage = torch.tensor([[p["voltage_V"] for p in reference]], dtype=torch.float64)
    return device.current(cells(reference), voltage)


def column(reference, name):
    return torch.tensor([[p[name] for p in reference]], dtype=torch.float64)


# The reference of the solved current stops its search at 1e-10 V and its line's heating at 1e-5.
@pytest.mark.parametrize(
    ("device", "name", "rtol"),
    [
        (JartTUD(), "I_tud_A", 1e-10),
        (JartFit2022(), "I_fit2022_A", 1e-10),
        (JartV1b(), "I_solved_A", 5e-5),
    ],
)
def test_current_equals_the_reference_at_200_points(device, name, rtol, reference):
    known = [p for p in reference if not math.isnan(p[name])]
    assert len(known) >= 100
    current, expected = currents(device, known), column(known, name)
    torch.testing.assert_close(current, expected, rtol=rtol, atol=0)


def test_explicit_currents_stay_near_the_implicit_equation_they_were_fitted_to(reference):
    nominal = [p for p in reference if not math.isnan(p["I_fit2022_A"])]
    for device, points, most, mean in (
        (JartTUD(), reference, 0.05, 0.012),
        (JartFit2022(), nominal, 0.06, 0.03),
    ):
        error = (currents(device, points) / currents(JartV1b(), points) - 1).abs()
        assert error.max() < most
        assert error.mean() < mean


def test_solved_current_drops_the_whole_voltage_over_barrier_disc_plug_and_line(reference):
    for p in reference:
        v, n, x = p["voltage_V"], p["N_1e26_per_m3"], math.log(p["N_1e26_per_m3"] / 0.004)
        circuit = laws.filament(v, p["r_m"], p["l_m"])
        i = laws.implicit(circuit, x)
        _, area, disc, plug, thermal = circuit
        line = i * (laws.SERIES + laws.SERIES_HEATING * i * i)
        temperature = 293.0 + i * (v - line) * thermal
        junction = v - i * (disc / n + plug) - line
        emitted = laws.emission(junction, temperature, n, area)
        assert emitted == pytest.approx(abs(i), rel=1e-7)


def test_solved_current_is_that_of_the_smallest_voltage_at_the_junction():
    several = 0
    for v in (0.08, 0.115725, 0.2, 0.7065):
        for n in (0.06, 0.3, 1.0, 1.58415, 1.9):
            circuit = laws.filament(v, 45e-9, 0.4e-9)
            scan = [0.08 * k / 4000 for k in range(4001)] + [
                0.08 + (v - 0.08) * k / 400 for k in range(401)
            ]
            surplus = [laws._surplus(u, circuit, n) for u in scan if u <= v]
            crossed = [
                k for k in range(1, len(surplus)) if (surplus[k][0] > 0) != (surplus[k - 1][0] > 0)
            ]
            several += len(crossed) > 1
            low, high = surplus[crossed[0]][1], surplus[crossed[0] - 1][1]
            i = laws.implicit(circuit, math.log(n / 0.004))
            assert low * (1 - 1e-9) <= i <= high * (1 + 1e-9)
    assert several > 3


def test_rate_equals_the_reference_at_200_points(reference):
    for p in reference:
        n = p["N_1e26_per_m3"]
        growth = kernel.growth(
            p["voltage_V"], p["I_tud_A"], n, p["r_m"], p["l_m"], p["N_min_1e26"], p["N_max_1e26"]
        )
        assert n * growth == pytest.approx(p["dNdt_tud_1e26_per_s"], rel=1e-9)


@pytest.mark.parametrize(
    ("device", "low", "high"),
    [(JartTUD, 98.4e-6, 543.4e-6), (JartFit2022, 94.4e-6, 559.3e-6), (JartV1b, 100.2e-6, 543.4e-6)],
)
def test_range_of_the_published_operating_point(device, low, high):
    point = device.preset("yu2022")
    assert point.g_min == pytest.approx(low, rel=1e-3)
    assert point.g_max == pytest.approx(high, rel=1e-3)


@pytest.mark.parametrize(("name", "end"), [("set_voltage", "g_max"), ("reset_voltage", "g_min")])
def test_published_set_and_reset_both_last_9_90_ms_with_the_current_of_2022(name, end, generator):
    device = JartFit2022.preset("yu2022").noise_free()
    state = device.fabricate((1, 1), generator)
    if end == "g_min":
        full = Pulse.uniform((1, 1), amplitude=device.set_voltage, width=0.1)
        state = device.apply(state, full, generator)
    for width, arrived in ((9.89e-3, False), (9.91e-3, True)):
        pulse = Pulse.uniform((1, 1), amplitude=getattr(device, name), width=width)
        conductance = float(device.conductance(device.apply(state, pulse, generator)))
        assert (conductance == pytest.approx(getattr(device, end), rel=1e-9)) is arrived


@pytest.mark.parametrize(("amplitude", "width"), [(-0.342, 3e-3), (0.7065, 3e-3), (-0.5, 1e-7)])
def test_error_controlled_steps_agree_with_a_hundred_thousand_fixed_ones(
    amplitude, width, generator
):
    device = JartTUD(n_low=0.01e26, n_high=19e26)
    start = 0.06 if amplitude < 0 else 1.9
    state = device.fabricate((1, 1), generator)
    state.filament[0] = 1e26 * start
    after = device.apply(state, Pulse.uniform((1, 1), amplitude=amplitude, width=width), generator)
    n, energy, step = start, 0.0, width / 100_000
    coefficients = laws.fit_2023(amplitude, 45e-9, 0.4e-9)

    def slope(n):
        i = laws.explicit(coefficients, math.log(n / 0.004))
        return n * kernel.growth(amplitude, i, n, 45e-9, 0.4e-9, 0.008, 20.0), amplitude * i

    for _ in range(100_000):
        halfway, power = slope(n + 0.5 * step * slope(n)[0])
        n += step * halfway
        energy += step * power
    assert float(after.filament[0]) / 1e26 == pytest.approx(n, rel=2e-5)
    assert float(after.energy) == pytest.approx(energy, rel=2e-5)


def test_many_short_pulses_walk_as_far_as_one_long_pulse_on_average():
    device = JartTUD.preset("yu2022")
    cells = (1, 20_000)

    def spread(pulses, width):
        generator = torch.Generator().manual_seed(3)
        state = device.fabricate(cells, generator)
        for _ in range(pulses):
            # At 0.1 V nothing switches, so that only the walk moves the radius.
            pulse = Pulse.uniform(cells, amplitude=0.1, width=width)
            state = device.apply(state, pulse, generator)
        return float(state.filament[3].std())

    one_long = spread(1, 5e-6)
    assert one_long == pytest.approx(45e-9 * 0.01 * math.sqrt(5 / 3), rel=0.02)
    assert spread(20, 0.25e-6) == pytest.approx(one_long, rel=0.05)


def test_the_walk_stays_within_its_bounds(generator):
    device = JartTUD.preset("yu2022")
    state = device.fabricate((4, 50), generator)
    state = device.apply(state, Pulse.uniform((4, 50), amplitude=0.1, width=2e-3), generator)
    relative = state.filament[1:] / state.nominal - 1
    for row, bound in enumerate((0.9, 0.1, 0.1, 0.1)):
        assert relative[row].abs().max() <= bound + 1e-12
        assert relative[row].abs().max() > 0.9 * bound


def test_noise_does_not_depend_on_the_number_of_threads(monkeypatch):
    device, states = JartTUD.preset("yu2022"), []
    for threads in ("1", "3"):
        monkeypatch.setenv("MHO_THREADS", threads)
        generator = torch.Generator().manual_seed(1)
        state = device.fabricate((32, 32), generator)
        pulse = Pulse.uniform((32, 32), amplitude=-0.5, width=5e-6)
        states.append(device.apply(state, pulse, generator).filament)
    assert torch.equal(*states)

"""JART-TUD against independently computed values, and the facts published about it."""

import csv
import math
from pathlib import Path

import pytest
import torch

from mho import Pulse
from mho.devices import JartTUD, jart_kernel
from mho.devices.jart_tud import JartState

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


def test_current_equals_the_reference_at_200_points(reference):
    voltage = torch.tensor([[p["voltage_V"] for p in reference]], dtype=torch.float64)
    expected = torch.tensor([[p["I_tud_A"] for p in reference]], dtype=torch.float64)
    current = JartTUD().current(cells(reference), voltage)
    torch.testing.assert_close(current, expected, rtol=1e-10, atol=0)


def test_current_stays_near_the_implicit_equation_it_was_fitted_to(reference):
    voltage = torch.tensor([[p["voltage_V"] for p in reference]], dtype=torch.float64)
    solved = torch.tensor([[p["I_solved_A"] for p in reference]], dtype=torch.float64)
    error = (JartTUD().current(cells(reference), voltage) / solved - 1).abs()
    assert error.max() < 0.05
    assert error.mean() < 0.012


def test_rate_equals_the_reference_at_200_points(reference):
    for p in reference:
        n = p["N_1e26_per_m3"]
        growth = jart_kernel.growth(
            p["voltage_V"], p["I_tud_A"], n, p["r_m"], p["l_m"], p["N_min_1e26"], p["N_max_1e26"]
        )
        assert n * growth == pytest.approx(p["dNdt_tud_1e26_per_s"], rel=1e-9)


def test_range_of_the_published_operating_point():
    device = JartTUD.preset("yu2022")
    assert device.g_min == pytest.approx(98.4e-6, rel=1e-3)
    assert device.g_max == pytest.approx(543.4e-6, rel=1e-3)


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
    coefficients = jart_kernel.current_coefficients(amplitude, 45e-9, 0.4e-9)

    def slope(n):
        i = jart_kernel.current(coefficients, math.log(n / 0.004))
        return n * jart_kernel.growth(amplitude, i, n, 45e-9, 0.4e-9, 0.008, 20.0), amplitude * i

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

"""An array over time, against closed forms and against the array at rest."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from torch import Tensor

from mho.crossbar import Cell, Cell1R, Cell1T1R, Crossbar, Driven, Sensed, Sinh
from mho.crossbar.transient.circuit import array_circuit
from mho.crossbar.transient.stages import Stages
from mho.crossbar.transient.tr_bdf2 import Course, Tolerance

BOTH = {"driven": Driven(right=True), "sensed": Sensed(top=True)}
SEGMENTS = ((1.0, 0.0, 3.0, 2.0), (2.0, math.inf, 1.0, 5.0))
CROSSBARS = {
    "ideal": Crossbar.ideal(),
    "wires": Crossbar(row_resistance=3.0, column_resistance=50.0),
    "ideal_rows": Crossbar(row_resistance=0.0, column_resistance=5.0),
    "ideal_columns": Crossbar(row_resistance=3.0, column_resistance=0.0),
    "periphery": Crossbar(driver_resistance=7.0, sense_resistance=11.0),
    "far_ends": Crossbar(
        driven=Driven(left=False, right=True), sensed=Sensed(bottom=False, top=True)
    ),
    "both_ends": Crossbar(row_resistance=3.0, sense_resistance=2.0, **BOTH),
    "ideal_both_ends": Crossbar(row_resistance=0.0, column_resistance=0.0, **BOTH),
    "segments": Crossbar(row_resistance=SEGMENTS, driven=Driven(right=True)),
}
each_crossbar = pytest.mark.parametrize("crossbar", CROSSBARS.values(), ids=CROSSBARS)
each_inductance = pytest.mark.parametrize("inductance", [0.0, 1e-12])


def cells(*shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return 1e-5 + 1e-3 * torch.rand(shape, generator=generator, dtype=torch.float64)


def drive(*shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.rand(shape, generator=generator, dtype=torch.float64) - 0.5


def ramp(rise: float, end: float, count: int = 30) -> tuple[Tensor, Tensor]:
    """Time, and the voltage of one row that rises to 1 V and stays there."""
    time = torch.cat([torch.zeros(1), torch.linspace(rise, end, count)]).double()
    return time, (time > 0).double()[:, None]


def close(actual: Tensor, expected: Tensor, tolerance: float) -> bool:
    scale = expected.abs().max().item()
    return actual.shape == expected.shape and (actual - expected).abs().max() <= tolerance * scale


def charging(time: Tensor, rise: float) -> Tensor:
    """Voltage of 0.1 pF behind 1 kOhm, loaded with 1 kOhm."""
    tau, share = 0.5e-10, 0.5

    def integral(t: Tensor) -> Tensor:
        return t - tau * -torch.expm1(-t / tau)

    return share / rise * (integral(time) - integral((time - rise).clamp(min=0.0)))


def test_one_cell_charges_like_a_capacitor_behind_a_resistor() -> None:
    crossbar = Crossbar(row_resistance=1e3, column_resistance=0.0)
    time, voltage = ramp(1e-12, 5e-10)
    answer = crossbar.transient(torch.tensor([[1e-3]]), voltage, time, capacitance=1e-13)
    expected = charging(time, 1e-12)
    assert close(answer.row_voltage[:, 0, 0], expected, 2e-5)
    assert close(answer.current[:, 0], 1e-3 * expected, 2e-5)
    assert (answer.column_voltage == 0).all()


def test_the_error_goes_by_the_tolerance_to_the_power_of_two_thirds() -> None:
    crossbar = Crossbar(row_resistance=1e3, column_resistance=0.0)
    time, voltage = ramp(1e-10, 5e-10, count=5)
    expected = charging(time, 1e-10)
    errors = []
    for tolerance in (1e-3, 1e-6, 1e-9):
        answer = crossbar.transient(
            torch.tensor([[1e-3]]), voltage, time, capacitance=1e-13, tolerance=tolerance
        )
        errors.append((answer.row_voltage[:, 0, 0] - expected).abs().max().item())
    orders = -np.diff(np.log10(errors)) / 3
    assert errors[-1] < 1e-6
    assert (orders > 0.55).all()
    assert (orders < 0.85).all()


@pytest.mark.parametrize("resistance", [2.0, 20.0, 200.0], ids=["rings", "bends", "creeps"])
def test_one_node_behind_an_inductance_is_a_series_resonance(resistance: float) -> None:
    rise, capacitance, inductance = 1e-13, 1e-14, 1e-12
    time, voltage = ramp(rise, 5e-12, count=50)
    # An open cell and a column at rest leave one segment and one node.
    answer = Crossbar(row_resistance=resistance).transient(
        torch.zeros(1, 1), voltage, time, capacitance=capacitance, inductance=inductance
    )
    first, second = np.roots([inductance * capacitance, resistance * capacitance, 1.0]) + 0j

    def integral(t: np.ndarray) -> np.ndarray:
        modes = second / first * np.expm1(first * t) - first / second * np.expm1(second * t)
        return t + (modes / (first - second)).real

    t = time.numpy()
    expected = (integral(t) - integral(np.maximum(t - rise, 0.0))) / rise
    assert (expected.max() > 1.5) == (resistance == 2.0)
    assert close(answer.row_voltage[:, 0, 0], torch.from_numpy(expected), 2e-4)
    assert (answer.current == 0).all()


@each_crossbar
@each_inductance
def test_it_starts_and_settles_at_what_a_read_says(crossbar: Crossbar, inductance: float) -> None:
    conductance, ends = cells(2, 3), drive(2, 2)
    time = torch.tensor([0.0, 1e-12, 2e-9], dtype=torch.float64)
    answer = crossbar.transient(conductance, ends[[0, 1, 1]], time, inductance=inductance)
    rest = crossbar.read(conductance, ends)
    largest = {"current": conductance.sum(0).max()} | dict.fromkeys(
        ("cell_voltage", "row_voltage", "column_voltage"), 1.0
    )
    for name, scale in largest.items():
        error = (getattr(answer, name)[[0, -1]] - getattr(rest, name)).abs() / ends.abs().max()
        assert (error[0] < 1e-12 * scale).all()
        assert (error[1] < 1e-6 * scale).all()


@each_crossbar
def test_without_capacitance_every_moment_is_a_read(crossbar: Crossbar) -> None:
    conductance, voltage = cells(2, 3), drive(6, 2)
    time = torch.arange(6).double()
    answer = crossbar.transient(conductance, voltage, time, capacitance=0.0)
    assert close(answer.current, crossbar.read(conductance, voltage).current, 1e-10)


def test_answers_do_not_depend_on_the_other_times() -> None:
    crossbar, conductance = Crossbar(row_resistance=100.0), cells(3, 2)
    time = torch.linspace(0.0, 1e-12, 33).double()
    voltage = time[:, None] / time[-1] * drive(1, 3)
    fine = crossbar.transient(conductance, voltage, time)
    coarse = crossbar.transient(conductance, voltage[[0, 7, 32]], time[[0, 7, 32]])
    assert close(coarse.current, fine.current[[0, 7, 32]], 1e-5)


def test_a_pulse_is_seen_however_long_the_array_is_at_rest_around_it() -> None:
    crossbar, conductance = Crossbar(row_resistance=1e3), cells(1, 1)
    time = torch.tensor([0.0, 1.0, 1.0 + 1e-9, 1.0 + 2e-9, 2.0], dtype=torch.float64)
    voltage = torch.tensor([0.0, 0.0, 1.0, 0.0, 0.0], dtype=torch.float64)[:, None]
    answer = crossbar.transient(conductance, voltage, time, capacitance=1e-13)
    alone = crossbar.transient(conductance, voltage[1:4], time[1:4] - 1.0, capacitance=1e-13)
    assert answer.current[2] > 1e-6
    assert close(answer.current[1:4], alone.current, 1e-5)


def test_nothing_rings_after_an_edge_that_is_faster_than_the_steps() -> None:
    time, voltage = ramp(1e-18, 1e-9, count=20)
    answer = Crossbar().transient(cells(1, 1), voltage, time)
    assert (answer.current.diff(dim=0) >= -1e-15).all()


def test_cells_that_bend_are_solved_by_newtons_method() -> None:
    slope, bend, resistance, capacitance = 1e-4, 30.0, 5e3, 1e-14

    def cubic(row: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        across = row - column
        rise = slope * (1 + 3 * bend * across**2)
        return slope * across * (1 + bend * across**2), rise, rise

    crossbar = Crossbar(row_resistance=resistance, column_resistance=0.0)
    circuit = array_circuit(crossbar.wires(cells(1, 1)), capacitance, 0.0)
    stages = Stages(circuit, cubic, accuracy=1e-15)
    course = Course(circuit, stages, Tolerance(volts=1e-8, amperes=1e-11))
    time = np.linspace(0.0, 2e-10, 11)
    voltage = np.minimum(time / 1e-10, 1.0)
    found = [x[circuit.row_node[0]] for x in course.follow(time, voltage[:, None])]

    def flow(t: float, v: np.ndarray) -> np.ndarray:
        current, *_ = cubic(v, 0.0 * v)
        return ((np.minimum(t / 1e-10, 1.0) - v) / resistance - current) / capacitance

    expected = solve_ivp(flow, (0.0, 2e-10), [0.0], "Radau", time, rtol=1e-9, atol=1e-12).y[0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "cell", [Cell1R(law=Sinh(scale=0.1)), Cell1T1R(gate_voltage=0.7)], ids=["sinh", "1t1r"]
)
def test_cells_of_any_kind_start_and_settle_at_what_a_read_says(cell: Cell) -> None:
    crossbar, conductance, ends = Crossbar(row_resistance=10.0, cell=cell), cells(3, 4), drive(2, 3)
    time = torch.tensor([0.0, 1e-12, 2e-9], dtype=torch.float64)
    answer = crossbar.transient(conductance, ends[[0, 1, 1]], time)
    assert close(answer.current[[0, -1]], crossbar.read(conductance, ends).current, 1e-5)


LINE, ROW = torch.tensor([0.0, 1e-9]), torch.ones(2, 3)
FAULTS = {
    "batch": ({"conductance": torch.ones(2, 3, 4)}, "`conductance` must have shape"),
    "negative_cells": ({"conductance": -torch.ones(3, 4)}, "`conductance` must be at least 0 S"),
    "back": ({"time": torch.tensor([0.0, 0.0])}, "`time` must increase, but is 0 s at index 1"),
    "late": ({"time": torch.tensor([1.0, 2.0])}, "`time` must start at 0 s, but starts at 1 s"),
    "moment": ({"time": torch.zeros(1)}, "`time` must have at least two times"),
    "never": ({"time": torch.tensor([0.0, torch.nan])}, "`time` must be finite"),
    "grid": ({"time": torch.zeros(2, 2)}, r"`time` must have shape \(times,\)"),
    "times": ({"voltage": torch.ones(3, 3)}, r"`voltage` must have shape \(times=2, rows=3\)"),
    "rows": ({"voltage": torch.ones(2, 4)}, r"`voltage` must have shape \(times=2, rows=3\)"),
    "nan": ({"voltage": ROW * torch.nan}, "`voltage` must be finite"),
    "negative_c": ({"capacitance": -1e-15}, "`capacitance` must be at least 0, but is -1e-15"),
    "nan_c": ({"capacitance": math.nan}, "`capacitance` must be at least 0"),
    "infinite_c": ({"capacitance": math.inf}, "`capacitance` must be finite"),
    "negative_l": ({"inductance": -1e-12}, "`inductance` must be at least 0"),
    "only_l": (
        {"inductance": 1e-12, "capacitance": 0.0},
        "`capacitance` must be greater than 0, but is 0 F although",
    ),
}


@pytest.mark.parametrize(("changes", "message"), FAULTS.values(), ids=FAULTS)
def test_what_cannot_be_is_refused(changes: dict[str, object], message: str) -> None:
    given = {"conductance": torch.ones(3, 4), "voltage": ROW, "time": LINE, **changes}
    for answer in (Crossbar().transient, Crossbar().transient_netlist):
        with pytest.raises(ValueError, match=message):
            answer(**given)


@pytest.mark.parametrize("tolerance", [0.0, -1e-6, math.nan, 2.0])
def test_a_tolerance_that_nothing_meets_is_refused(tolerance: float) -> None:
    with pytest.raises(ValueError, match="Argument `tolerance` must be greater than 0"):
        Crossbar().transient(torch.ones(3, 4), ROW, LINE, tolerance=tolerance)

"""What cells feel between wires that are held at voltages."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from mho.core import Bias
from mho.crossbar import Cell, Cell1R, Cell1T1R, Crossbar, Cubic, Driven, Law, Ohmic, Sensed, Sinh
from mho.crossbar.wires import Wires

CROSSBARS = {
    "equal_wires": Crossbar(),
    "unequal_wires": Crossbar(row_resistance=2.0, column_resistance=30.0),
    "ideal_rows": Crossbar(row_resistance=0.0, column_resistance=5.0),
    "ideal_columns": Crossbar(row_resistance=5.0, column_resistance=0.0),
    "series": Crossbar(driver_resistance=50.0, sense_resistance=20.0),
    "far_ends": Crossbar(
        row_resistance=4.0,
        driven=Driven(left=False, right=True),
        sensed=Sensed(bottom=False, top=True),
    ),
    "both_ends": Crossbar(
        row_resistance=3.0,
        column_resistance=5.0,
        driven=Driven(right=True),
        sensed=Sensed(top=True),
    ),
    "an_open_segment": Crossbar(
        row_resistance=(1.0, 2.0, torch.inf, 1.0), driven=Driven(right=False)
    ),
}
each_crossbar = pytest.mark.parametrize("crossbar", CROSSBARS.values(), ids=CROSSBARS)
LAWS = [Ohmic(), Sinh(scale=0.3, read_voltage=0.2), Cubic(scale=0.2, read_voltage=0.1)]
CELLS = {"ohmic": Cell1R(), "sinh": Cell1R(law=Sinh(scale=0.3)), "1t1r": Cell1T1R()}
each_cell = pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
each_law = pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)


def problem(*shape: int, g_max: float = 1e-3) -> tuple[Tensor, Bias]:
    generator = torch.Generator().manual_seed(sum(shape))
    *batch, rows, cols = shape

    def uniform(*size: int) -> Tensor:
        return torch.rand(*batch, *size, generator=generator, dtype=torch.float64)

    return g_max * (0.1 + uniform(rows, cols)), Bias(row=uniform(rows), column=uniform(cols) - 0.5)


def voltages_of_the_dense_matrix(
    conductance: Tensor, bias: Bias, wires: Wires
) -> NDArray[np.float64]:
    """Across the cells, with every node an unknown and 0 ohm a large conductance."""
    rows, cols = conductance.shape
    count = 2 * rows * cols
    node = np.arange(count).reshape(2, rows, cols)
    matrix, source = np.zeros((count, count)), np.zeros(count)

    def join(a: int, b: int, value: float) -> None:
        matrix[[a, b], [a, b]] += value
        matrix[[a, b], [b, a]] -= value

    def hold(a: int, value: float, volt: float) -> None:
        matrix[a, a] += value
        source[a] += value * volt

    row, column = (1 / np.maximum(x, 1e-9) for x in (wires.row, wires.column))
    for r, c in np.ndindex(rows, cols):
        join(node[0, r, c], node[1, r, c], float(conductance[r, c]))
        if c:
            join(node[0, r, c - 1], node[0, r, c], row[r, c])
        if r:
            join(node[1, r - 1, c], node[1, r, c], column[r, c])
    for r in range(rows):
        hold(node[0, r, 0], row[r, 0], float(bias.row[r]))
        hold(node[0, r, -1], row[r, -1], float(bias.row[r]))
    for c in range(cols):
        hold(node[1, 0, c], column[0, c], float(bias.column[c]))
        hold(node[1, -1, c], column[-1, c], float(bias.column[c]))
    voltage = np.linalg.solve(matrix, source)
    return voltage[node[0]] - voltage[node[1]]


def test_one_cell_is_three_resistors_in_series() -> None:
    crossbar = Crossbar(row_resistance=2.0, column_resistance=3.0)
    cell = torch.tensor([[1 / 5.0]], dtype=torch.float64)
    held = Bias(row=torch.tensor([0.7]).double(), column=torch.tensor([-0.3]).double())
    point = crossbar.bias(cell, held)
    volt = (held.row - held.column).item()
    assert point.voltage.item() == pytest.approx(volt / 2, rel=1e-14)
    assert point.current.item() == pytest.approx(volt / 10, rel=1e-14)
    assert point.power.item() == pytest.approx(volt**2 / 10, rel=1e-14)


def test_a_row_of_equal_cells_is_a_ladder() -> None:
    cells, wire, g = 30, 20.0, 1e-3
    crossbar = Crossbar(row_resistance=wire, column_resistance=0.0)
    held = Bias(row=torch.tensor([0.7]).double(), column=torch.full((cells,), -0.3).double())
    felt = crossbar.bias(torch.full((1, cells), g, dtype=torch.float64), held).voltage[0]
    angle = np.arccosh(1 + wire * g / 2)
    from_far_end = torch.arange(cells, 0, -1).double() - 0.5
    expected = torch.cosh(angle * from_far_end) / np.cosh(angle * (cells + 0.5))
    volt = held.row - held.column[0]
    torch.testing.assert_close(felt, volt * expected, rtol=1e-11, atol=0)


def test_without_wires_every_cell_feels_the_difference_exactly() -> None:
    conductance, held = problem(5, 7)
    point = Crossbar.ideal().bias(conductance, held)
    assert torch.equal(point.voltage, held.unloaded)
    power = (conductance * held.unloaded**2).sum()
    torch.testing.assert_close(point.power, power, rtol=1e-13, atol=0)


@each_crossbar
def test_ohmic_cells_feel_what_the_dense_matrix_says(crossbar: Crossbar) -> None:
    conductance, held = problem(6, 4)
    expected = voltages_of_the_dense_matrix(conductance, held, crossbar.wires(conductance))
    felt = crossbar.bias(conductance, held).voltage.numpy()
    # The stand-in for 0 ohm costs the reference six digits.
    assert np.abs(felt - expected).max() < 1e-9 * np.abs(expected).max()


@each_crossbar
def test_cells_that_hardly_bend_feel_what_ohmic_cells_do(crossbar: Crossbar) -> None:
    conductance, held = problem(6, 4)
    nearly = replace(crossbar, cell=Cell1R(law=Cubic(scale=1e6)))
    straight, bent = crossbar.bias(conductance, held), nearly.bias(conductance, held)
    for actual, expected in ((bent.voltage, straight.voltage), (bent.power, straight.power)):
        torch.testing.assert_close(actual, expected, rtol=1e-8, atol=1e-10)


@each_crossbar
@each_cell
def test_columns_held_at_nothing_are_columns_that_are_read(crossbar: Crossbar, cell: Cell) -> None:
    conductance, held = problem(6, 4)
    crossbar = replace(crossbar, cell=cell)
    point = crossbar.bias(conductance, replace(held, column=torch.zeros(4)))
    readout = crossbar.read(conductance, held.row[None])
    torch.testing.assert_close(point.current.sum(-2), readout.current[0], rtol=1e-9, atol=0)
    torch.testing.assert_close(point.power, readout.power[0], rtol=1e-9, atol=0)
    if isinstance(cell, Cell1R):
        torch.testing.assert_close(point.voltage, readout.cell_voltage[0], rtol=1e-9, atol=1e-12)


@each_law
def test_only_differences_count_where_there_is_no_transistor(law: Law) -> None:
    conductance, held = problem(6, 4)
    crossbar = Crossbar(row_resistance=5.0, cell=Cell1R(law=law))
    higher = Bias(row=held.row + 0.4, column=held.column + 0.4)
    low, high = crossbar.bias(conductance, held), crossbar.bias(conductance, higher)
    torch.testing.assert_close(high.voltage, low.voltage, rtol=0, atol=1e-9)
    torch.testing.assert_close(high.power, low.power, rtol=1e-8, atol=0)


@each_law
@settings(deadline=None)
@given(volt=st.floats(-2.0, 2.0))
def test_the_voltage_of_a_law_is_its_inverse(law: Law, volt: float) -> None:
    cell = Cell1R(law=law)
    at, ground = torch.full((1, 1), volt, dtype=torch.float64), torch.zeros(1, 1)
    ratio = cell.current(torch.ones(1, 1).double(), at, ground.double())
    torch.testing.assert_close(law.voltage(ratio), at, rtol=1e-12, atol=1e-15)


@each_law
def test_memristors_behind_transistors_carry_the_current_of_their_own_voltage(law: Law) -> None:
    conductance, held = problem(6, 4)
    conductance[2, 1] = 0.0
    point = Crossbar(cell=Cell1T1R(law=law)).bias(conductance, held)
    alone = Cell1R(law=law).current(conductance, point.voltage, torch.zeros(6, 4).double())
    torch.testing.assert_close(point.current, alone, rtol=1e-9, atol=1e-18)
    assert (point.voltage.abs() < held.unloaded.abs()).sum() > 20


def test_shut_gates_leave_the_memristors_next_to_nothing() -> None:
    conductance, held = problem(6, 4, g_max=1e-4)
    gate = torch.full((6, 4), -0.3).double()
    gate[2] = 1.2
    positive = Bias(row=held.row, column=held.column + 0.5, gate=gate)
    felt = Crossbar(cell=Cell1T1R()).bias(conductance, positive).voltage.abs()
    assert felt[[0, 1, 3, 4, 5]].max() < 1e-3
    assert felt[2].min() > 1e-2


@each_cell
@pytest.mark.parametrize("name", ["equal_wires", "far_ends"])
def test_every_array_of_a_batch_is_solved_by_itself(cell: Cell, name: str) -> None:
    conductance, held = problem(2, 3, 5, 4)
    crossbar = replace(CROSSBARS[name], cell=cell)
    point = crossbar.bias(conductance, held)
    assert point.power.shape == (2, 3)
    one = crossbar.bias(conductance[1, 2], Bias(row=held.row[1, 2], column=held.column[1, 2]))
    torch.testing.assert_close(point.voltage[1, 2], one.voltage, rtol=1e-9, atol=1e-12)
    shared = crossbar.bias(conductance, Bias(row=held.row[1, 2], column=held.column[1, 2]))
    torch.testing.assert_close(shared.voltage[1, 2], one.voltage, rtol=1e-9, atol=1e-12)


@each_cell
@pytest.mark.parametrize("name", ["unequal_wires", "far_ends", "both_ends"])
def test_the_answer_is_differentiable(cell: Cell, name: str) -> None:
    conductance, held = problem(3, 2)
    crossbar = replace(CROSSBARS[name], cell=cell)

    def answer(milli: Tensor, row: Tensor, column: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        point = crossbar.bias(1e-3 * milli, Bias(row=row, column=column))
        return point.voltage, 1e3 * point.current, 1e3 * point.power

    given_values = [x.clone().requires_grad_() for x in (1e3 * conductance, held.row, held.column)]
    assert torch.autograd.gradcheck(answer, given_values, eps=1e-5, atol=1e-6)


def test_voltages_that_do_not_fit_the_array_are_refused() -> None:
    conductance, held = problem(3, 2)
    with pytest.raises(ValueError, match=r"Argument `row` must have shape \(\.\.\., rows=3\)"):
        Crossbar().bias(conductance, replace(held, row=held.row[:2]))
    with pytest.raises(ValueError, match=r"Argument `column` must have shape \(\.\.\., cols=2\)"):
        Crossbar().bias(conductance, replace(held, column=held.row))
    with pytest.raises(ValueError, match="Argument `bias` must have batch axes that broadcast"):
        Crossbar().bias(conductance.expand(4, 3, 2), replace(held, row=held.row.expand(5, 3)))
    with pytest.raises(ValueError, match="Argument `row` must be finite"):
        replace(held, row=torch.inf * held.row)


def test_gates_are_refused_where_there_are_none() -> None:
    conductance, held = problem(3, 2)
    with pytest.raises(ValueError, match="Argument `gate` must be left out, but the cells have no"):
        Crossbar().bias(conductance, replace(held, gate=torch.zeros(3, 2)))
    with pytest.raises(ValueError, match=r"Argument `gate` must have shape \(rows=3, cols=2\)"):
        replace(held, gate=torch.zeros(2, 3))

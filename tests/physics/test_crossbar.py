"""The circuit of a crossbar, against closed forms and an independent nodal solution."""

import itertools

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse.linalg import splu
from torch import Tensor

from mho.crossbar import Crossbar, Driven, Readout, Sensed


def problem(rows: int, cols: int, *, g_max: float, vectors: int = 2) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(rows * cols)
    uniform = torch.rand(rows, cols, generator=generator, dtype=torch.float64)
    voltage = torch.rand(vectors, rows, generator=generator, dtype=torch.float64)
    return g_max * (1 + 5 * uniform) / 6, 0.1 + 0.4 * voltage


def nodal_solution(
    conductance: Tensor, voltage: Tensor, row: NDArray[np.float64], column: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Currents out of the columns, power, and node voltages, of the whole sparse admittance matrix.

    By LU with refinement. Nodes are numbered drivers first, then row nodes, then column nodes, and
    last the ground. `row` and `column` are the resistances of all segments, both ends of each wire
    included, infinite where nothing is connected.
    """
    rows, cols = conductance.shape
    node = rows + np.arange(2 * rows * cols).reshape(2, rows, cols)
    driver, ground = np.arange(rows)[:, None], np.full((1, cols), rows + node.size)
    along_row = np.hstack([driver, node[0], driver])
    along_column = np.vstack([ground, node[1], ground])
    branches = [
        (along_row[:, :-1], along_row[:, 1:], 1 / row),
        (along_column[:-1], along_column[1:], 1 / column),
        (node[0], node[1], conductance.numpy()),
    ]
    start, end, value = (np.concatenate([b[k].ravel() for b in branches]) for k in range(3))
    count = np.arange(start.size)
    incidence = sp.csr_matrix(
        (np.r_[np.ones(start.size), -np.ones(start.size)], (np.r_[count, count], np.r_[start, end]))
    )
    admittance = sp.csc_matrix(incidence.T @ sp.diags(value) @ incidence)
    inner = slice(rows, rows + node.size)
    matrix, drive = admittance[inner, inner], -admittance[inner, :rows] @ voltage.numpy().T
    lu = splu(matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    inside = lu.solve(drive)
    inside += lu.solve(drive - matrix @ inside)
    potential = np.vstack([voltage.numpy().T, inside, np.zeros((1, len(voltage)))])
    power = (value[:, None] * (incidence @ potential) ** 2).sum(0)
    sensed = (
        potential[node[1, 0]] / column[0, :, None] + potential[node[1, -1]] / column[-1, :, None]
    )
    return sensed.T, power, potential[node].transpose(0, 3, 1, 2)


def nodal_current(
    conductance: Tensor, voltage: Tensor, row_wire: float, column_wire: float
) -> NDArray[np.float64]:
    """Column currents of rows driven on the left and columns sensed at the bottom."""
    rows, cols = conductance.shape
    row, column = np.full((rows, cols + 1), row_wire), np.full((rows + 1, cols), column_wire)
    row[:, -1] = column[0] = np.inf
    return nodal_solution(conductance, voltage, row, column)[0]


def relative_error(actual: Tensor, expected: NDArray[np.float64]) -> float:
    return float(np.abs(actual.numpy() - expected).max() / np.abs(expected).max())


@pytest.mark.parametrize("row_wire", [0.0, 2.0])
@pytest.mark.parametrize("column_wire", [0.0, 3.0])
def test_one_cell_is_three_resistors_in_series(row_wire: float, column_wire: float) -> None:
    crossbar = Crossbar(row_resistance=row_wire, column_resistance=column_wire)
    cell = torch.tensor([[1 / 5.0]], dtype=torch.float64)
    readout = crossbar.read(cell, torch.tensor([[1.0]], dtype=torch.float64))
    total = row_wire + 5.0 + column_wire
    assert readout.current.item() == pytest.approx(1 / total, rel=1e-15)
    assert readout.cell_voltage.item() == pytest.approx(5 / total, rel=1e-15)
    assert readout.row_voltage.item() == pytest.approx(1 - row_wire / total, rel=1e-15)
    assert readout.column_voltage.item() == pytest.approx(column_wire / total, rel=1e-15)
    assert readout.power.item() == pytest.approx(1 / total, rel=1e-15)
    assert crossbar.effective_conductance(cell).item() == pytest.approx(1 / total, rel=1e-15)


def test_ideal_wires_are_the_product() -> None:
    conductance, voltage = problem(9, 7, g_max=1e-4)
    readout = Crossbar.ideal().read(conductance, voltage)
    assert torch.equal(Crossbar.ideal().effective_conductance(conductance), conductance)
    torch.testing.assert_close(readout.current, voltage @ conductance, rtol=1e-15, atol=0)
    assert (readout.row_voltage == voltage[..., None]).all()
    assert (readout.column_voltage == 0).all()


def test_current_is_conserved_at_every_node() -> None:
    conductance, voltage = problem(30, 50, g_max=1e-3)
    readout = Crossbar(row_resistance=2.0, column_resistance=3.0).read(conductance, voltage)
    driver, ground = voltage[..., None], torch.zeros(2, 1, 50)
    along_row = -torch.cat([driver, readout.row_voltage], -1).diff(dim=-1) / 2.0
    along_column = -torch.cat([readout.column_voltage, ground], -2).diff(dim=-2) / 3.0
    through_cell = conductance * (readout.row_voltage - readout.column_voltage)
    leaving_row = torch.cat([along_row[..., 1:], torch.zeros(2, 30, 1)], -1)
    arriving_column = torch.cat([torch.zeros(2, 1, 50), along_column[..., :-1, :]], -2)
    scale = through_cell.abs().max()
    assert (along_row - leaving_row - through_cell).abs().max() < 1e-11 * scale
    assert (along_column - arriving_column - through_cell).abs().max() < 1e-11 * scale
    torch.testing.assert_close(readout.current, along_column[..., -1, :], rtol=1e-11, atol=0)


@pytest.mark.parametrize(
    ("rows", "cols", "wire", "g_max"),
    [
        (8, 8, 1.0, 1e-4),
        (64, 20, 1.0, 1e-4),
        (100, 100, 1.0, 1e-4),
        (112, 128, 1.0, 1e-4),
        (5, 13, 20.0, 1e-3),
        (128, 128, 20.0, 1e-3),
        (128, 128, 1e-3, 1e-4),
    ],
)
def test_both_answers_are_the_nodal_solution(
    rows: int, cols: int, wire: float, g_max: float
) -> None:
    conductance, voltage = problem(rows, cols, g_max=g_max)
    crossbar = Crossbar(row_resistance=wire, column_resistance=2 * wire)
    expected = nodal_current(conductance, voltage, wire, 2 * wire)
    product = voltage @ crossbar.effective_conductance(conductance)
    assert relative_error(crossbar.read(conductance, voltage).current, expected) < 1e-10
    assert relative_error(product, expected) < 1e-10


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 12),
    cols=st.integers(1, 12),
    row_wire=st.floats(0.01, 100.0),
    column_wire=st.floats(0.01, 100.0),
    g_max=st.floats(1e-6, 1e-2),
)
def test_any_small_array_is_the_nodal_solution(
    rows: int, cols: int, row_wire: float, column_wire: float, g_max: float
) -> None:
    conductance, voltage = problem(rows, cols, g_max=g_max)
    crossbar = Crossbar(row_resistance=row_wire, column_resistance=column_wire)
    expected = nodal_current(conductance, voltage, row_wire, column_wire)
    product = voltage @ crossbar.effective_conductance(conductance)
    assert relative_error(crossbar.read(conductance, voltage).current, expected) < 1e-10
    assert relative_error(product, expected) < 1e-10


def test_thin_wires_approach_the_ideal_product() -> None:
    conductance, voltage = problem(40, 30, g_max=1e-4)
    ideal = (voltage @ conductance).numpy()
    for wire in (1e-3, 1e-6, 1e-9):
        crossbar = Crossbar(row_resistance=wire, column_resistance=wire)
        lost = 1e-4 * wire * 40 * 40
        for current in (
            crossbar.read(conductance, voltage).current,
            voltage @ crossbar.effective_conductance(conductance),
        ):
            assert relative_error(current, ideal) < lost + 1e-12


def test_losses_grow_with_distance_from_driver_and_sense() -> None:
    uniform = torch.full((16, 24), 1e-4, dtype=torch.float64)
    matrix = Crossbar().effective_conductance(uniform)
    assert (matrix.diff(dim=-1) < 0).all()
    assert (matrix.diff(dim=-2) > 0).all()


def test_a_circuit_that_does_not_settle_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mho.crossbar.solve.node_solver._LIMIT", 0)
    with pytest.raises(RuntimeError, match="did not settle"):
        Crossbar().read(*problem(8, 8, g_max=1e-3))


DRIVEN = [Driven(), Driven(left=False, right=True), Driven(right=True)]
SENSED = [Sensed(), Sensed(bottom=False, top=True), Sensed(top=True)]
ENDS = list(itertools.product(DRIVEN, SENSED))
WIRED_SHAPES = [(1, 1), (1, 6), (6, 1), (5, 13), (13, 5), (17, 20)]
DRIVER, SENSE = 13.0, 17.0

each_pair_of_ends = pytest.mark.parametrize(("driven", "sensed"), ENDS)
each_wired_shape = pytest.mark.parametrize("shape", WIRED_SHAPES, ids=lambda s: f"{s[0]}x{s[1]}")


def nested(values: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(line) for line in values.tolist())


def uneven(
    rows: int, cols: int, driven: Driven, sensed: Sensed, *, opened: bool = False
) -> tuple[Crossbar, NDArray[np.float64], NDArray[np.float64]]:
    """A crossbar whose segments all differ, and the resistances between all its nodes."""
    random = np.random.default_rng(rows + cols)
    row = random.uniform(0.1, 30, (rows, cols + 1))
    column = random.uniform(0.1, 30, (rows + 1, cols))
    if opened:
        row[2, 4] = row[5, [3, 7]] = row[6, [0, -1]] = np.inf
        column[3, 6] = column[[4, 6], 1] = column[[0, -1], 9] = np.inf
    crossbar = Crossbar(
        row_resistance=nested(row[:, not driven.left : cols + driven.right]),
        column_resistance=nested(column[not sensed.top : rows + sensed.bottom]),
        driver_resistance=DRIVER,
        sense_resistance=SENSE,
        driven=driven,
        sensed=sensed,
    )
    row[:, 0] += DRIVER if driven.left else np.inf
    row[:, -1] += DRIVER if driven.right else np.inf
    column[0] += SENSE if sensed.top else np.inf
    column[-1] += SENSE if sensed.bottom else np.inf
    return crossbar, row, column


def check_against_nodes(
    crossbar: Crossbar, conductance: Tensor, row: NDArray[np.float64], column: NDArray[np.float64]
) -> Readout:
    _, voltage = problem(*conductance.shape, g_max=1e-3)
    current, power, potential = nodal_solution(conductance, voltage, row, column)
    readout = crossbar.read(conductance, voltage)
    product = voltage @ crossbar.effective_conductance(conductance)
    assert relative_error(readout.current, current) < 1e-10
    assert relative_error(product, current) < 1e-10
    assert relative_error(readout.power, power) < 1e-10
    assert relative_error(readout.row_voltage, potential[0]) < 1e-10
    assert relative_error(readout.column_voltage, potential[1]) < 1e-10
    return readout


@each_pair_of_ends
@each_wired_shape
def test_any_wiring_is_the_nodal_solution(
    shape: tuple[int, int], driven: Driven, sensed: Sensed
) -> None:
    crossbar, row, column = uneven(*shape, driven, sensed)
    check_against_nodes(crossbar, problem(*shape, g_max=1e-3)[0], row, column)


@each_pair_of_ends
def test_open_segments_are_the_nodal_solution(driven: Driven, sensed: Sensed) -> None:
    crossbar, row, column = uneven(7, 10, driven, sensed, opened=True)
    conductance, _ = problem(7, 10, g_max=1e-3)
    readout = check_against_nodes(crossbar, conductance, row, column)
    assert readout.current[:, 9].abs().max() < 1e-12 * readout.current.abs().max()


@each_pair_of_ends
@pytest.mark.parametrize(("row_step", "column_step"), [(1, 99), (99, 1), (2, 2), (1, 2)])
def test_segments_of_0_ohm_are_the_limit_of_thin_ones(
    row_step: int, column_step: int, driven: Driven, sensed: Sensed
) -> None:
    conductance, voltage = problem(5, 13, g_max=1e-3)
    currents = []
    for thin in (0.0, 1e-7):
        row = np.full(12 + driven.left + driven.right, 2.0)
        column = np.full(4 + sensed.bottom + sensed.top, 3.0)
        row[::row_step] = column[::column_step] = thin
        crossbar = Crossbar(
            row_resistance=tuple(row.tolist()),
            column_resistance=tuple(column.tolist()),
            driven=driven,
            sensed=sensed,
        )
        currents.append(crossbar.read(conductance, voltage).current)
        product = voltage @ crossbar.effective_conductance(conductance)
        assert relative_error(product, currents[-1].numpy()) < 1e-10
    assert relative_error(currents[0], currents[1].numpy()) < 1e-8


@each_pair_of_ends
def test_gradients_lead_around_open_segments(driven: Driven, sensed: Sensed) -> None:
    crossbar, *_ = uneven(7, 10, driven, sensed, opened=True)
    conductance, voltage = (x.requires_grad_() for x in problem(7, 10, g_max=1.0))

    def answers(g: Tensor, v: Tensor) -> tuple[Tensor, ...]:
        readout = crossbar.read(g / 1e3, v)
        return 1e3 * readout.current, readout.row_voltage, readout.column_voltage, readout.power

    def matrix(g: Tensor) -> Tensor:
        return 1e3 * crossbar.effective_conductance(g / 1e3)

    assert torch.autograd.gradcheck(answers, (conductance, voltage), fast_mode=True)
    assert torch.autograd.gradcheck(matrix, (conductance,), fast_mode=True)


def test_one_cell_is_five_resistors_in_series() -> None:
    crossbar = Crossbar(
        row_resistance=2.0, column_resistance=3.0, driver_resistance=7.0, sense_resistance=11.0
    )
    cell = torch.tensor([[1 / 5.0]], dtype=torch.float64)
    readout = crossbar.read(cell, torch.ones(1, 1, dtype=torch.float64))
    assert readout.current.item() == pytest.approx(1 / 28, rel=1e-15)
    assert readout.row_voltage.item() == pytest.approx(19 / 28, rel=1e-15)
    assert readout.column_voltage.item() == pytest.approx(14 / 28, rel=1e-15)
    assert crossbar.effective_conductance(cell).item() == pytest.approx(1 / 28, rel=1e-15)


def test_driving_from_the_right_is_the_mirrored_array() -> None:
    conductance, voltage = problem(7, 12, g_max=1e-3)
    right = Crossbar(driven=Driven(left=False, right=True))
    mirrored = Crossbar().read(conductance.flip(-1), voltage)
    readout = right.read(conductance, voltage)
    assert torch.equal(readout.cell_voltage, mirrored.cell_voltage.flip(-1))
    assert torch.equal(
        right.effective_conductance(conductance),
        Crossbar().effective_conductance(conductance.flip(-1)).flip(-1),
    )


def test_sensing_at_the_top_is_the_array_upside_down() -> None:
    conductance, voltage = problem(7, 12, g_max=1e-3)
    top = Crossbar(sensed=Sensed(bottom=False, top=True))
    upside_down = Crossbar().read(conductance.flip(-2), voltage.flip(-1))
    readout = top.read(conductance, voltage)
    assert torch.equal(readout.cell_voltage, upside_down.cell_voltage.flip(-2))


def test_more_ends_lose_less() -> None:
    conductance, voltage = problem(20, 30, g_max=1e-3)
    currents = [
        Crossbar(driven=driven, sensed=sensed).read(conductance, voltage).current
        for driven, sensed in (
            (DRIVEN[0], SENSED[0]),
            (DRIVEN[2], SENSED[0]),
            (DRIVEN[2], SENSED[2]),
        )
    ]
    assert currents[0].sum() < currents[1].sum() < currents[2].sum()
    assert currents[2].sum() < (voltage @ conductance).sum()

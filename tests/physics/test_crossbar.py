"""The circuit of a crossbar, against closed forms and an independent nodal solution."""

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse.linalg import splu
from torch import Tensor

from mho.crossbar import Crossbar


def problem(rows: int, cols: int, *, g_max: float, vectors: int = 2) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(rows * cols)
    uniform = torch.rand(rows, cols, generator=generator, dtype=torch.float64)
    voltage = torch.rand(vectors, rows, generator=generator, dtype=torch.float64)
    return g_max * (1 + 5 * uniform) / 6, 0.1 + 0.4 * voltage


def nodal_current(
    conductance: Tensor, voltage: Tensor, row_wire: float, column_wire: float
) -> NDArray[np.float64]:
    """Column currents of the whole sparse admittance matrix, by LU with refinement.

    Nodes are numbered drivers first, then row nodes, then column nodes, and last the ground.
    """
    rows, cols = conductance.shape
    node = rows + np.arange(2 * rows * cols).reshape(2, rows, cols)
    ground = np.full((1, cols), rows + node.size)
    along_row = np.hstack([np.arange(rows)[:, None], node[0]])
    along_column = np.vstack([node[1], ground])
    branches = [
        (along_row[:, :-1], along_row[:, 1:], np.full((rows, cols), 1 / row_wire)),
        (along_column[:-1], along_column[1:], np.full((rows, cols), 1 / column_wire)),
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
    potential = lu.solve(drive)
    potential += lu.solve(drive - matrix @ potential)
    return potential[node[1, -1] - rows].T / column_wire


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
    monkeypatch.setattr("mho.crossbar.node_solver._LIMIT", 0)
    with pytest.raises(RuntimeError, match="did not settle"):
        Crossbar().read(*problem(8, 8, g_max=1e-3))

"""`Crossbar.transient` against ngspice, which shares nothing with it."""

import math
import shutil
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from mho.crossbar import (
    Cell,
    Cell1R,
    Cell1T1R,
    Crossbar,
    Driven,
    Sensed,
    Sinh,
    Transient,
    spice,
)

pytestmark = pytest.mark.skipif(
    shutil.which("ngspice") is None, reason="needs ngspice, the Debian package of that name"
)

BOTH = {"driven": Driven(right=True), "sensed": Sensed(top=True)}
SEGMENTS = ((40.0, 0.0, 30.0, 20.0), (20.0, math.inf, 10.0, 50.0))
CASES = {
    "wires": (Crossbar(row_resistance=100.0, column_resistance=50.0), (3, 5)),
    "periphery": (Crossbar(driver_resistance=500.0, sense_resistance=200.0), (5, 2)),
    "both_ends": (Crossbar(row_resistance=30.0, sense_resistance=20.0, **BOTH), (4, 3)),
    "far_ends": (
        Crossbar(
            row_resistance=200.0,
            column_resistance=90.0,
            driven=Driven(left=False, right=True),
            sensed=Sensed(bottom=False, top=True),
        ),
        (2, 4),
    ),
    "ideal_columns": (Crossbar(row_resistance=100.0, column_resistance=0.0), (3, 4)),
    "segments": (Crossbar(row_resistance=SEGMENTS, driven=Driven(right=True)), (2, 3)),
}


def error(actual: Transient, expected: Transient) -> float:
    """Largest error of any answer, relative to the largest current or driving voltage."""
    names = "current", "cell_voltage", "row_voltage", "column_voltage"
    scales = [expected.current.abs().max()] + [expected.row_voltage.abs().max()] * 3
    pairs = [(getattr(actual, name), getattr(expected, name)) for name in names]
    assert all(a.shape == e.shape for a, e in pairs)
    errors = [(a - e).abs().max() / s for (a, e), s in zip(pairs, scales, strict=True)]
    return float(max(errors))


def problem(rows: int, cols: int) -> tuple[Tensor, Tensor, Tensor]:
    """Cells, voltages that bend at every time, and the times."""
    generator = torch.Generator().manual_seed(rows + cols)
    uniform = torch.rand(rows, cols, generator=generator, dtype=torch.float64)
    voltage = torch.rand(9, rows, generator=generator, dtype=torch.float64) - 0.5
    time = torch.tensor([0.0, 1.0, 1.5, 4.0, 5.0, 7.0, 7.2, 9.0, 12.0]).double()
    return 1e-5 + 1e-3 * uniform, voltage, 1e-12 * time


@pytest.mark.parametrize(("crossbar", "shape"), CASES.values(), ids=CASES)
@pytest.mark.parametrize(
    ("capacitance", "inductance", "bound"),
    [(1e-15, 0.0, 1e-4), (1e-15, 1e-12, 1e-3), (1e-16, 5e-12, 1e-3)],
)
def test_a_transient_is_what_ngspice_finds(
    crossbar: Crossbar, shape: tuple[int, int], capacitance: float, inductance: float, bound: float
) -> None:
    # Where wires ring and little damps them, ngspice itself is no better than the larger bound.
    given = problem(*shape)
    reactance = {"capacitance": capacitance, "inductance": inductance}
    expected = spice.simulate_transient(crossbar, *given, **reactance)
    answer = crossbar.transient(*given, tolerance=1e-7, **reactance)
    at_rest = crossbar.read(*given[:2])
    assert (answer.current - at_rest.current).abs().max() > 0.01 * at_rest.current.abs().max()
    assert error(answer, expected) < bound


@pytest.mark.parametrize(
    "cell",
    [Cell1R(law=Sinh(scale=0.2)), Cell1T1R(), Cell1T1R(gate_voltage=0.6, law=Sinh(scale=0.2))],
    ids=["sinh", "1t1r", "1t1r_sinh"],
)
def test_a_transient_of_cells_that_are_not_ohmic_is_what_ngspice_finds(cell: Cell) -> None:
    crossbar = Crossbar(row_resistance=100.0, column_resistance=50.0, cell=cell)
    given = problem(3, 5)
    expected = spice.simulate_transient(crossbar, *given)
    ohmic = spice.simulate_transient(replace(crossbar, cell=Cell1R()), *given)
    assert error(ohmic, expected) > 1e-2
    assert error(crossbar.transient(*given, tolerance=1e-7), expected) < 1e-4

"""The netlist of an array over time, line by line."""

import math

import torch

from mho.crossbar import Crossbar, Driven


def lines(crossbar: Crossbar, conductance: list[list[float]], **reactance: float) -> list[str]:
    voltage = torch.tensor([[0.0], [0.5]], dtype=torch.float64).repeat(1, len(conductance))
    time = torch.tensor([0.0, 1e-9], dtype=torch.float64)
    cells = torch.tensor(conductance, dtype=torch.float64)
    text = crossbar.transient_netlist(cells, voltage, time, **reactance)
    return [line for line in text.splitlines() if line and not line.startswith("*")]


def test_a_cell_between_wires_that_store() -> None:
    crossbar = Crossbar(row_resistance=1.0, column_resistance=2.0)
    assert lines(crossbar, [[0.5]], capacitance=1e-15, inductance=1e-12) == [
        "Crossbar of 1 x 1 cells; row voltages at 2 times",
        "Rrow_0_wire_0 row_0 row_0_wire_0 1.0",
        "Lrow_0_wire_0 row_0_wire_0 row_0_0 1e-12",
        "Rcol_0_wire_1 col_0_0 col_0_wire_1 2.0",
        "Lcol_0_wire_1 col_0_wire_1 col_0 1e-12",
        "C0 row_0_0 0 1e-15",
        "C1 col_0_0 0 1e-15",
        "Rcell_0_0 row_0_0 col_0_0 2.0",
        "Vsense_0 col_0 0 DC 0",
        "Vdrive_0 row_0 0 PWL(",
        "+ 0.0 0.0",
        "+ 1e-09 0.5",
        "+ )",
        ".options reltol=1e-6 vntol=1e-9 abstol=1e-12 chgtol=1e-18 trtol=1 method=gear",
        ".tran 1e-09 1e-09 0 1e-12",
        ".end",
    ]


def test_without_inductance_wires_are_those_at_rest() -> None:
    crossbar = Crossbar(row_resistance=(5.0, 0.0, math.inf, 0.0), driven=Driven(right=True))
    text = lines(crossbar, [[1.0, 1.0, 1.0]], capacitance=0.0)
    assert [x for x in text if x.startswith(("Rrow", "L", "C0"))] == [
        "Rrow_0_wire_0 row_0 row_0_0 5.0"
    ]


def test_segments_of_no_resistance_still_have_an_inductance_and_open_ones_nothing() -> None:
    crossbar = Crossbar(row_resistance=(0.0, math.inf, 1.0), driven=Driven(right=True))
    text = lines(crossbar, [[1.0, 1.0]], inductance=1e-12)
    assert [x for x in text if "row_0_wire" in x] == [
        "Lrow_0_wire_0 row_0 row_0_0 1e-12",
        "Rrow_0_wire_2 row_0_1 row_0_wire_2 1.0",
        "Lrow_0_wire_2 row_0_wire_2 row_0 1e-12",
    ]

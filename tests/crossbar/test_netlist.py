"""The netlist of an array, line by line."""

import math

import pytest
import torch

from mho import Crossbar, Driven


def lines(crossbar, conductance, voltage):
    text = crossbar.netlist(
        torch.tensor(conductance, dtype=torch.float64), torch.tensor(voltage, dtype=torch.float64)
    )
    return [line for line in text.splitlines() if line and not line.startswith("*")]


def test_two_cells_in_a_row_share_its_wire():
    crossbar = Crossbar(row_resistance=1.0, column_resistance=2.0)
    assert lines(crossbar, [[0.5, 0.25]], [[0.2]]) == [
        "Crossbar of 1 x 2 cells; vectors of row voltages: 1",
        "Rrow_0_wire_0 row_0 row_0_0 1.0",
        "Rrow_0_wire_1 row_0_0 row_0_1 1.0",
        "Rcol_0_wire_1 col_0_0 col_0 2.0",
        "Rcol_1_wire_1 col_0_1 col_1 2.0",
        "Rcell_0_0 row_0_0 col_0_0 2.0",
        "Rcell_0_1 row_0_1 col_0_1 4.0",
        "Vsense_0 col_0 0 DC 0",
        "Vsense_1 col_1 0 DC 0",
        "Vdrive_0 row_0 0 DC 0.2",
        ".options reltol=1e-12 vntol=1e-15 abstol=1e-18",
        ".op",
        ".end",
    ]


def test_columns_lead_down_to_their_sensed_end():
    wires = [x for x in lines(Crossbar(), [[1.0], [1.0]], [[0.1, 0.2]]) if x.startswith("Rcol")]
    assert wires == ["Rcol_0_wire_1 col_0_0 col_1_0 1.0", "Rcol_0_wire_2 col_1_0 col_0 1.0"]


def test_a_row_driven_at_both_ends_leads_from_its_driver_back_to_it():
    crossbar = Crossbar(driven=Driven(right=True), driver_resistance=10.0)
    wires = [x for x in lines(crossbar, [[1.0, 1.0]], [[0.1]]) if x.startswith("Rrow")]
    assert wires == [
        "Rrow_0_wire_0 row_0 row_0_0 11.0",
        "Rrow_0_wire_1 row_0_0 row_0_1 1.0",
        "Rrow_0_wire_2 row_0_1 row_0 11.0",
    ]


def test_segments_of_no_resistance_tie_their_nodes_together_and_open_ones_are_left_out():
    crossbar = Crossbar(row_resistance=(5.0, 0.0, math.inf, 0.0), driven=Driven(right=True))
    text = lines(crossbar, [[1.0, 1.0, 1.0]], [[0.1]])
    assert [x for x in text if x.startswith("Rrow")] == ["Rrow_0_wire_0 row_0 row_0_0 5.0"]
    starts = [x.split()[1] for x in text if x.startswith("Rcell")]
    assert starts == ["row_0_0", "row_0_0", "row_0"]


def test_ideal_wires_are_one_node():
    cells = [x for x in lines(Crossbar.ideal(), [[1.0], [0.5]], [[0.1, 0.2]]) if x[0] == "R"]
    assert cells == ["Rcell_0_0 row_0 col_0 1.0", "Rcell_1_0 row_1 col_0 2.0"]


def test_open_cells_are_left_out():
    cells = [x for x in lines(Crossbar(), [[0.0, 1.0]], [[0.1]]) if x.startswith("Rcell")]
    assert cells == ["Rcell_0_1 row_0_1 col_0_1 1.0"]
    nothing = "\n".join(lines(Crossbar.ideal(), [[0.0, 5e-324]], [[0.1]]))
    assert "Rcell" not in nothing


def test_several_vectors_are_a_sweep_over_their_number():
    sweep = lines(Crossbar.ideal(), [[1.0]], [[0.1], [-0.2], [0.3]])
    assert sweep[3:-1] == [
        "Vvector vector 0 DC 0",
        "Bdrive_0 row_0 0 V = pwl(V(vector),",
        "+ 0, 0.1,",
        "+ 1, -0.2,",
        "+ 2, 0.3)",
        ".options reltol=1e-12 vntol=1e-15 abstol=1e-18",
        ".dc Vvector 0 2 1",
        ".print dc I(Vsense_0)",
    ]


def test_numbers_keep_all_their_digits():
    conductance = 1 / 3e4
    (cell,) = (x for x in lines(Crossbar(), [[conductance]], [[0.1]]) if x.startswith("Rcell"))
    assert float(cell.split()[-1]) == 1 / conductance


@pytest.mark.parametrize(
    ("conductance", "voltage", "message"),
    [
        (torch.ones(2, 3, 4), torch.ones(1, 3), "`conductance` must have shape"),
        (torch.ones(3, 0), torch.ones(1, 3), "at least one row and one column"),
        (-torch.ones(3, 4), torch.ones(1, 3), "`conductance` must be at least 0 S"),
        (torch.ones(3, 4), torch.ones(2, 1, 3), "`voltage` must have shape"),
        (torch.ones(3, 4), torch.ones(0, 3), "`voltage` must have at least one vector"),
        (torch.ones(3, 4), torch.full((1, 3), torch.nan), "`voltage` must be finite"),
    ],
)
def test_what_is_no_single_array_is_refused(conductance, voltage, message):
    with pytest.raises(ValueError, match=message):
        Crossbar().netlist(conductance, voltage)

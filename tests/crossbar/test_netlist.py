"""The netlist of an array, line by line."""

import math
from functools import partial

import pytest
import torch

from mho import AccessTransistor, Cell1R, Cell1T1R, Crossbar, Driven
from mho.crossbar import Cell, Cubic, Ohmic, Sinh
from mho.crossbar.spice import vacask


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


def test_a_nonlinear_memristor_is_defined_once_and_placed_in_every_cell():
    cell = Cell1R(law=Sinh(scale=0.25, read_voltage=0.0))
    array = Crossbar(row_resistance=0.0, column_resistance=0.0, cell=cell)
    assert lines(array, [[0.5, 0.0, 0.25]], [[0.2]])[1:7] == [
        ".func law(v,k,s,c) {k*(sinh(s*v)/s + c*v*v*v)}",
        ".subckt memristor plus minus g=1 k=1.0 s=4.0 c=0.0",
        "Bcurrent plus minus I = g*law(V(plus,minus),k,s,c)",
        ".ends",
        "Xcell_0_0 row_0 col_0 memristor g=0.5",
        "Xcell_0_2 row_0 col_2 memristor g=0.25",
    ]


def test_a_law_without_a_sinh_does_not_divide_by_its_steepness():
    text = lines(Crossbar(cell=Cell1R(law=Cubic(scale=0.5))), [[1.0]], [[0.1]])
    assert ".func law(v,k,s,c) {k*(v + c*v*v*v)}" in text
    assert ".subckt memristor plus minus g=1 k=1.0 s=0.0 c=4.0" in text


def test_a_transistor_has_a_drain_of_its_own_and_the_gate_of_its_cell():
    cell = Cell1T1R(gate_voltage=((1.0, 1.1), (1.2, 1.3)))
    array = Crossbar(row_resistance=0.0, column_resistance=0.0, cell=cell)
    text = lines(array, [[0.5, 0.0], [1.0, 2.0]], [[0.2, 0.1]])
    assert [x for x in text if x.startswith(("Xaccess", "Rcell"))] == [
        "Xaccess_0_0 drain_0_0 col_0 transistor gate=1.0",
        "Rcell_0_0 row_0 drain_0_0 2.0",
        "Xaccess_1_0 drain_1_0 col_0 transistor gate=1.2",
        "Rcell_1_0 row_1 drain_1_0 1.0",
        "Xaccess_1_1 drain_1_1 col_1 transistor gate=1.3",
        "Rcell_1_1 row_1 drain_1_1 0.5",
    ]


def test_the_transistor_is_that_of_the_cell():
    access = AccessTransistor(width=1e-6, slope=1.25, threshold=0.5, temperature=350.0)
    text = "\n".join(lines(Crossbar(cell=Cell1T1R(access=access)), [[1.0]], [[0.1]]))
    assert "+ n=1.25 vt=0.5 sigma=0.2797" in text
    assert "+ beta=34950.0 width=1e-06" in text
    assert f"ut={access.thermal_voltage!r}" in text


def test_a_cell_that_no_simulator_knows_is_refused():
    class Other(Cell):
        law = Ohmic()
        ohmic = False

        def zero_bias_conductance(self, conductance):
            raise NotImplementedError

        def parameters(self, shape):
            return Cell1R().parameters(shape)

    ones = torch.ones(1, 1, dtype=torch.float64)
    crossbar = Crossbar(cell=Other())
    for write in (crossbar.netlist, partial(vacask.netlist, crossbar)):
        with pytest.raises(ValueError, match="`cell` must be a Cell1R or a Cell1T1R, but is a Oth"):
            write(ones, ones)


def vacask_lines(crossbar, conductance, voltage):
    given = [torch.tensor(x, dtype=torch.float64) for x in (conductance, voltage)]
    text = vacask.netlist(crossbar, *given)
    return [line for line in text.splitlines() if line and not line.startswith("//")]


def test_vacask_gets_the_same_elements():
    cell = Cell1T1R(law=Sinh(scale=0.25), gate_voltage=1.1)
    text = vacask_lines(Crossbar(cell=cell), [[0.5, 0.0]], [[0.2], [0.3]])
    assert "model memristor memristor k=1.0 s=4.0 c=0.0" in text
    assert [x for x in text if x.startswith("model transistor transistor width=7.5e-07 gain=")]
    first = text.index("row_0_wire_0 (row_0 row_0_0) resistor r=1.0")
    assert text[first:] == [
        "row_0_wire_0 (row_0 row_0_0) resistor r=1.0",
        "row_0_wire_1 (row_0_0 row_0_1) resistor r=1.0",
        "col_0_wire_1 (col_0_0 col_0) resistor r=1.0",
        "col_1_wire_1 (col_0_1 col_1) resistor r=1.0",
        "access_0_0 (drain_0_0 col_0_0) transistor gate=1.1",
        "cell_0_0 (row_0_0 drain_0_0) memristor g=0.5",
        "vsense_0 (col_0 0) vsource dc=0",
        "vsense_1 (col_1 0) vsource dc=0",
        "parameters vector=0",
        "vdrive_0 (row_0 0) vsource dc=[0.2, 0.3][vector]",
        "control",
        "  abort always",
        '  options rawfile="binary" reltol=1e-12 vntol=1e-15 abstol=1e-18 nr_residualcheck=0',
        '  sweep vector instance="__topinst__" parameter="vector" values=[0, 1]',
        "    analysis array op",
        "endc",
    ]


def test_vacask_compiles_nothing_for_resistors():
    text = vacask_lines(Crossbar.ideal(), [[0.5]], [[0.2]])
    assert "cell_0_0 (row_0 col_0) resistor r=2.0" in text
    assert not [x for x in text if "cells.va" in x]


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
    for write in (Crossbar().netlist, partial(vacask.netlist, Crossbar())):
        with pytest.raises(ValueError, match=message):
            write(conductance, voltage)

"""`Crossbar.bias` against ngspice, which shares nothing with it."""

import re
import shutil

import pytest
import torch
from torch import Tensor

from mho.core import Bias
from mho.crossbar import Cell, Cell1R, Cell1T1R, Crossbar, Driven, Sensed, Sinh
from mho.crossbar.spice.netlist import column_nodes, row_nodes
from mho.crossbar.spice.simulator import Answer, run

pytestmark = pytest.mark.skipif(
    shutil.which("ngspice") is None, reason="needs ngspice, the Debian package of that name"
)

GATES = tuple(tuple(1.2 if r == 1 else 0.1 * c for c in range(4)) for r in range(5))
CELLS = {
    "ohmic": Cell1R(),
    "sinh": Cell1R(law=Sinh(scale=0.3, read_voltage=0.2)),
    "1t1r": Cell1T1R(),
    "1t1r_a_row_open": Cell1T1R(gate_voltage=GATES),
    "1t1r_sinh": Cell1T1R(gate_voltage=GATES, law=Sinh(scale=0.3)),
}
SERIES = {"driver_resistance": 5.0, "sense_resistance": 2.0}
ENDS = {
    "left_and_bottom": {},
    "right_and_top": {
        "driven": Driven(left=False, right=True),
        "sensed": Sensed(bottom=False, top=True),
    },
    "all": {"driven": Driven(right=True), "sensed": Sensed(top=True)},
}


def simulated(crossbar: Crossbar, conductance: Tensor, bias: Bias) -> Answer:
    text = crossbar.netlist(conductance, bias.row[None])
    for col, volt in enumerate(bias.column.tolist()):
        old = f"Vsense_{col} col_{col} 0 DC 0\n"
        assert old in text
        text = text.replace(old, f"Vsense_{col} col_{col} 0 DC {volt!r}\n")
    return run(["ngspice", "-n", "-b", "-r", "array.raw"], text, raw="array.raw")


def memristors(answer: Answer, crossbar: Crossbar, conductance: Tensor) -> Tensor:
    """Voltage from each row node to the drain of the transistor, or to the column node."""
    wires = crossbar.wires(conductance)
    rows, cols = conductance.shape
    voltage = torch.empty(rows, cols, dtype=torch.float64)
    for r in range(rows):
        for c in range(cols):
            end = f"drain_{r}_{c}" if crossbar.cell != CELLS["ohmic"] else ""
            end = end if f"v({end})" in answer else column_nodes(wires)[c][r]
            volt = answer[f"v({row_nodes(wires)[r][c]})"] - answer[f"v({end})"]
            voltage[r, c] = volt.item()
    return voltage


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
@pytest.mark.parametrize("ends", ENDS.values(), ids=ENDS)
def test_what_cells_feel_is_what_ngspice_finds(cell: Cell, ends: dict) -> None:
    crossbar = Crossbar(row_resistance=3.0, column_resistance=20.0, **SERIES, cell=cell, **ends)
    generator = torch.Generator().manual_seed(0)
    conductance = 1e-5 + 5e-4 * torch.rand(5, 4, generator=generator, dtype=torch.float64)
    row, column = torch.rand(2, 5, generator=generator, dtype=torch.float64)
    bias = Bias(row=row, column=column[:4])
    answer, point = simulated(crossbar, conductance, bias), crossbar.bias(conductance, bias)
    expected = memristors(answer, crossbar, conductance)
    assert (point.voltage - expected).abs().max() < 1e-9
    assert ("drain_0_0" in "".join(answer)) == isinstance(cell, Cell1T1R)
    into = [answer[f"i(vsense_{c})"].item() for c in range(4)]
    largest = point.current.abs().max()
    assert (
        point.current.sum(-2) - torch.tensor(into, dtype=torch.float64)
    ).abs().max() < 1e-9 * largest
    delivered = -sum(
        answer[name].item() * answer[re.sub(r"i\(v\w+?_(\d+)\)", rf"v({wire}_\1)", name)].item()
        for wire, kind in (("row", "drive"), ("col", "sense"))
        for name in answer
        if name.startswith(f"i(v{kind}")
    )
    assert point.power.item() == pytest.approx(delivered, rel=1e-9)

"""`mho netlist`: an array of random cells as a circuit for a simulator."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import one_line_errors

if TYPE_CHECKING:
    from mho.crossbar import Cell


class Simulator(StrEnum):
    """A program that solves circuits."""

    NGSPICE = "ngspice"
    VACASK = "vacask"


def netlist(
    rows: Annotated[int, typer.Option(help="Rows of cells.")] = 8,
    cols: Annotated[int, typer.Option(help="Columns of cells.")] = 8,
    seed: Annotated[int, typer.Option(help="Seed of the conductances.")] = 0,
    g_min: Annotated[float, typer.Option(help="S. Least conductance of a cell.")] = 1e-5,
    g_max: Annotated[float, typer.Option(help="S. Greatest conductance of a cell.")] = 1e-4,
    row_resistance: Annotated[float, typer.Option(help="Ohm. Of a segment of row wire.")] = 1.0,
    column_resistance: Annotated[
        float, typer.Option(help="Ohm. Of a segment of column wire.")
    ] = 1.0,
    voltage: Annotated[float, typer.Option(help="V. On every row.")] = 0.2,
    gate_voltage: Annotated[
        float | None, typer.Option(help="V. Gives each cell an access transistor, with this gate.")
    ] = None,
    sinh_scale: Annotated[
        float | None, typer.Option(help="V. Bends the law of the memristors above this voltage.")
    ] = None,
    simulator: Annotated[
        Simulator, typer.Option("--for", help="Simulator to write it for.")
    ] = Simulator.NGSPICE,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="[default: print it]")
    ] = None,
) -> None:
    """Write an array with uniformly random cells as a netlist for a circuit simulator."""
    with one_line_errors():
        import torch

        from mho.core.check import check_number
        from mho.core.random import generator
        from mho.crossbar import Crossbar
        from mho.crossbar.spice import vacask

        check_number("rows", rows, low=1)
        check_number("cols", cols, low=1)
        check_number("g_min", g_min, low=0.0)
        check_number("g_max", g_max, low=g_min)
        crossbar = Crossbar(
            row_resistance=row_resistance,
            column_resistance=column_resistance,
            cell=_cell(gate_voltage, sinh_scale),
        )
        uniform = torch.rand(rows, cols, generator=generator(seed), dtype=torch.float64)
        drive = torch.full((1, rows), voltage, dtype=torch.float64)
        conductance = g_min + (g_max - g_min) * uniform
        if simulator is Simulator.VACASK:
            text = vacask.netlist(crossbar, conductance, drive)
        else:
            text = crossbar.netlist(conductance, drive)
        if out is None:
            typer.echo(text, nl=False)
        else:
            out.write_text(text, encoding="ascii")
            typer.echo(f"Netlist: {out}")


def _cell(gate_voltage: float | None, sinh_scale: float | None) -> "Cell":
    from mho.crossbar import Cell1R, Cell1T1R, Ohmic, Sinh

    law = Ohmic() if sinh_scale is None else Sinh(scale=sinh_scale)
    return Cell1R(law=law) if gate_voltage is None else Cell1T1R(gate_voltage=gate_voltage, law=law)

"""`mho fit`: a measured pulse train as a preset of the device that predicts it best."""

from pathlib import Path
from typing import Annotated

import typer

from .errors import one_line_errors


def fit(
    measurement: Annotated[
        Path, typer.Argument(metavar="MEASUREMENT", help="CSV table, or HDF5 file of ArC TWO.")
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Preset to write, in TOML.")
    ],
    citation: Annotated[
        str | None, typer.Option(help="Where the measurement is from. [default: its file]")
    ] = None,
    g_min: Annotated[
        float | None, typer.Option(help="S. What 0 stands for in `conductance [1]`.")
    ] = None,
    g_max: Annotated[
        float | None, typer.Option(help="S. What 1 stands for in `conductance [1]`.")
    ] = None,
    crosspoint: Annotated[
        str | None, typer.Option(help="Cell of an ArC TWO file, such as W05B07.")
    ] = None,
) -> None:
    """Fit device models to a measured pulse train, and write the best as a preset and a figure."""
    with one_line_errors():
        from mho.core.check import argument_error
        from mho.devices.fitting import fit as fit_measurement
        from mho.devices.fitting import read_arc2, read_table
        from mho.reports.fit import picture
        from mho.studies.runs import write_whole

        if out.suffix != ".toml":
            raise argument_error("out", "end in .toml", f"is {out}")
        if not out.parent.is_dir():
            raise argument_error("out", "lie in a folder that exists", f"{out.parent} does not")
        with measurement.open("rb") as file:
            is_hdf5 = file.read(8) == b"\x89HDF\r\n\x1a\n"
        if is_hdf5:
            train = read_arc2(measurement, crosspoint=crosspoint)
        else:
            train = read_table(measurement, g_min=g_min, g_max=g_max)
        found = fit_measurement(train)
        figure = out.with_suffix(".png")
        preset, drawn = found.preset(citation or f"measured: {train.source}"), picture(found)
        write_whole(figure, drawn)
        write_whole(out, preset.encode())
        typer.echo(str(found))
        typer.echo(f"Preset: {out}")
        typer.echo(f"Figure: {figure}")

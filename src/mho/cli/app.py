"""The command `mho`. What computes is imported by the command that computes."""

import sys
from typing import Annotated

import typer

import mho

from .calibrate import calibrate
from .catalogue import studies
from .characterise import characterise
from .devices import devices
from .fit import fit
from .levels import levels
from .netlist import netlist
from .predict import predict
from .reproduce import reproduce
from .run import run
from .stored import scoreboard, show
from .sweep import sweep
from .train import train
from .transfer import transfer


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mho {mho.__version__}")
        raise typer.Exit


def _main(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Program, read and calibrate memristor arrays, and run neural networks on them."""
    sys.path.append("")  # a model of one's own is most often in the folder one is in


app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.callback()(_main)
app.command()(run)
app.command()(sweep)
app.command()(reproduce)
app.command(name="list")(studies)
app.command()(show)
app.command()(devices)
app.command()(characterise)
app.command()(levels)
app.command()(transfer)
app.command()(train)
app.command()(fit)
app.command()(netlist)
app.add_typer(predict, name="predict")
app.add_typer(calibrate, name="calibrate")
app.command()(scoreboard)

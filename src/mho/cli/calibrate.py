"""`mho calibrate`: fit a calibrator to readings, correct currents with it, and judge it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .errors import one_line_errors

if TYPE_CHECKING:
    from mho.calibration import Calibrator
    from mho.crossbar import Crossbar
    from mho.studies.readout_error import ReadoutError
    from mho.studies.runs import RunFolder

calibrate = typer.Typer(no_args_is_help=True, help="Fit, use and judge calibrators.")

RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run of `ReadoutError`.")]
CalibratorPath = Annotated[
    Path, typer.Argument(metavar="FILE", help="Calibrator that `train` wrote.")
]
NoiseName = Annotated[str, typer.Option(help="Noise of the run that its currents have.")]


@calibrate.command()
def train(
    run: RunPath,
    calibrator: Annotated[str, typer.Option(help="Name of the calibrator.")],
    array: Annotated[str, typer.Option(help="Array of the run that it learns from.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE.safetensors", help="Where to keep it.")
    ],
    noise: NoiseName = "noise_free",
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Replace a setting: ridge=1e-6."),
    ] = None,
) -> None:
    """Fit a calibrator to the training vectors of a run, and keep it with what it is for."""
    with one_line_errors():
        from mho.calibration import save_calibrator
        from mho.studies.readout_error import load_part

        folder, study = _readout_error(run)
        train = load_part(folder, "train", array=array, noise=noise)
        unfitted = _named(calibrator, changes or [], study.arrays[array])
        fitted = unfitted.fit(train.current, train.voltage, train.conductance)
        save_calibrator(fitted, out, array=study.arrays[array])
        typer.echo(_table(folder, fitted, array, noise))
        typer.echo(f"Calibrator: {out}")


@calibrate.command()
def apply(
    calibrator: CalibratorPath,
    readings: Annotated[
        Path,
        typer.Argument(
            metavar="READINGS",
            help="Measured `current`, `conductance` and `array`, as .npz or .safetensors.",
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Corrected, .npz or .safetensors.")
    ],
) -> None:
    """Correct measured currents; those of another array are refused with what differs."""
    with one_line_errors():
        from dataclasses import replace

        from mho.calibration import Readings, load_calibrator

        measured = Readings.load(readings)
        fitted = load_calibrator(calibrator, array=measured.array, conductance=measured.conductance)
        repair = fitted.fold(measured.conductance)
        replace(measured, current=repair(measured.current)).save(out)
        vectors = measured.current.numel() // measured.current.shape[-1]
        typer.echo(f"{vectors} vectors, {repair.multiplications} multiplications each")
        typer.echo(f"Corrected currents: {out}")


@calibrate.command()
def report(calibrator: CalibratorPath, run: RunPath, noise: NoiseName = "noise_free") -> None:
    """Print a calibrator's errors on every part of a run, beside those of the raw currents."""
    with one_line_errors():
        from mho.calibration import load_calibrator

        folder, study = _readout_error(run)
        array = _matching(calibrator, study)
        fitted = load_calibrator(calibrator, array=study.arrays[array])
        typer.echo(_table(folder, fitted, array, noise))


def _readout_error(run: Path) -> "tuple[RunFolder, ReadoutError]":
    from mho.core.check import argument_error
    from mho.studies.readout_error import ReadoutError
    from mho.studies.runs import RunFolder
    from mho.studies.settings import load

    folder = RunFolder(run)
    study = load(folder.settings_path)
    if not isinstance(study, ReadoutError):
        raise argument_error("run", "be one of ReadoutError", f"is of {type(study).__name__}")
    return folder, study


def _named(name: str, changes: list[str], array: "Crossbar") -> "Calibrator":
    """A calibrator of the study that compares them, with some settings replaced.

    Args:
        name: One of those fitted over arrays.
        changes: Settings, such as "ridge=1e-6".
        array: What physics takes as its guess, with wrong numbers.
    """
    from mho.core.check import argument_error
    from mho.studies.calibrate_readout import CALIBRATORS, PHYSICS, CalibrateReadout
    from mho.studies.settings import dump, loads

    kind = "physics" if name in PHYSICS else "calibrators"
    if name not in {*CALIBRATORS, *PHYSICS}:
        known = ", ".join([*CALIBRATORS, *PHYSICS])
        raise argument_error("calibrator", f"be one of {known}", f"is {name}")
    none: dict[str, Any] = {"calibrators": {}, "physics": {}, "own": {}}
    chosen = {name: (CALIBRATORS | PHYSICS)[name]}
    text = dump(CalibrateReadout(**none | {kind: chosen}))
    study: Any = loads(text, [f"{kind}.{name}.{change}" for change in changes])
    entry: Any = getattr(study, kind)[name]
    calibrator: Calibrator = entry.calibrator(array) if kind == "physics" else entry
    return calibrator


def _matching(path: Path, study: "ReadoutError") -> str:
    """Name of the run's array that a calibrator is for."""
    from mho.calibration.files import array_of, describe
    from mho.core.check import argument_error
    from mho.core.difference import difference

    wanted = array_of(path)
    for name, array in study.arrays.items():
        if describe(array) == wanted:
            return name
    has = "; ".join(
        f"{name} has {difference(describe(array), wanted)}" for name, array in study.arrays.items()
    )
    raise argument_error("run", "read the array that the calibrator is for", f"in it {has}")


def _table(folder: "RunFolder", calibrator: "Calibrator", array: str, noise: str) -> str:
    """Raw and corrected errors of every part."""
    from dataclasses import replace

    from mho.studies.readout_error import PARTS, load_part

    lines = [f"{'mean squared error, (10 uA)^2':<32}{'raw':>12}{'corrected':>12}{'gain':>10}"]
    for name in PARTS:
        part = load_part(folder, name, array=array, noise=noise)
        repair = calibrator.fold(part.conductance)
        before = part.squared_error
        after = replace(part, current=repair(part.current)).squared_error
        lines.append(f"{name:<32}{before:>12.3e}{after:>12.3e}{before / after:>10.3g}")
    product = part.conductance.shape[-2] * part.conductance.shape[-1]
    cost = f"{repair.multiplications} multiplications for each vector, beside {product} of"
    return "\n".join([*lines, f"{cost} the product"])

"""`mho predict`: train a pulse predictor, judge it, and program cells with it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .errors import one_line_errors
from .run import Fresh, Out, finish

if TYPE_CHECKING:
    from torch import Tensor

    from mho.core import Device
    from mho.studies.train_predictor import TrainPredictor

predict = typer.Typer(no_args_is_help=True, help="Train, judge and use neural pulse predictors.")

DeviceName = Annotated[
    str,
    typer.Argument(
        metavar="DEVICE", help="Device model as `mho devices` lists it: JartTUD/yu2024."
    ),
]
PredictorName = Annotated[
    str, typer.Argument(metavar="PREDICTOR", help="File, or name of one that comes along.")
]


@predict.command()
def train(
    device: DeviceName,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Replace a setting: predictor.seed=1."),
    ] = None,
    out: Out = None,
    fresh: Fresh = False,
) -> None:
    """Record what cells of a device do, train a predictor on it, and keep it in the run folder."""
    with one_line_errors():
        study = _study(device, changes or [])
        finish(study, out, fresh=fresh)


@predict.command()
def evaluate(
    predictor: PredictorName,
    device: DeviceName,
    cells: Annotated[int, typer.Option(help="Cells to test on.")] = 100,
    targets: Annotated[int, typer.Option(help="Targets for each cell.")] = 10,
    seed: Annotated[int, typer.Option(help="Selects cells, targets and noise.")] = 1,
) -> None:
    """Compare one predicted pulse with the noise-free inverse on new cells of a device."""
    with one_line_errors():
        from dataclasses import replace

        from mho.programming import PulsePredictor
        from mho.studies.train_predictor import metrics, one_pulse, table

        known = PulsePredictor.load(predictor)
        study = _study(device, [])
        recording = replace(study.predictor.recording, cells=cells, targets=targets, seed=seed)
        records = recording.record(study.device)
        outcome = one_pulse(known.fit(study.device), study.device, records)
        typer.echo(table(metrics(outcome)))


@predict.command()
def program(
    predictor: PredictorName,
    device: DeviceName,
    target: Annotated[
        Path | None,
        typer.Option(metavar="FILE.npy", help="Target conductances, S. [default: random]"),
    ] = None,
    rows: Annotated[int, typer.Option(help="Rows of cells, without a file.")] = 32,
    cols: Annotated[int, typer.Option(help="Columns of cells, without a file.")] = 32,
    tolerance: Annotated[float, typer.Option(help="Relative error that is good enough.")] = 0.05,
    max_pulses: Annotated[int, typer.Option(help="Pulses per cell; 1 is open loop.")] = 20,
    seed: Annotated[int, typer.Option(help="Selects cells and noise.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE.npz", help="Keep every read and pulse."),
    ] = None,
) -> None:
    """Program an array of simulated cells with predicted pulses, and print what it took."""
    with one_line_errors():
        import mho
        from mho.programming import PulsePredictor

        known = PulsePredictor.load(predictor)
        model: Device[Any] = _study(device, []).device
        wanted = _random(known, rows, cols, seed) if target is None else _read(target)
        bench = mho.SimulatedBench(model, tuple(wanted.shape), seed=seed)
        result = mho.program(bench, known, wanted, tolerance=tolerance, max_pulses=max_pulses)
        typer.echo(str(result))
        if out is not None:
            _write(out, result)


def _study(device: str, changes: list[str]) -> "TrainPredictor":
    from .characterise import study_of

    study: Any = study_of("TrainPredictor", device, changes)
    return study  # type: ignore[no-any-return]


def _random(predictor: Any, rows: int, cols: int, seed: int) -> "Tensor":
    import torch

    from mho.core.check import check_number
    from mho.core.random import generator

    check_number("rows", rows, low=1)
    check_number("cols", cols, low=1)
    learned = predictor.learned
    share = torch.rand(rows, cols, generator=generator(seed, 1), dtype=torch.float64)
    wanted: Tensor = learned.low + (learned.high - learned.low) * share
    return wanted


def _read(path: Path) -> "Tensor":
    import numpy as np
    import torch

    from mho.core.check import argument_error

    try:
        return torch.from_numpy(np.load(path, allow_pickle=False)).double()
    except ValueError as error:
        raise argument_error("target", "be a file of NumPy", f"{path} is not ({error})") from None


def _write(path: Path, result: Any) -> None:
    import io

    import numpy as np

    from mho.studies.runs import write_whole

    names = ("target", "conductance", "amplitude", "width", "energy", "converged")
    file = io.BytesIO()
    np.savez_compressed(file, **{name: getattr(result, name).numpy() for name in names})
    write_whole(path, file.getvalue())
    typer.echo(f"Reads and pulses: {path}")

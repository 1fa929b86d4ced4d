"""`mho reproduce`: the runs behind the project's figures."""

from pathlib import Path
from typing import Annotated

import typer

from .errors import one_line_errors
from .run import RUNS, finish

REPRODUCTIONS = {
    "loop": ["closed_loop", "one_pulse_error"],
    "readout": ["readout_error"],
    "calibration": [
        "calibrate_readout",
        "calibrate_sizes",
        "calibrate_over_time",
        "mistaken_circuit",
        "trust_calibration",
    ],
    "jart": ["s_curves", "s_curves_spread"],
    "levels": ["feedforward_levels", "levels_jart", "levels_soft_bounds"],
    "time": ["retention", "noise_spectrum"],
    "predictor": [
        "train_predictor",
        "predictor_on_array",
        "predict_pulses",
        "predict_pulses_100ns",
        "predict_pulses_1us",
        "predict_pulses_pair",
        "predict_pulses_spread",
        "predict_pulses_several",
        "on_chip_prediction",
        "adapt_predictor",
        "adapt_predictor_10ns",
        "remember_pulses",
        "foresee_landings",
    ],
    "errors": ["program_errors"],
    "transfer": [
        "weight_transfer_mlp",
        "weight_transfer_lenet5",
        "weight_transfer_resnet34",
        "transfer_through_wires_mlp",
        "transfer_through_wires_lenet5",
    ],
    "training": [
        "in_memory_training_mlp",
        "in_memory_training_lenet5",
        "in_memory_training_resnet34",
        "hardware_aware_mlp",
        "hardware_aware_lenet5",
    ],
    "devices": ["characterise_phase_change", "fit_gong"],
}
"""Study files behind each group of figures; each run is stored in `results/` under its name."""

PAPERS = {
    "000": ["readout", "calibration"],
    "001": ["predictor"],
    "003": ["levels", "errors", "transfer", "training"],
}
"""Groups of figures behind each paper's page in `docs/papers/`."""

FIGURES = Path("docs/assets")
"""Where the figures of README and docs are kept."""
PAGES = Path("docs/papers")
"""Where the pages on the papers are kept, named after them."""


def reproduce(
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            help=f"A paper, {', '.join(PAPERS)}, or `all`, or a group: {', '.join(REPRODUCTIONS)}.",
        ),
    ],
    fresh: Annotated[bool, typer.Option("--fresh", help="Run anew instead of showing.")] = False,
    out: Annotated[Path, typer.Option(help="Folder of the report on a paper.")] = RUNS,
) -> None:
    """Show the stored runs behind papers and figures, or make them anew, in a checkout."""
    with one_line_errors():
        from mho.reports import SUMMARIES, write_summary
        from mho.reports.quote import publish
        from mho.reports.scoreboard import RESULTS
        from mho.studies.settings import load

        names = [name for group in _groups(target) for name in REPRODUCTIONS[group]]
        if fresh:
            typer.echo(_effort([RESULTS / name for name in names]), err=True)
        for name in names:
            study = load(Path("studies") / f"{name}.toml")
            finish(study, RESULTS / name, fresh=fresh)
            if type(study).__name__ in SUMMARIES:
                figure = write_summary(RESULTS / name, type(study).__name__, FIGURES)
                typer.echo(f"Figure: {figure}")
        typer.echo(f"Scoreboard: {publish(Path())}")
        if target not in REPRODUCTIONS:
            typer.echo(f"Report: {_report(target, out)}")


def _groups(target: str) -> list[str]:
    """Groups of figures that a target stands for."""
    from mho.core.check import argument_error

    if target == "all":
        return list(REPRODUCTIONS)
    if target not in PAPERS and target not in REPRODUCTIONS:
        known = ", ".join([*PAPERS, "all", *REPRODUCTIONS])
        raise argument_error("target", f"be one of {known}", f"is {target}")
    return PAPERS.get(target, [target])


def _effort(paths: list[Path]) -> str:
    """What making runs anew will take, as far as the stored ones tell."""
    from mho.studies.runs import RunFolder

    known = [RunFolder(path).about.get("cpu_seconds") for path in paths if path.is_dir()]
    told = [seconds for seconds in known if seconds is not None]
    rest = len(paths) - len(told)
    text = f"The stored runs took {sum(told) / 60:.0f} minutes of CPU time"
    return text + (f"; of {rest} it is not known." if rest else ".")


def _report(target: str, out: Path) -> Path:
    from mho.reports.paper import paper_report
    from mho.studies.runs import write_whole

    papers = list(PAPERS) if target == "all" else [target]
    page = paper_report([PAGES / f"{paper}.md" for paper in papers], "What the papers say, and mho")
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"papers-{target}.html"
    write_whole(path, page.encode())
    return path

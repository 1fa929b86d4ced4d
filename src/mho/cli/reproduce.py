"""`mho reproduce`: the runs behind the project's figures."""

from pathlib import Path
from typing import Annotated

import typer

from .errors import one_line_errors
from .run import finish

REPRODUCTIONS = {
    "loop": ["closed_loop", "closed_loop_used", "one_pulse_error"],
    "readout": ["readout_error"],
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
        "remember_pulses_1us",
        "remember_pulses_10us",
        "remember_pulses_spread",
        "foresee_landings",
    ],
    "errors": ["program_errors"],
    "devices": ["characterise_phase_change", "fit_gong"],
}
"""Study files behind each group of figures; each run is stored in `results/` under its name."""

FIGURES = Path("docs/assets")
"""Where the figures of README and docs are kept."""


def reproduce(
    target: Annotated[str, typer.Argument(metavar="|".join(REPRODUCTIONS), help="What to show.")],
    fresh: Annotated[bool, typer.Option("--fresh", help="Run anew instead of showing.")] = False,
) -> None:
    """Show the stored runs behind the project's figures, or make them anew, in a checkout."""
    with one_line_errors():
        from mho.core.check import argument_error
        from mho.reports import SUMMARIES, write_summary
        from mho.reports.quote import publish
        from mho.reports.scoreboard import RESULTS
        from mho.studies.settings import load

        if target not in REPRODUCTIONS:
            raise argument_error("target", f"be one of {', '.join(REPRODUCTIONS)}", f"is {target}")
        for name in REPRODUCTIONS[target]:
            study = load(Path("studies") / f"{name}.toml")
            finish(study, RESULTS / name, fresh=fresh)
            if type(study).__name__ in SUMMARIES:
                figure = write_summary(RESULTS / name, type(study).__name__, FIGURES)
                typer.echo(f"Figure: {figure}")
        typer.echo(f"Scoreboard: {publish(Path())}")

"""Tables and figures out of stored results; nothing is computed here."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from mho.studies.runs import RunFolder

# Modules, not functions, so that a command that draws nothing does not wait for matplotlib.
REPORTS = {
    "CalibrateReadout": "mho.reports.calibrate_readout",
    "Characterise": "mho.reports.characterise",
    "ClosedLoop": "mho.reports.closed_loop",
    "PredictPulses": "mho.reports.predict_pulses",
    "FeedforwardLevels": "mho.reports.feedforward_levels",
    "ReadoutError": "mho.reports.readout_error",
}
"""Module whose `page` draws the report of a study, by the name of the study's class."""
SUMMARIES = {
    "AdaptPredictor": "mho.reports.adapt_predictor",
    "CalibrateOverTime": "mho.reports.calibrate_over_time",
    "CalibrateSizes": "mho.reports.calibrate_sizes",
    "CalibrateReadout": "mho.reports.calibrate_readout",
    "Characterise": "mho.reports.characterise",
    "ClosedLoop": "mho.reports.closed_loop",
    "FeedforwardLevels": "mho.reports.feedforward_levels",
    "ForeseeLandings": "mho.reports.foresee_landings",
    "HardwareAware": "mho.reports.weight_transfer",
    "InMemoryTraining": "mho.reports.in_memory_training",
    "NoiseSpectrum": "mho.reports.noise_spectrum",
    "OnChipPrediction": "mho.reports.on_chip_prediction",
    "OnePulseError": "mho.reports.one_pulse_error",
    "PredictPulses": "mho.reports.predict_pulses",
    "PredictorOnArray": "mho.reports.predictor_on_array",
    "ProgramErrors": "mho.reports.program_errors",
    "ReadoutError": "mho.reports.readout_error",
    "RememberPulses": "mho.reports.remember_pulses",
    "SCurves": "mho.reports.s_curves",
    "Retention": "mho.reports.retention",
    "TransferThroughWires": "mho.reports.transfer_through_wires",
    "TrustCalibration": "mho.reports.trust_calibration",
    "WeightTransfer": "mho.reports.weight_transfer",
}
"""Module whose `summary_figure` draws a study's result for README and docs."""


def write_report(folder: RunFolder, study: str) -> Path:
    """Draw the report of a finished run into its folder, as one HTML file.

    Args:
        folder: Finished run.
        study: Name of the study's class, one of `REPORTS`.
    """
    page = cast(Callable[[RunFolder], str], import_module(REPORTS[study]).page)
    return _write(folder.path / "report.html", page(folder).encode())


def write_summary(run: Path, study: str, figures: Path) -> Path:
    """Draw the result of a finished run as one picture, named after the run.

    Args:
        run: Folder of the finished run.
        study: Name of the study's class, one of `SUMMARIES`.
        figures: Folder of the picture.
    """
    draw = cast(Callable[[RunFolder], bytes], import_module(SUMMARIES[study]).summary_figure)
    return _write(figures / f"{run.name}.png", draw(RunFolder(run)))


def _write(path: Path, content: Any) -> Path:
    from mho.studies.runs import write_whole

    write_whole(path, content)
    return path

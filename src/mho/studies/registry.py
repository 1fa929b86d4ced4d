"""The studies by name."""

import ast
import importlib
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from .study import Study

# Modules, not classes, so that listing the studies does not import what they compute with.
STUDIES: dict[str, str] = {
    "AdaptPredictor": "mho.studies.adapt_predictor",
    "CalibrateOverTime": "mho.studies.calibrate_over_time.calibrate_over_time",
    "CalibrateReadout": "mho.studies.calibrate_readout.calibrate_readout",
    "CalibrateSizes": "mho.studies.calibrate_sizes",
    "Characterise": "mho.studies.characterise.characterise",
    "ClosedLoop": "mho.studies.closed_loop.loop",
    "FeedforwardLevels": "mho.studies.feedforward_levels.feedforward_levels",
    "ForeseeLandings": "mho.studies.foresee_landings",
    "HardwareAware": "mho.studies.hardware_aware",
    "InMemoryTraining": "mho.studies.in_memory_training.in_memory_training",
    "MeasuredTrain": "mho.studies.measured_train",
    "OnChipPrediction": "mho.studies.on_chip_prediction",
    "OnePulseError": "mho.studies.one_pulse_error",
    "MistakenCircuit": "mho.studies.mistaken_circuit",
    "NoiseSpectrum": "mho.studies.retention.noise_spectrum",
    "PredictPulses": "mho.studies.predict_pulses.predict_pulses",
    "ProgramErrors": "mho.studies.program_errors.program_errors",
    "ReadoutError": "mho.studies.readout_error.readout_error",
    "RememberPulses": "mho.studies.remember_pulses.remember_pulses",
    "Retention": "mho.studies.retention.retention",
    "SCurves": "mho.studies.s_curves",
    "PredictorOnArray": "mho.studies.predictor_on_array.predictor_on_array",
    "TrainPredictor": "mho.studies.train_predictor",
    "TransferThroughWires": "mho.studies.transfer_through_wires.transfer_through_wires",
    "TrustCalibration": "mho.studies.trust_calibration.trust_calibration",
    "WeightTransfer": "mho.studies.weight_transfer.weight_transfer",
    "TrainDigits": "mho.studies.digits.train",
}
"""Module of each study class, by the name of the class."""


def study_class(name: str) -> type[Study]:
    """The class of a study.

    Args:
        name: One of `STUDIES`.
    """
    return cast(type[Study], getattr(importlib.import_module(STUDIES[name]), name))


def question(name: str) -> str:
    """First line of a study's docstring, read without importing the study.

    Args:
        name: One of `STUDIES`.
    """
    tree = ast.parse(_source(STUDIES[name]).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return (ast.get_docstring(node) or "").partition("\n")[0]
    raise AttributeError(f"Module `{STUDIES[name]}` defines no class {name}.")


def _source(module: str) -> Path:
    """File of a module; asking the import system for it would import the module's parents."""
    top, *inner = module.split(".")
    spec = find_spec(top)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"No module `{module}`.")
    top_file = Path(spec.origin)
    return top_file.parent.joinpath(*inner).with_suffix(".py") if inner else top_file

"""A predictor is trained on some cells, judged on others, and put onto arrays itself."""

import pytest

from mho import PulsePredictor
from mho.devices import SoftBounds
from mho.nn import DifferentialPair
from mho.programming.predictor import Recording, SquaredTime, Stage
from mho.reports import write_summary
from mho.studies.predictor_on_array import STAGES, PredictorOnArray
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, loads
from mho.studies.train_predictor import TrainPredictor

DEVICE = SoftBounds(cycle_noise=0.1)
RECORDING = Recording(cells=60, targets=5, warm_up=2, step=2e-8, longest=1e-4)
STAGE = Stage(loss=SquaredTime(), epochs=30, learning_rate=3e-3, final_learning_rate=1e-4)


def run(study, path):
    with RunFolder.at(path, study) as folder:
        complete(study, folder)
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    predictor = PulsePredictor(recording=RECORDING, stages=(STAGE,))
    study = TrainPredictor(device=DEVICE, predictor=predictor)
    return run(study, tmp_path_factory.mktemp("trained") / "run")


@pytest.fixture(scope="module")
def on_array(trained, tmp_path_factory):
    study = PredictorOnArray(
        device=DEVICE,
        predictor=str(trained.path / "predictor.safetensors"),
        test=Recording(cells=20, targets=3, warm_up=1, step=2e-8, longest=1e-4, seed=9),
        mapping=DifferentialPair(g_min=15e-6, g_max=90e-6),
        bits=(2, 6),
        cells=(8, 8),
        seeds=(0, 1),
    )
    return run(study, tmp_path_factory.mktemp("on_array") / "run")


def test_training_leaves_a_predictor_and_its_error_on_other_cells(trained):
    metrics = trained.metrics
    assert metrics["records"] == 300
    assert metrics["tested"] == 30
    assert metrics["predicted"]["relative_error"] < 0.15
    assert metrics["noise_free"]["relative_error"] < metrics["predicted"]["relative_error"]
    loaded = PulsePredictor.load(trained.path / "predictor.safetensors")
    assert loaded.learned.device.settings == repr(DEVICE)
    assert "noise-free inverse" in trained.summary


def test_settings_of_a_predictor_survive_the_round_trip():
    study = TrainPredictor(
        device=DEVICE, predictor=PulsePredictor(recording=RECORDING, stages=(STAGE, STAGE))
    )
    assert loads(dump(study)) == study


def test_mapping_alone_changes_no_prediction_and_coarse_weights_do(on_array):
    metrics = on_array.metrics
    digital, mapped = (metrics[f"error_{stage}"]["mean"] for stage in ("digital", "mapped"))
    assert mapped == pytest.approx(digital, rel=1e-3)
    coarse, fine = (metrics["error_at_bits"][bits]["mean"] for bits in ("2", "6"))
    assert coarse > 1.2 * digital
    assert fine < coarse


def test_wires_spoil_the_prediction_and_calibration_brings_it_back(on_array):
    wires, repaired = (
        on_array.metrics[f"error_{stage}"]["mean"] for stage in ("converters", "calibrated")
    )
    assert wires > 2 * repaired
    assert repaired < 0.2
    assert on_array.metrics["others_converged_calibrated"]["mean"] > 0.95


def test_the_cost_counts_two_cells_for_each_weight(on_array):
    metrics = on_array.metrics
    assert metrics["weights"]["mean"] == 2 * 32 + 32 * 64 + 64 * 32 + 32
    assert metrics["cells"]["mean"] == 2 * metrics["weights"]["mean"]
    assert metrics["prediction_time"]["mean"] == pytest.approx(4 * 100e-9)
    assert metrics["programming_energy"]["mean"] > 0
    assert all(f"{label}" in on_array.summary for label in STAGES.values())


def test_the_losses_are_drawn(on_array, tmp_path):
    picture = write_summary(on_array.path, "PredictorOnArray", tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")

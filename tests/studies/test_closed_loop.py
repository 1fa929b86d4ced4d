"""The whole loop on real digits: every stage does what it says, and the answer can be trusted."""

import pytest

from mho.studies.closed_loop import STAGES, ClosedLoop, Scheme
from mho.studies.digits import accuracy, shipped_classifier, shipped_digits
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import SettingsError, dump, loads

SMALL = {"images": 300, "calibration_images": 100, "seeds": (0,)}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    study = ClosedLoop(**SMALL)
    with RunFolder.at(tmp_path_factory.mktemp("run") / "loop", study) as folder:
        complete(study, folder)
    return folder


def test_the_shipped_classifier_reads_real_digits_it_was_not_trained_on():
    calibration, test = shipped_digits()
    assert calibration.images.shape == (1000, 28, 28)
    assert test.images.shape == (4000, 28, 28)
    assert set(test.labels.tolist()) == set(range(10))
    assert accuracy(shipped_classifier(), test) > 97.0


def test_mapping_alone_costs_nothing(run):
    assert abs(run.metrics["loss"]["mapped"]) < 0.4  # one digit of 300


def test_wires_cost_accuracy_or_nothing_and_calibration_brings_it_back(run):
    loss = run.metrics["loss"]["write_and_verify"]
    assert abs(loss["programmed"]["mean"]) < 1.0
    assert loss["calibrated"]["mean"] <= loss["converters"]["mean"] + 0.4
    assert loss["calibrated"]["mean"] < 1.5


def test_write_and_verify_programs_what_one_pulse_misses(run):
    one, verified = (run.metrics["programming"][k] for k in ("one_pulse", "write_and_verify"))
    assert one["pulses"] == 1.0
    assert 1.0 < verified["pulses"] < 3.0
    assert verified["within_tolerance"] > 0.99 > one["within_tolerance"]
    assert verified["error"] < one["error"]
    assert verified["energy"] > one["energy"] > 0


def test_every_cell_of_the_network_is_programmed(run):
    assert run.metrics["cells"] == 2 * (784 * 64 + 64 * 10)
    assert run.metrics["tiles"] == 14


def test_the_result_prints_every_stage_and_scheme(run):
    for word in (*STAGES, "one_pulse", "write_and_verify", "digital", "mapped", "pulses", "J"):
        assert word in run.summary


def test_the_settings_survive_the_round_trip_through_toml():
    study = ClosedLoop(**SMALL)
    assert loads(dump(study)) == study


def test_every_fault_of_a_study_file_is_reported_at_once_with_its_path():
    text = """
    study = "ClosedLoop"
    imagse = 5
    rows = "many"
    [crossbar]
    row_resistance = -1.0
    [schemes.hasty]
    max_pulses = 0
    [device]
    type = "JartTUD"
    preset = "yu2023"
    """
    with pytest.raises(SettingsError) as error:
        loads(text)
    message = str(error.value)
    for fault in ("imagse", "rows", "crossbar", "schemes.hasty", "device.preset"):
        assert f"\n{fault}" in f"\n{message}"
    assert "Did you mean `images`?" in message


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"images": 0}, "`images` must be at least 1"),
        ({"seeds": ()}, "`seeds` must be different whole numbers"),
        ({"schemes": {}}, "`schemes` must hold at least one scheme"),
        ({"read_voltage": 0.0}, "`read_voltage` must be greater than 0"),
    ],
)
def test_impossible_settings_are_refused_before_anything_runs(settings, message):
    with pytest.raises(ValueError, match=message):
        ClosedLoop(**settings)


def test_a_mapping_beyond_the_device_is_refused_before_anything_runs():
    with pytest.raises(SettingsError, match="`mapping` must lie within what the device reaches"):
        loads('study = "ClosedLoop"\nmapping = { g_min = 50e-6, g_max = 520e-6 }')


def test_a_run_killed_between_tiles_is_continued_to_the_same_answer(run, tmp_path, killed_run):
    study, shards = ClosedLoop(**SMALL), tmp_path / "loop" / "shards"
    kept = killed_run(study, tmp_path / "loop", shards=5, pattern="*tile*.h5")
    assert 5 <= len(kept) < 31
    with RunFolder.at(tmp_path / "loop", study) as folder:
        complete(study, folder)
    assert folder.metrics == run.metrics
    assert {name: (shards / name).read_bytes() for name in kept} == kept


def test_a_scheme_by_another_name_and_number_works(tmp_path):
    study = ClosedLoop(
        images=50, calibration_images=20, seeds=(3,), rows=128, schemes={"only": Scheme()}
    )
    with RunFolder.at(tmp_path / "loop", study) as folder:
        complete(study, folder)
    assert list(folder.metrics["programming"]) == ["only"]
    assert folder.metrics["tiles"] == 8


FAST = """
study = "ClosedLoop"
images = 50
calibration_images = 20
seeds = [0]
[device]
type = "JartTUD"
preset = "yu2024"
set_voltage = -0.4713
reset_voltage = 0.9726
device_spread = {}
[schemes]
"""


def test_a_predictor_of_another_device_is_refused_before_anything_runs():
    scheme = 'programmer = { type = "TrainedPredictor", name = "jart_tud_yu2024" }'
    with pytest.raises(
        SettingsError, match="`programmer` must know the device, but `jart_tud_yu20"
    ):
        loads(FAST + f"one = {{ {scheme} }}")


def test_a_mapping_beyond_what_a_predictor_learned_is_refused_before_anything_runs():
    scheme = 'programmer = { type = "TrainedPredictor", name = "jart_tud_yu2024_fast" }'
    with pytest.raises(SettingsError, match="`mapping` must lie within what the predictor learned"):
        loads(FAST + f"one = {{ {scheme} }}\n[mapping]\ng_max = 542e-6")


def test_a_calibration_with_less_than_a_multiplication_for_each_converter_is_refused():
    text = (
        'study = "ClosedLoop"\n[calibrator]\ntype = "WithinBudget"\nmultiplications = 100\n'
        'calibrator.type = "Affine"\n'
    )
    with pytest.raises(SettingsError, match="a multiplication for each of the 128 currents"):
        loads(text)
    loads(text + "[mapping]\nanalog = true\n")


def test_a_calibrator_that_learns_from_cells_is_refused_for_differences_before_anything_runs():
    with pytest.raises(SettingsError, match="must do without the cells' conductances"):
        loads('study = "ClosedLoop"\nmapping.analog = true\ncalibrator.type = "AnalyticGain"')


def test_residual_pairs_and_predicted_pulses_keep_more_than_one_pair_on_cells_in_use(tmp_path):
    scheme = 'programmer = { type = "TrainedPredictor", name = "jart_tud_yu2024_fast" }'
    text = FAST.replace("images = 50", "images = 500\nsample = 1000") + (
        f'one = {{ {scheme} }}\n[history]\ntype = "InUse"\n'
        "recording = { longest = 100e-6, cells = 500 }\n"
    )
    losses = {}
    for name, slicing in {"one": "Whole", "three": "ResidualSlices"}.items():
        study = loads(text + f'[slicing]\ntype = "{slicing}"\n')
        with RunFolder.at(tmp_path / name, study) as folder:
            complete(study, folder)
        losses[name] = folder.metrics["loss"]["one"]["programmed"]["mean"]
        assert 0.5 < folder.metrics["programming"]["one"]["pulses"] <= 1.0
    assert losses["three"] < losses["one"] - 1.0

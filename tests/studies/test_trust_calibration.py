"""Trust is judged on what it was not learned from, and strange readings are what they say."""

from dataclasses import replace
from io import BytesIO

import pytest
import torch
from matplotlib.image import imread

from mho.calibration import ColumnStatistics, Trusted
from mho.crossbar import Crossbar, WhiteNoise
from mho.reports import write_summary
from mho.studies.readout_error import ReadoutError, Unstored, read_part
from mho.studies.runs import RunFolder, complete
from mho.studies.trust_calibration import (
    Drifted,
    OtherVoltages,
    OtherWires,
    StuckColumn,
    TrustCalibration,
    TrustedCalibrations,
)

DATA = ReadoutError(
    arrays={"ohmic": Crossbar(row_resistance=10.0, column_resistance=10.0)},
    noises={"amplifier": (WhiteNoise(sigma=1e-7),)},
    matrices=80,
    vectors=32,
    validation_matrices=20,
    validation_vectors=2,
)
SMALL = TrustCalibration(
    data=DATA,
    trusted={"statistics": Trusted(calibrator=ColumnStatistics(), false_alarms=0.05)},
    apart=40,
    strange={"drift": Drifted(loss=0.2), "dead": StuckColumn()},
    shares=(0.5, 0.9),
    seeds=(0, 1),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "run"
    with RunFolder.at(path, SMALL) as opened:
        complete(SMALL, opened)
    return RunFolder(path)


@pytest.fixture(scope="module")
def familiar():
    return read_part(Unstored(DATA), DATA, "validation_matrices", array="ohmic", noise="amplifier")


def test_intervals_hold_about_what_they_should_on_unseen_matrices(folder):
    metrics = folder.metrics
    assert metrics["off"]["statistics"]["mean"] < 0.1
    for table in metrics["ohmic"].values():
        within = table["statistics"]["within"]["familiar"]
        assert within["50"]["mean"] == pytest.approx(0.5, abs=0.1)
        assert within["50"]["mean"] < within["90"]["mean"]


def test_what_is_strange_is_flagged_and_what_is_familiar_is_not(folder):
    metrics = folder.metrics
    assert metrics["false_alarms"]["statistics"]["vectors"]["mean"] < 0.1
    flagged = metrics["flagged"]["statistics"]
    assert flagged["dead"]["any"]["mean"] > 0.8
    assert flagged["drift"]["known"]["mean"] > 0.9
    assert flagged["dc"]["matrix"]["mean"] == 1


def test_the_answer_prints_every_calibrator_array_and_part(folder):
    printed = str(TrustedCalibrations(folder.metrics))
    for word in ("statistics", "ohmic, amplifier", "familiar", "sinusoid", "drift", "dead"):
        assert word in printed


def test_a_figure_is_drawn(folder, tmp_path):
    file = write_summary(folder.path, "TrustCalibration", tmp_path)
    assert imread(BytesIO(file.read_bytes())).shape[1] > 600


def test_other_wires_read_what_an_array_with_such_wires_would(familiar):
    other = replace(DATA.arrays["ohmic"], row_resistance=20.0, column_resistance=20.0)
    read = OtherWires(factor=2.0).read(DATA, "ohmic", familiar, "noise_free")
    expected = other.read(familiar.conductance, familiar.voltage).current
    assert torch.equal(read.current, expected)


def test_wires_that_are_given_segment_by_segment_are_scaled_too(familiar):
    single = tuple([10.0] * 8)
    wires = Crossbar(row_resistance=single, column_resistance=(single,) * 8)
    data = replace(DATA, arrays={"ohmic": wires})
    read = OtherWires().read(data, "ohmic", familiar, "noise_free")
    plain = OtherWires().read(DATA, "ohmic", familiar, "noise_free")
    torch.testing.assert_close(read.current, plain.current)


def test_a_stuck_column_no_longer_depends_on_the_voltages(familiar):
    read = StuckColumn(column=2, level=1.0).read(DATA, "ohmic", familiar, "amplifier")
    assert (read.current[..., 2].std(-1) < 1e-15).all()
    torch.testing.assert_close(read.current[..., 2].mean(-1), familiar.current[..., 2].mean(-1))
    assert torch.equal(read.current[..., :2], familiar.current[..., :2])


def test_other_voltages_have_the_range_that_is_given(familiar):
    read = OtherVoltages(low=0.6, high=0.8).read(DATA, "ohmic", familiar, "noise_free")
    assert read.voltage.min() >= 0.6
    assert read.voltage.max() <= 0.8
    expected = DATA.arrays["ohmic"].read(familiar.conductance, read.voltage).current
    assert torch.equal(read.current, expected)


def test_drift_is_not_known_to_the_calibrator(familiar):
    read = Drifted(loss=0.1).read(DATA, "ohmic", familiar, "noise_free")
    assert torch.equal(read.conductance, familiar.conductance)
    lost = DATA.arrays["ohmic"].read(0.9 * familiar.conductance, familiar.voltage).current
    torch.testing.assert_close(read.current, lost)


def test_names_that_are_taken_are_refused():
    with pytest.raises(ValueError, match="of their own, but have 'dc'"):
        TrustCalibration(strange={"dc": Drifted()})

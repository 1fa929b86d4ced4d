"""What a wrong circuit leaves is scored beside what is learned on top of it."""

import pytest

from mho.calibration import PhysicsCalibrator
from mho.crossbar import Crossbar
from mho.studies.mistaken_circuit import RAW, Mistake, MistakenCircuit
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, loads

WRONG = Crossbar(row_resistance=1.0, column_resistance=1.0, driver_resistance=90.0)
SMALL = MistakenCircuit(
    mistakes={
        "driver": Mistake(
            array=Crossbar(row_resistance=5.0, column_resistance=5.0, driver_resistance=30.0),
            calibrator=PhysicsCalibrator(crossbar=WRONG, readings=40),
        )
    },
    rows=4,
    cols=4,
    matrices=40,
    vectors=20,
    tried=10,
    seeds=(0, 1),
)


@pytest.fixture(scope="module")
def metrics(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "run"
    with RunFolder.at(path, SMALL) as opened:
        complete(SMALL, opened)
    folder = RunFolder(path)
    assert "driver" in folder.summary
    return folder.metrics


def test_learning_brings_back_what_the_mistake_took(metrics):
    gain = {name: figures["gain"]["mean"] for name, figures in metrics["driver"].items()}
    assert gain[RAW] == 1.0
    assert gain["corrected"] > 10 * gain["physics"]


def test_every_calibrator_tells_what_it_costs(metrics):
    costs = {name: figures["multiplications"] for name, figures in metrics["driver"].items()}
    assert costs[RAW] == 0
    assert costs["physics"] == 16
    assert costs["corrected"] == 4 * 16 + 2 * 4


def test_settings_survive_their_file():
    assert loads(dump(SMALL)) == SMALL

"""Networks that learn with few levels in mind, and are then written into them."""

import numpy as np
import pytest

from mho.nn import LayerRange, Offset
from mho.reports import write_summary
from mho.studies.hardware_aware import HardwareAware, KeptByLearning
from mho.studies.networks import Training
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, loads
from mho.studies.weight_transfer import Exact

STUDY = HardwareAware(
    mappings={"one_cell": Offset(g_min=1e-6, g_max=1e-4, weights=LayerRange())},
    scheme=Exact(),
    bits=(1, 8),
    digital=Training(epochs=4, learning_rate=0.2, batch=20),
    further=Training(epochs=4, learning_rate=0.1, batch=20),
    rows=784,
    cols=512,
    images=800,
    test_images=200,
    draws=1,
    seeds=(0,),
)


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Pictures of faint bars, whose places are the class."""
    random = np.random.default_rng(0)
    arrays = {}
    for part, count in (("train", 800), ("test", 200)):
        labels = np.arange(count) % 10
        images = random.integers(0, 120, (count, 28, 28))
        for image, label in zip(images, labels, strict=True):
            image[2 * label : 2 * label + 6, 4:24] += 20
        arrays |= {f"x_{part}": images.astype(np.uint8), f"y_{part}": labels}
    np.savez(tmp_path / "mnist.npz", **arrays)
    monkeypatch.setenv("MHO_DATA", str(tmp_path))


def test_networks_learn_to_live_with_few_levels(data, tmp_path):
    with RunFolder.at(tmp_path / "run", STUDY) as folder:
        complete(STUDY, folder)
    kept = folder.metrics["accuracy"]["one_cell"]
    assert folder.metrics["digital"] > 55.0
    assert kept["aware"]["1"]["mean"] > kept["plain"]["1"]["mean"] + 10.0
    assert kept["aware"]["8"]["mean"] == pytest.approx(kept["plain"]["8"]["mean"], abs=8.0)
    gain = kept["aware"]["1"]["mean"] - kept["plain"]["1"]["mean"]
    assert folder.metrics["gain"]["one_cell"]["1"]["mean"] == pytest.approx(gain)
    assert folder.metrics["gain_at_best"]["1"]["mean"] == pytest.approx(gain)
    assert "one_cell, aware" in folder.summary
    picture = write_summary(tmp_path / "run", "HardwareAware", tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_at_best_each_way_has_the_mapping_that_serves_it():
    seeds = {
        0: {
            "digital": 90.0,
            "a-plain-2": 50.0,
            "a-aware-2": 80.0,
            "b-plain-2": 70.0,
            "b-aware-2": 60,
        },
        1: {
            "digital": 92.0,
            "a-plain-2": 52.0,
            "a-aware-2": 84.0,
            "b-plain-2": 71.0,
            "b-aware-2": 60,
        },
    }
    metrics = KeptByLearning.gather(seeds, ["a", "b"], (2,)).metrics
    assert metrics["gain"]["a"]["2"]["values"] == [30.0, 32.0]
    assert metrics["gain_at_best"]["2"]["values"] == [10.0, 13.0]


def test_settings_survive_the_round_trip():
    assert loads(dump(STUDY)) == STUDY


def test_impossible_settings_are_refused():
    with pytest.raises(ValueError, match="`bits` must hold at least one"):
        HardwareAware(bits=())
    with pytest.raises(ValueError, match="`draws` must be at least 1"):
        HardwareAware(draws=0)

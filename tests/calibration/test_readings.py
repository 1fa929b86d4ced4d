"""Files of readings keep what was measured and say what they lack."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from mho.calibration import Readings


@pytest.fixture
def readings(generator):
    current = torch.rand(4, 3, dtype=torch.float64, generator=generator)
    conductance = torch.rand(2, 3, dtype=torch.float64, generator=generator)
    return Readings(current=current, conductance=conductance, array="Crossbar()")


@pytest.mark.parametrize("name", ["it.npz", "it.safetensors"])
def test_readings_survive_the_round_trip(readings, name, tmp_path):
    readings.save(tmp_path / name)
    again = Readings.load(tmp_path / name)
    assert torch.equal(again.current, readings.current)
    assert torch.equal(again.conductance, readings.conductance)
    assert again.array == readings.array


def test_a_file_of_numpy_without_the_array_is_refused(tmp_path):
    np.savez(tmp_path / "it.npz", current=np.zeros((4, 3)), conductance=np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"it.npz has no `array`. `array` is the `repr`"):
        Readings.load(tmp_path / "it.npz")


def test_a_file_of_safetensors_without_currents_is_refused(tmp_path):
    save_file({"conductance": torch.zeros(2, 3)}, tmp_path / "it.safetensors")
    with pytest.raises(ValueError, match=r"it.safetensors has no `current`"):
        Readings.load(tmp_path / "it.safetensors")


@pytest.mark.parametrize("name", ["it.npz", "it.safetensors"])
def test_what_is_no_such_file_is_refused(name, tmp_path):
    (tmp_path / name).write_bytes(b"1, 2, 3")
    with pytest.raises(ValueError, match="`path` must be a file of readings"):
        Readings.load(tmp_path / name)


def test_another_suffix_is_refused(readings, tmp_path):
    with pytest.raises(ValueError, match=r"`path` must end in .npz or .safetensors, but is"):
        readings.save(tmp_path / "it.csv")

"""Networks that learn in cells: rules beside each other, on a few made-up pictures."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mho.crossbar import ADC, DAC, RelativeReadNoise
from mho.devices.steps import StepSpread
from mho.nn import Backward, LayerRange
from mho.programming import LevelGrid, Origin, ProgramError
from mho.reports import write_summary
from mho.studies.in_memory_training import (
    AroundCells,
    Digital,
    FashionByLenet,
    Filtered,
    InMemoryTraining,
    Mixed,
    NoiseBehindBlocks,
    Pulsed,
    Rewritten,
    Tiles,
)
from mho.studies.in_memory_training.noise_layer import NoiseLayer
from mho.studies.in_memory_training.normalised import normalised
from mho.studies.in_memory_training.rule import Beginning
from mho.studies.runs import RunFolder, complete
from mho.studies.settings import dump, loads
from mho.studies.weight_transfer import Fitted

ERROR = ProgramError(
    grid=LevelGrid(points=1.0 / torch.linspace(880.0, 740.0, 16, dtype=torch.float64)),
    location=torch.zeros(16, dtype=torch.float64),
    scale=torch.full((16,), 1e-9, dtype=torch.float64),
    freedom=torch.full((16,), 50.0, dtype=torch.float64),
    least=1 / 890,
    greatest=1 / 730,
    origin=Origin(scheme="none", device="none", outcomes="none"),
)
NORMALISED = normalised(ERROR, 10e-6, 100e-6)
RULES = {
    "digital": Digital(),
    "exact": Rewritten(),
    "rewritten": Rewritten(bits=9),
    "noise": NoiseBehindBlocks(bits=9),
    "pulsed": Pulsed(lr=0.2),
    "tiki_taka": Filtered(
        lr=10.0, gain=0.1, columns=64, step=0.03, spread=StepSpread(step=0.5, asymmetry=0.5)
    ),
    "mixed": Mixed(bits=4),
}


STUDY = InMemoryTraining(
    rules=RULES,
    tiles=Tiles(
        rows=784,
        cols=512,
        dac=DAC(),
        adc=ADC(bits=14),
        noise=(RelativeReadNoise(sigma=2e-4),),
        backward=Backward(dac=DAC(), adc=ADC(bits=14), noise=(RelativeReadNoise(sigma=2e-4),)),
    ),
    epochs=2,
    batch=20,
    images=1200,
    test_images=200,
    ranges_every=10,
    calibration_images=1200,
    seeds=(0,),
)


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Pictures of two bars, whose places are the class, under the names of both sets."""
    random = np.random.default_rng(0)
    arrays = {}
    for part, count in (("train", 1200), ("test", 200)):
        labels = np.arange(count) % 10
        images = random.integers(0, 120, (count, 28, 28))
        for image, label in zip(images, labels, strict=True):
            image[2 * label : 2 * label + 6, 4:24] += 120
        arrays |= {f"x_{part}": images.astype(np.uint8), f"y_{part}": labels}
    for name in ("mnist", "fashion_mnist"):
        np.savez(tmp_path / f"{name}.npz", **arrays)
    monkeypatch.setenv("MHO_DATA", str(tmp_path))
    # A known error, so that no cell has to be driven.
    monkeypatch.setattr(Fitted, "error", lambda *settings: ERROR)


def run(study, path):
    with RunFolder.at(path, study) as folder:
        complete(study, folder)
    return folder


def test_rules_learn_and_are_drawn(data, tmp_path):
    folder = run(STUDY, tmp_path / "run")
    accuracy = {name: each["mean"] for name, each in folder.metrics["accuracy"].items()}
    assert set(accuracy) == set(RULES)
    for name in ("digital", "pulsed", "tiki_taka", "mixed"):
        assert accuracy[name] > 50.0, accuracy
    assert all(len(curve) == 3 for curve in folder.metrics["curve"].values())
    assert folder.metrics["loss"]["mixed"]["mean"] == pytest.approx(
        accuracy["digital"] - accuracy["mixed"]
    )
    assert "mixed" in folder.summary
    picture = write_summary(tmp_path / "run", "InMemoryTraining", tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_convolutions_learn_in_cells(data, tmp_path):
    rules = {"mixed": Mixed(bits=9, lr=0.2)}
    study = replace(STUDY, task=FashionByLenet(), rules=rules, epochs=2, images=800)
    metrics = run(study, tmp_path / "run").metrics
    curve = metrics["curve"]["mixed"]
    assert curve[-1] > 15.0 > curve[0]
    assert "loss" not in metrics


def test_around_cells_that_stay_only_what_is_digital_learns():
    network = torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.BatchNorm1d(4))
    inputs = torch.rand(20, 6, generator=torch.Generator().manual_seed(0))
    beginning = Beginning(network, inputs, Tiles(), lambda bits: NORMALISED, 0)
    model, optimiser = AroundCells(lr=0.1, weights=LayerRange()).begin(beginning)
    held = model[0].kernel.clone()
    before = {name: each.detach().clone() for name, each in model.named_parameters()}
    model.train()(inputs).square().sum().backward()
    optimiser.step()
    torch.testing.assert_close(model.eval()[0].kernel, held, rtol=0, atol=0)
    changed = {name for name, each in model.named_parameters() if not each.equal(before[name])}
    assert changed == {"0.bias", "1.weight", "1.bias"}


def test_what_is_digital_may_learn_at_a_rate_of_its_own():
    network = torch.nn.Sequential(torch.nn.Linear(6, 4))
    beginning = Beginning(network, torch.rand(20, 6), Tiles(), lambda bits: NORMALISED, 0)
    for rule in (Mixed(lr=0.1, around=0.3), Rewritten(lr=0.1, around=0.3)):
        _, optimiser = rule.begin(beginning)
        assert [group["lr"] for group in optimiser.param_groups] == [0.1, 0.3]


def test_a_network_whose_loss_is_no_number_stays_as_it_is(data, tmp_path):
    study = replace(STUDY, rules={"digital": Digital(lr=1e30)}, images=200)
    curve = run(study, tmp_path / "run").metrics["curve"]["digital"]
    assert len(curve) == 3
    assert all(0.0 <= value < 30.0 for value in curve)


def test_a_normalised_error_is_even_in_the_weight():
    error = normalised(ERROR, 10e-6, 100e-6)
    even = torch.linspace(10e-6, 100e-6, 16, dtype=torch.float64)
    torch.testing.assert_close(error.grid.points, even)
    # An ohm is a share of the range of resistances, and so one of the range of the other cells.
    ohms = 1e-9 / ERROR.grid.points.square()
    torch.testing.assert_close(error.scale, 90e-6 * ohms / 140.0)
    assert error.least < 10e-6 < 100e-6 < error.greatest


def test_a_noise_layer_rounds_outputs_and_hands_gradients_on_where_it_does_not_clip():
    layer = NoiseLayer(normalised(ERROR, 10e-6, 100e-6), 4.0, torch.Generator().manual_seed(0))
    outputs = torch.linspace(-6.01, 5.97, 100, requires_grad=True)
    noisy = layer(torch.nn.Identity(), (), outputs)
    level = (outputs.detach().clamp(-4, 4) + 4) / (8 / 15)
    assert ((noisy - (level.round() * 8 / 15 - 4)).abs() < 0.01).all()
    noisy.sum().backward()
    assert (outputs.grad == (outputs.detach().abs() <= 4.0)).all()


def test_settings_survive_the_round_trip():
    assert loads(dump(STUDY)) == STUDY


def test_impossible_settings_are_refused():
    with pytest.raises(ValueError, match="`rules` must hold at least one"):
        InMemoryTraining(rules={})
    with pytest.raises(ValueError, match="`lr` must be greater than 0"):
        Mixed(lr=0.0)
    with pytest.raises(ValueError, match="`images` must be at least 64"):
        InMemoryTraining(images=10)

"""The learned inverse against its equation, and on arrays that it never saw."""

import pytest
import torch
from torch import nn

from mho import Crossbar
from mho.calibration import (
    AsPublished,
    GlobalConvolution,
    Latent,
    WithSkip,
    load_calibrator,
    save_calibrator,
)
from mho.calibration.latent.training import Examples
from mho.nn import DifferentialPair, Nodal, Tile, convert

ARRAY = Crossbar(row_resistance=10, column_resistance=10)


def readings(matrices, vectors, generator, rows=4, cols=4):
    shape = (matrices, rows, cols)
    conductance = 1e-5 + 9e-5 * torch.rand(shape, dtype=torch.float64, generator=generator)
    shape = (matrices, vectors, rows)
    voltage = 0.1 + 0.4 * torch.rand(shape, dtype=torch.float64, generator=generator)
    return ARRAY.read(conductance, voltage).current, voltage, conductance


def squared_error(calibrator, current, voltage, conductance):
    return (calibrator(current, conductance) - voltage @ conductance).square().mean().item()


def equation_4(weights, current, conductance, layers):
    """Repaired currents of one array, vector by vector, in the words of the paper."""
    seen = ((conductance - weights["middle"]) / weights["extent"]).float()
    kernel, bias = weights["encoder.0.weight"], weights["encoder.0.bias"]
    z = (kernel[:, 0] * seen).sum((1, 2)).double() + bias.double()
    repaired = []
    for output in 1e5 * current:
        for i in range(layers):
            w1, b1, w2, b2, w3 = (
                weights[f"layers.{i}.{name}"].double()
                for name in ("weight", "bias", "gate", "gate_bias", "shift")
            )
            output = (w1 @ output + b1) * torch.sigmoid(w2 @ z + b2) + w3 @ z
        repaired.append(1e-5 * output)
    return torch.stack(repaired)


def test_what_is_fitted_to_the_letter_is_equation_4(generator):
    current, voltage, conductance = readings(20, 10, generator)
    layers = AsPublished(count=3, extra=2)
    fitted = Latent(encoder=GlobalConvolution(), layers=layers, batch=4, epochs=20).fit(
        current, voltage, conductance
    )
    expected = equation_4(fitted.learned.weights, current[0], conductance[0], 3)
    # The latent vector is found in single precision, and sums come in another order.
    torch.testing.assert_close(fitted(current[0], conductance[0]), expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("layers", [AsPublished(extra=3), WithSkip(extra=3)])
def test_the_folded_matrix_equals_running_the_network(layers, generator):
    current, voltage, conductance = readings(6, 10, generator)
    fitted = Latent(layers=layers, batch=2).fit(current, voltage, conductance)
    scaled = current / fitted.unit
    change = fitted._trained(fitted.learned)(scaled, torch.ones_like(scaled[..., :1]), conductance)
    run = fitted.unit * (scaled + change)
    torch.testing.assert_close(fitted(current, conductance), run, rtol=1e-12, atol=0)
    assert fitted.fold(conductance).multiplications == 4 * 4


@pytest.mark.parametrize("layers", [AsPublished(extra=3), WithSkip(count=1)])
def test_before_training_currents_are_left_as_they_are(layers, generator):
    current, _, conductance = readings(2, 10, generator)
    network = Latent(layers=layers)._network(4, 4)
    scaled = 1e5 * current
    change = network(scaled, torch.ones_like(scaled[..., :1]), conductance)
    torch.testing.assert_close(change, torch.zeros_like(change), rtol=0, atol=1e-13)


@pytest.mark.parametrize("vectors", [3, 50])
def test_sums_of_vectors_tell_the_same_error_as_the_vectors(vectors, generator):
    current, voltage, conductance = readings(5, vectors, generator)
    fitted = Latent(batch=1, epochs=5).fit(current, voltage, conductance)
    missing = 1e5 * (voltage @ conductance - current)
    examples = Examples.of(1e5 * current, missing, conductance)
    assert examples.current.shape[1] == min(vectors, 5)
    by_sums = examples.mean_error(fitted._trained(fitted.learned))
    by_vectors = 1e10 * squared_error(fitted, current, voltage, conductance)
    assert by_sums == pytest.approx(by_vectors, rel=1e-4)


def test_it_repairs_arrays_that_it_never_saw(generator):
    known, unseen = readings(200, 20, generator), readings(50, 20, generator)
    fitted = Latent(batch=8, epochs=15).fit(*known, watched={"unseen": unseen})
    raw, left = (squared_error(c, *unseen) for c in (Latent(), fitted))
    assert left < raw / 50
    assert fitted.learned.curves["unseen"][-1].item() == pytest.approx(1e10 * left, rel=1e-3)
    assert len(fitted.learned.curves["training"]) == 15
    assert fitted.learned.sigma**2 == pytest.approx(squared_error(fitted, *known), rel=1e-3)


def test_watching_changes_nothing_and_the_seed_decides_all(generator):
    known, unseen = readings(8, 10, generator), readings(3, 10, generator)
    plain, again = Latent(epochs=2).fit(*known), Latent(epochs=2).fit(*known, watched={"u": unseen})
    other = Latent(epochs=2, seed=1).fit(*known)
    current, _, conductance = unseen
    assert torch.equal(plain(current, conductance), again(current, conductance))
    assert not torch.equal(plain(current, conductance), other(current, conductance))


def test_arrays_of_another_size_are_refused(generator):
    fitted = Latent(epochs=1).fit(*readings(2, 5, generator))
    with pytest.raises(ValueError, match="`conductance` must be 4 x 4, but is 5 x 4"):
        fitted.fold(torch.ones(5, 4))


def test_what_was_learned_is_stored_and_found_again(tmp_path, generator):
    current, voltage, conductance = readings(3, 10, generator)
    fitted = Latent(epochs=2).fit(current, voltage, conductance)
    save_calibrator(fitted, tmp_path / "latent.safetensors", array=ARRAY)
    again = load_calibrator(tmp_path / "latent.safetensors", array=ARRAY)
    assert again == fitted
    assert torch.equal(again(current, conductance), fitted(current, conductance))


def test_every_tile_of_a_model_is_repaired_by_its_own_latent_vector_in_one_batch(generator):
    torch.manual_seed(0)
    model = nn.Linear(12, 4)
    inputs = torch.rand(50, 12, generator=generator)
    pair = DifferentialPair(g_min=10e-6, g_max=100e-6)
    weight = 2 * torch.rand(200, 4, 2, dtype=torch.float64, generator=generator) - 1
    known = torch.stack([pair.conductance(each) for each in weight])
    voltage = 0.2 * torch.rand(200, 20, 4, dtype=torch.float64, generator=generator)
    fitted = Latent(batch=8, epochs=10).fit(ARRAY.read(known, voltage).current, voltage, known)
    settings = {"mapping": pair, "rows": 4, "cols": 4, "crossbar": ARRAY, "reader": Nodal()}
    raw = convert(model, Tile(**settings), inputs)
    repaired = convert(model, Tile(**settings, calibrator=fitted), inputs)
    ideal = repaired.ideal_currents(inputs)
    error, left = ((each.currents(inputs) - ideal).square().mean() for each in (raw, repaired))
    assert left < error / 20
    assert repaired.repair.weight.shape == (3, 2, 4, 4)
    for i, j in ((0, 0), (2, 1)):
        alone = fitted.fold(repaired.target[i, j])
        torch.testing.assert_close(repaired.repair.weight[i, j], alone.weight)

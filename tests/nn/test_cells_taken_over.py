"""A model converted with the cells of another one, to be read in another way."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from mho import ADC, DAC, ColumnGain, Crossbar, NoiseFreeInverse, WhiteNoise
from mho.devices import SoftBounds
from mho.nn import DifferentialPair, IdealWriter, PulseWriter, Tile, Writer, convert, rewrite

DEVICE = SoftBounds(low=10e-6, high=100e-6, cycle_noise=0.3)
WRITER = PulseWriter(device=DEVICE, programmer=NoiseFreeInverse().fit(DEVICE), max_pulses=2)
TILE = Tile(mapping=DifferentialPair(g_min=12e-6, g_max=90e-6), rows=16, cols=12, writer=WRITER)
WIRES = Crossbar(row_resistance=20.0, column_resistance=20.0)
READINGS = {
    "wires": replace(TILE, crossbar=WIRES),
    "converters": replace(
        TILE, dac=DAC(bits=6), adc=ADC(bits=6), noise=(WhiteNoise(sigma=1e-8),), noise_seed=3
    ),
    "calibrated": replace(TILE, crossbar=WIRES, adc=ADC(bits=8), calibrator=ColumnGain()),
    "lower voltage": replace(TILE, crossbar=WIRES, read_voltage=0.1),
}


class Unused(Writer):
    """Refuses to write."""

    def write(self, target, *, tile, before=0, last=None):
        raise AssertionError("a tile was written")


@pytest.fixture
def model():
    torch.manual_seed(0)
    layers = nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 11), nn.Linear(11, 4)
    return nn.Sequential(*layers).eval()


@pytest.fixture
def inputs(generator):
    return torch.rand(32, 2, 6, 6, generator=generator)


@pytest.mark.parametrize("reading", READINGS)
def test_they_are_read_as_if_they_had_been_written_by_the_same_draw(model, inputs, reading):
    tile = READINGS[reading]
    anew = convert(model, tile, inputs)
    taken = convert(
        model, replace(tile, writer=Unused()), inputs, cells=convert(model, TILE, inputs)
    )
    with torch.no_grad():
        assert torch.equal(taken(inputs), anew(inputs))


def test_wires_that_stay_are_not_folded_again(model, inputs, monkeypatch):
    tile = READINGS["wires"]
    first = convert(model, tile, inputs)
    monkeypatch.setattr(Crossbar, "effective_conductance", None)
    taken = convert(model, replace(tile, adc=ADC(bits=8)), inputs, cells=first)
    assert torch.equal(taken[0].effective, first[0].effective)


def test_what_is_written_later_leaves_the_cells_of_the_other_as_they_were(model, inputs):
    first = convert(model, TILE, inputs)
    before = first(inputs)
    taken = convert(model, TILE, inputs, cells=first)
    with torch.no_grad():
        taken[3].weight += 0.1
    changed = taken(inputs)
    assert torch.equal(first(inputs), before)
    assert not torch.equal(changed, before)
    # The first one goes on with its own cells as if there was no other.
    with torch.no_grad():
        first[3].weight += 0.1
    assert torch.equal(first(inputs), changed)
    rewrite(taken, IdealWriter())
    assert torch.equal(first(inputs), changed)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (lambda model, x: model, "has no tiles in the place of `0`"),
        (lambda model, x: convert(model[:2], TILE, x), "has no tiles in the place of `3`"),
        (lambda model, x: convert(model, replace(TILE, rows=8), x), "differs in rows"),
    ],
    ids=["digital", "another model", "smaller tiles"],
)
def test_cells_of_anything_else_are_refused(model, inputs, cells, message):
    with pytest.raises(ValueError, match=f"Argument `cells` must be what the same.*{message}"):
        convert(model, TILE, inputs, cells=cells(model, inputs))


def test_cells_of_other_weights_are_refused(model, inputs):
    first = convert(model, TILE, inputs)
    model[3].weight.data *= 2
    with pytest.raises(ValueError, match="has other weights in `3`"):
        convert(model, TILE, inputs, cells=first)

"""A converted model against the digital one it came from."""

import copy
from dataclasses import replace

import pytest
import torch
from torch import nn

from mho import (
    ADC,
    DAC,
    TIA,
    Cell1R,
    Cell1T1R,
    ColumnGain,
    Crossbar,
    Cycling,
    NoiseFreeInverse,
    ThermalNoise,
    WhiteNoise,
)
from mho.crossbar import Sinh
from mho.devices import SoftBounds
from mho.nn import (
    DifferentialPair,
    IdealWriter,
    Linear,
    Nodal,
    PulseWriter,
    Tile,
    convert,
    rewrite,
)

PAIR = DifferentialPair(g_min=10e-6, g_max=90e-6)


@pytest.fixture
def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(30, 11), nn.ReLU(), nn.Linear(11, 4)).eval()


@pytest.fixture
def inputs(generator):
    return torch.rand(64, 5, 6, generator=generator)


@pytest.mark.parametrize(("rows", "cols"), [(128, 128), (8, 6), (30, 22), (7, 5), (1, 2)])
def test_an_ideal_tile_of_any_size_computes_what_the_digital_layer_computes(
    model, inputs, rows, cols
):
    analog = convert(model, Tile(mapping=PAIR, rows=rows, cols=cols), inputs)
    with torch.no_grad():
        torch.testing.assert_close(analog(inputs), model(inputs), rtol=1e-4, atol=1e-5)


def test_tiles_are_no_larger_than_asked_and_hold_every_weight_once(model, inputs):
    analog = convert(model, Tile(mapping=PAIR, rows=8, cols=6), inputs)
    layer = analog[1]
    assert layer.target.shape[2] <= 8
    assert layer.target.shape[3] <= 6
    assert layer.tiles == layer.target.shape[0] * layer.target.shape[1]
    assert int((layer.target > 0).sum()) == 30 * 11 * 2


def test_the_model_itself_is_left_as_it_was(model, inputs):
    before = copy.deepcopy(model.state_dict())
    convert(model, Tile(mapping=PAIR), inputs)
    assert isinstance(model[1], nn.Linear)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_a_lone_linear_layer_is_converted_too(inputs):
    layer = nn.Linear(6, 3, bias=False)
    analog = convert(layer, Tile(mapping=PAIR), inputs)
    assert isinstance(analog, Linear)
    torch.testing.assert_close(analog(inputs), layer(inputs), rtol=1e-4, atol=1e-6)
    assert analog(inputs).shape == (64, 5, 3)


def test_signed_inputs_and_signed_weights_keep_their_signs(generator):
    layer = nn.Linear(2, 1, bias=False)
    layer.weight.data = torch.tensor([[1.0, -0.5]])
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    analog = convert(layer, Tile(mapping=PAIR, dac=DAC(bits=12), adc=ADC(bits=12)), x)
    torch.testing.assert_close(analog(x), layer(x), rtol=0, atol=2e-3)


def test_a_converted_model_copies_saves_and_moves_like_any_other(model, inputs):
    analog = convert(model, Tile(mapping=PAIR, calibrator=ColumnGain()), inputs)
    again = copy.deepcopy(analog)
    again.load_state_dict(analog.state_dict())
    assert torch.equal(again(inputs), analog(inputs))
    assert analog.double()(inputs.double()).dtype == torch.float64


def test_wires_lose_current_and_a_gain_per_column_brings_most_of_it_back(model, inputs):
    wires = Crossbar(row_resistance=50.0, column_resistance=50.0)

    def error(tile):
        with torch.no_grad():
            return (convert(model, tile, inputs)(inputs) - model(inputs)).square().mean()

    raw = error(Tile(mapping=PAIR, crossbar=wires))
    repaired = error(Tile(mapping=PAIR, crossbar=wires, calibrator=ColumnGain()))
    assert repaired < raw / 10


def test_more_bits_come_nearer_to_the_digital_network(model, inputs):
    def error(bits):
        tile = Tile(mapping=PAIR, dac=DAC(bits=bits), adc=ADC(bits=bits))
        with torch.no_grad():
            return (convert(model, tile, inputs)(inputs) - model(inputs)).square().mean()

    assert error(4) > 50 * error(8) > 50 * 50 * error(12)


def test_folded_tiles_read_ohmic_cells_as_the_nodal_equations_do(model, inputs):
    tile = Tile(mapping=PAIR, rows=16, cols=6, crossbar=Crossbar(row_resistance=50.0))
    with torch.no_grad():
        folded = convert(model, tile, inputs)(inputs)
        nodal = convert(model, replace(tile, reader=Nodal()), inputs)(inputs)
    torch.testing.assert_close(folded, nodal, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cell", [Cell1T1R(), Cell1R(law=Sinh(scale=0.3))], ids=["1t1r", "sinh"])
def test_folding_cells_that_bend_is_the_nearer_the_smaller_the_voltages(model, inputs, cell):
    def error(read_voltage):
        tile = Tile(mapping=PAIR, read_voltage=read_voltage, crossbar=Crossbar(cell=cell))
        with torch.no_grad():
            folded = convert(model, tile, inputs).double()
            nodal = convert(model, replace(tile, reader=Nodal()), inputs).double()
            x = inputs.double()
            return float((folded[1](x.flatten(1)) - nodal[1](x.flatten(1))).abs().max())

    assert error(0.02) < error(0.2) / 5
    assert error(0.2) > 1e-5


def test_noise_differs_from_reading_to_reading_and_repeats_with_its_seed(model, inputs):
    noise = (WhiteNoise(sigma=1e-7), ThermalNoise(bandwidth=1e9))

    def readings(seed):
        tile = Tile(mapping=PAIR, rows=8, cols=6, noise=noise, noise_seed=seed)
        with torch.no_grad():
            analog = convert(model, tile, inputs)
            return analog(inputs), analog(inputs)

    first, second = readings(0)
    assert not torch.equal(first, second)
    assert all(map(torch.equal, readings(0), (first, second)))
    assert not torch.equal(readings(1)[0], first)


def test_the_noise_of_a_layer_is_that_of_its_currents(inputs):
    layer = nn.Linear(30, 4, bias=False)
    quiet = Tile(mapping=PAIR)
    loud = replace(quiet, noise=(WhiteNoise(sigma=1e-7),))
    x = inputs.flatten(1).repeat(200, 1)
    with torch.no_grad():
        noise = convert(layer, loud, x).currents(x) - convert(layer, quiet, x).currents(x)
    assert noise.std().item() == pytest.approx(1e-7, rel=0.01)


def test_an_amplifier_of_too_little_range_clips_the_currents(model, inputs):
    def largest(tia):
        analog = convert(model, Tile(mapping=PAIR, tia=tia), inputs)
        return analog[1].currents(inputs.flatten(1)).max().item()

    whole = largest(None)
    assert largest(TIA()) == pytest.approx(whole, rel=1e-5)
    assert largest(TIA(feedback_resistance=2.0 / whole)) == pytest.approx(whole / 2, rel=1e-5)


def test_a_pulse_writer_programs_every_cell_and_counts_the_cost(model, inputs):
    device = SoftBounds()
    writer = PulseWriter(device=device, programmer=NoiseFreeInverse().fit(device))
    mapping = DifferentialPair(g_min=12e-6, g_max=90e-6)
    analog = convert(model, Tile(mapping=mapping, rows=8, cols=6, writer=writer), inputs)
    layer = analog[1]
    cells = layer.target > 0
    torch.testing.assert_close(layer.conductance[cells], layer.target[cells], rtol=1e-3, atol=0)
    assert sum(int(w.pulses.sum()) for w in layer.written) == int(cells.sum())
    assert all((w.time > 0).all() and (w.energy > 0).all() for w in layer.written)
    assert (layer.conductance[~cells] == 0).all()


def test_tiles_have_different_cells_and_seeds_repeat(inputs, model):
    device = SoftBounds(cycle_noise=0.2)
    programmer = NoiseFreeInverse().fit(device)
    target = torch.full((4, 4), 50e-6, dtype=torch.float64)

    def write(seed, tile):
        writer = PulseWriter(device=device, programmer=programmer, seed=seed)
        return writer.write(target, tile=tile).conductance

    assert torch.equal(write(0, 0), write(0, 0))
    assert not torch.equal(write(0, 0), write(0, 1))
    assert not torch.equal(write(0, 0), write(1, 0))


def test_a_history_moves_the_cells_before_they_are_programmed_and_is_not_charged():
    device = SoftBounds(cycle_noise=0.3)
    programmer = NoiseFreeInverse().fit(device)
    target = torch.full((4, 4), 50e-6, dtype=torch.float64)
    fresh = PulseWriter(device=device, programmer=programmer)
    used = replace(fresh, history=Cycling(cycles=3, width=1e-6))
    once, again = (writer.write(target, tile=0) for writer in (fresh, used))
    assert not torch.equal(once.conductance, again.conductance)
    assert again.energy.mean() < 2 * once.energy.mean()


def test_an_ideal_writer_costs_nothing():
    written = IdealWriter().write(torch.full((2, 2), 1e-5), tile=0)
    assert written.pulses.sum() == written.time.sum() == written.energy.sum() == 0


def test_targets_the_device_cannot_reach_are_refused(model, inputs):
    device = SoftBounds(low=20e-6)
    writer = PulseWriter(device=device, programmer=NoiseFreeInverse().fit(device))
    with pytest.raises(ValueError, match=r"`target` must lie between 2e-05 and 0.0001 S.*Map the"):
        convert(model, Tile(mapping=PAIR, writer=writer), inputs)


def test_a_model_without_linear_layers_is_refused(inputs):
    with pytest.raises(ValueError, match="`model` must have a layer that can be converted"):
        convert(nn.Sequential(nn.Flatten()), Tile(mapping=PAIR), inputs)


def test_a_layer_that_the_inputs_never_reach_is_named(inputs):
    class Lazy(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.unused = nn.Linear(6, 2), nn.Linear(6, 2)

        def forward(self, x):
            return self.used(x)

    with pytest.raises(ValueError, match="does not call unused on `inputs`"):
        convert(Lazy(), Tile(mapping=PAIR), inputs)


def test_inputs_and_weights_that_are_not_finite_are_refused(model, inputs):
    with pytest.raises(ValueError, match="`inputs` must be finite"):
        convert(model, Tile(mapping=PAIR), inputs * torch.nan)
    model[1].weight.data[0, 0] = torch.inf
    with pytest.raises(ValueError, match="`weight` must be finite"):
        convert(model, Tile(mapping=PAIR), inputs)


def test_cells_that_are_written_again_go_on_from_their_state():
    device = SoftBounds(device_spread=0.3)
    scheme = NoiseFreeInverse(resolution=2e-3).fit(device)
    writer = PulseWriter(device=device, programmer=scheme, tolerance=0.01, max_pulses=10)
    target = torch.linspace(20e-6, 80e-6, 12, dtype=torch.float64).reshape(3, 4)
    first = writer.write(target, tile=0)
    again = writer.write(target, tile=0, before=1, last=first)
    assert torch.equal(again.conductance, first.conductance)  # all of them are there
    assert again.pulses.sum() == 0 < first.pulses.sum()
    assert again.energy.sum() == 0
    moved = writer.write(1.05 * target, tile=0, before=2, last=again)
    anew = writer.write(1.05 * target, tile=0, before=2)
    assert 0 < moved.time.sum() < 0.5 * anew.time.sum()


def test_a_layer_hands_its_cells_on_and_a_rewritten_one_gets_new_ones():
    device = SoftBounds()
    scheme = NoiseFreeInverse(resolution=2e-3).fit(device)
    writer = PulseWriter(device=device, programmer=scheme, tolerance=0.01, max_pulses=10)
    mapping = DifferentialPair(g_min=20e-6, g_max=80e-6)
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Linear(6, 5)), torch.rand(4, 6)
    analog = convert(model, Tile(mapping=mapping, rows=4, cols=6, writer=writer), x)
    layer = analog[0]
    before = [written.cells for written in layer.written]
    with torch.no_grad():
        layer.weight[0, 0] *= 0.9
    analog(x)
    assert layer.times_written == 2
    assert [written.cells for written in layer.written] == before
    assert sum(int(written.pulses.sum()) for written in layer.written) <= 2
    kept = copy.deepcopy(analog)[0].written[0].cells
    assert kept is not before[0]
    assert torch.equal(kept.read(), before[0].read())
    rewrite(analog, writer)
    assert all(w.cells is not b for w, b in zip(layer.written, before, strict=True))
    analog.load_state_dict(analog.state_dict())
    assert all(written.cells is None for written in layer.written)


def test_some_cells_that_are_written_again_and_again_are_the_same_ones():
    device = SoftBounds()
    scheme = NoiseFreeInverse(resolution=2e-3).fit(device)
    writer = PulseWriter(device=device, programmer=scheme, tolerance=0.01, max_pulses=10)
    mapping = DifferentialPair(g_min=20e-6, g_max=80e-6)
    tile = Tile(mapping=mapping, rows=2, cols=4, writer=writer)
    layer = convert(nn.Sequential(nn.Linear(4, 3)), tile, torch.rand(4, 4))[0]
    benches = [written.cells for written in layer.written]
    assert len(benches) == 4
    before = torch.cat([bench.energy.flatten() for bench in benches])
    cells = torch.tensor([[0, 3], [9, 17]])  # in three of the four tiles
    target = torch.full((2, 2), 50e-6, dtype=torch.float64)
    held = layer.write_cells(cells, target)
    torch.testing.assert_close(held, target.float(), rtol=0.011, atol=0)
    assert torch.equal(layer.target.flatten()[cells], target.float())
    after = torch.cat([bench.energy.flatten() for bench in benches])
    spent = after - before
    # The second tile has one output, and so half of the cells.
    assert spent.nonzero().flatten().tolist() == [0, 3, 9, 13]
    # A second time nothing is left to do, and a little further costs little.
    assert torch.equal(layer.write_cells(cells, target), held)
    again = torch.cat([bench.energy.flatten() for bench in benches])
    assert torch.equal(again, after)
    moved = layer.write_cells(cells, 1.05 * target)
    torch.testing.assert_close(moved, 1.05 * target.float(), rtol=0.011, atol=0)
    assert [written.cells for written in layer.written] == benches
    further = torch.cat([bench.energy.flatten() for bench in benches]) - again
    assert 0 < further.sum() < 0.5 * spent.sum()

"""What models cost, against sums by hand."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from mho import ADC, DAC, NoiseFreeInverse
from mho.calibration import Affine
from mho.devices import SoftBounds
from mho.nn import (
    DifferentialPair,
    Electronics,
    ErrorWriter,
    Inference,
    Offset,
    Programming,
    PulseWriter,
    Tile,
    Written,
    convert,
    cost,
)
from mho.programming import phase_change_error

PARTS = Electronics(
    settling=1e-7,
    conversion_time=1e-9,
    columns_per_converter=3,
    step_energy=1e-14,
    multiplication_energy=1e-12,
)
ONE = Tile(mapping=Offset(g_min=10e-6, g_max=90e-6))


def linear(rows, columns):
    layer = nn.Linear(rows, columns, bias=False)
    nn.init.ones_(layer.weight)
    return nn.Sequential(layer)


def test_one_cell_takes_what_ohm_and_the_converters_say():
    x = torch.tensor([[1.0], [0.5]])
    answer = cost(convert(linear(1, 1), ONE, x), x, electronics=PARTS).inference
    time = 1e-7 + 1e-9
    # 0.2 V and 0.1 V on 90 uS.
    assert answer.cell_energy == pytest.approx(90e-6 * (0.2**2 + 0.1**2) / 2 * time)
    assert answer.converter_energy == pytest.approx(2 * 256 * 1e-14)
    assert answer.digital_energy == pytest.approx(1e-12)
    assert (answer.vectors, answer.conversions, answer.multiplications) == (1, 2, 1)
    assert answer.time == pytest.approx(time)
    assert answer.energy == pytest.approx(
        answer.cell_energy + answer.converter_energy + answer.digital_energy
    )


def test_tiles_of_a_layer_work_at_the_same_time_and_layers_after_each_other():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 4, bias=False), nn.Linear(4, 2, bias=False))
    tile = Tile(mapping=DifferentialPair(g_min=10e-6, g_max=90e-6), rows=4, cols=4)
    x = torch.rand(3, 5)
    answer = cost(convert(model, tile, x), x, electronics=PARTS)
    first, second = answer.layers["0"], answer.layers["1"]
    # 5 x 4 weights on 2 x 2 tiles of 2 outputs, which have 3 and 2 rows; 4 x 2 on one tile.
    assert (first.tiles, first.cells, second.tiles, second.cells) == (4, 40, 1, 16)
    assert first.inference.conversions == 2 * 5 + 4 * 4
    assert second.inference.conversions == 4 + 4
    # Three columns are converted one after the other, in place of all four.
    assert first.inference.time == pytest.approx(1e-7 + 3e-9)
    assert answer.inference.time == pytest.approx(2 * (1e-7 + 3e-9))
    assert answer.inference.energy == pytest.approx(
        first.inference.energy + second.inference.energy
    )


def test_pairs_subtracted_before_take_half_the_converters_and_their_time():
    torch.manual_seed(0)
    x, range_ = torch.rand(3, 5), {"g_min": 10e-6, "g_max": 90e-6}
    pair, before = (
        cost(convert(linear(5, 3), Tile(mapping=mapping, rows=4, cols=4), x), x, electronics=PARTS)
        for mapping in (DifferentialPair(**range_), DifferentialPair(**range_, analog=True))
    )
    # 5 rows on 2 x 2 tiles of two outputs and of one.
    assert pair.inference.conversions == 2 * 5 + 2 * 6
    assert before.inference.conversions == 2 * 5 + 2 * 3
    assert before.inference.time == pytest.approx(1e-7 + 2e-9)


def test_a_convolution_reads_a_vector_for_each_place():
    model, x = nn.Sequential(nn.Conv2d(1, 2, 3, bias=False)), torch.rand(20, 1, 6, 5)
    analog = convert(model, ONE, x)
    answer = cost(analog, x, electronics=PARTS).inference
    assert answer.vectors == 4 * 3
    assert answer.time == pytest.approx(12 * (1e-7 + 2e-9))
    squares = analog[0].voltages(x).double().square().sum((0, 1, 2))
    by_hand = squares @ analog[0].conductance.double().sum((0, 1, 3)) / 20
    assert answer.cell_energy == pytest.approx(float(by_hand) * (1e-7 + 2e-9))


def test_converters_of_more_bits_and_repairs_take_more():
    x = torch.rand(30, 4)
    tile = replace(ONE, dac=DAC(bits=6), adc=ADC(bits=10), calibrator=Affine())
    answer = cost(convert(linear(4, 3), tile, x), x, electronics=PARTS).inference
    assert answer.converter_energy == pytest.approx((4 * 2**6 + 3 * 2**10) * 1e-14)
    assert answer.multiplications == 3 * 3 + 3


def test_programming_is_the_sum_of_what_was_written_and_the_slowest_tile():
    pulses = torch.tensor([[1.0, 3.0], [0.0, 2.0]])
    time, energy = 1e-6 * pulses, 1e-12 * pulses
    tile = Written(torch.ones(2, 2), pulses, time, energy)
    half = Written(torch.ones(2, 2), pulses / 2, time / 2, energy / 2)
    taken = Programming.of([half, tile], read_time=1e-7)
    assert taken.pulses == 9
    assert taken.energy == pytest.approx(9e-12)
    assert taken.cell_time == pytest.approx(6e-6 + (2 + 4 + 0 + 3) * 1e-7)
    assert taken.row_time == pytest.approx(3e-6 + 2e-6 + (4 + 3) * 1e-7)


def test_what_was_written_for_nothing_costs_nothing_and_what_was_drawn_is_unknown():
    x = torch.rand(2, 4)
    ideal = cost(convert(linear(4, 3), ONE, x), x).programming
    assert (ideal.pulses, ideal.energy, ideal.cell_time, ideal.row_time) == (0, 0, 0, 0)
    drawn = replace(
        ONE,
        mapping=DifferentialPair(g_min=1e-6, g_max=20e-6),
        writer=ErrorWriter(error=phase_change_error()),
    )
    told = cost(convert(linear(4, 3), drawn, x), x)
    assert math.isnan(told.programming.pulses)
    assert "programming: unknown" in str(told)


def test_a_printed_cost_has_what_a_reader_wants_to_know():
    device = SoftBounds(cycle_noise=0.1)
    writer = PulseWriter(
        device=device, programmer=NoiseFreeInverse(resolution=2e-3).fit(device), max_pulses=10
    )
    x = torch.rand(4, 6)
    analog = convert(linear(6, 5), replace(ONE, writer=writer), x)
    told = cost(analog, x)
    assert told.programming.pulses == sum(int(w.pulses.sum()) for w in analog[0].written)
    assert told.programming.row_time < told.programming.cell_time
    text = str(told)
    for word in ("30 cells on 1 tiles", "pulses, ", "row by row", "an input: ", "    0: "):
        assert word in text


def test_a_model_without_tiles_is_refused():
    with pytest.raises(ValueError, match="`model` must have layers on tiles, but is Sequential"):
        cost(linear(2, 2), torch.rand(1, 2))
    with pytest.raises(ValueError, match="`settling` must be at least 0"):
        Electronics(settling=-1.0)
    assert Inference.together([]).energy == 0

"""Optimisers of weights in cells: what moves, how far, and that networks learn by it."""

import copy
from dataclasses import replace

import pytest
import torch
from torch import nn

from mho.core.random import generator
from mho.crossbar import ADC, DAC, Crossbar
from mho.devices import SoftBounds
from mho.devices.steps import ExponentialStep, LinearStep, PowerStep, StepSpread
from mho.nn import (
    BitSlices,
    ColumnRange,
    DifferentialPair,
    FixedRange,
    LevelWriter,
    Offset,
    ReferenceColumn,
    Tile,
    convert,
    recalibrate,
)
from mho.nn.optim import (
    Chopped,
    Coincidences,
    LevelSteps,
    MixedPrecision,
    Nearest,
    PulsedSGD,
    PulseSteps,
    RewritingSGD,
    Rounded,
    TikiTaka,
    Turned,
)
from mho.nn.optim.moves import Moves

LOW, HIGH = 10e-6, 100e-6
RANGE = {"g_min": LOW, "g_max": HIGH, "weights": FixedRange(bound=1.0)}
SOFT = PowerStep(low=LOW, high=HIGH, up_step=0.01, up_power=1.0, down_step=0.01, down_power=1.0)
CONSTANT = LinearStep(
    low=LOW, high=HIGH, up_first=0.01, up_last=0.01, down_first=0.01, down_last=0.01
)


@pytest.fixture
def points():
    """Points of four classes, and their labels."""
    source = generator(0)
    centres = torch.randn(4, 12, generator=source)
    labels = torch.arange(400) % 4
    return centres[labels] + 0.7 * torch.randn(400, 12, generator=source), labels


def network():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 4))


def converted(mapping=None, **tile):
    mapping = mapping or DifferentialPair(**RANGE)
    inputs = torch.randn(50, 12, generator=generator(1))
    return convert(network(), Tile(mapping=mapping, rows=8, cols=12, **tile), inputs)


def learn(model, optimiser, points, updates):
    images, labels = points
    for update in range(updates):
        if update % 10 == 0:
            recalibrate(model, images)
        chosen = torch.arange(update * 20, update * 20 + 20) % len(labels)
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(images[chosen]), labels[chosen]).backward()
        optimiser.step()
    with torch.no_grad():
        return (model(images).argmax(1) == labels).float().mean().item()


@pytest.mark.parametrize(
    "mapping", [DifferentialPair(**RANGE), Offset(**RANGE), ReferenceColumn(**RANGE)]
)
@pytest.mark.parametrize("crossbar", [Crossbar.ideal(), Crossbar()])
def test_weights_are_what_the_pulsed_cells_hold(points, mapping, crossbar):
    model = converted(mapping, crossbar=crossbar)
    first = model[0].conductance.clone()
    optimiser = PulsedSGD(model, 0.5, steps=PulseSteps(device=SOFT))
    learn(model, optimiser, points, 5)
    for layer in optimiser.layers:
        weight, kernel, effective = (
            getattr(layer, name).detach().clone() for name in ("weight", "kernel", "effective")
        )
        layer.fold()
        torch.testing.assert_close(weight, layer.kernel, atol=2e-6, rtol=0)
        torch.testing.assert_close(kernel, layer.kernel, atol=2e-6, rtol=0)
        torch.testing.assert_close(effective, layer.effective)
        assert layer.times_written == 1
    assert (model[0].conductance != first).any()


@pytest.mark.parametrize(
    ("mapping", "steps_of_range"), [(DifferentialPair(**RANGE), 1), (Offset(**RANGE), 2)]
)
def test_one_step_of_a_constant_cell_moves_a_weight_by_its_size(mapping, steps_of_range):
    model = converted(mapping)
    optimiser = PulsedSGD(model, 1.0, steps=PulseSteps(device=CONSTANT), train=Nearest())
    layer = optimiser.layers[0]
    size = optimiser.steps[0].size
    # Both cells of a pair step by a hundredth of the range; a lone cell spans both signs.
    assert size.tolist() == pytest.approx([0.02], rel=1e-5)
    before = layer.weight.detach().clone()
    layer.weight.grad = torch.zeros_like(before)
    layer.weight.grad[0, 0], layer.weight.grad[1, 2] = -0.061, 0.009
    optimiser.step()
    moved = layer.weight.detach() - before
    # A cell of a pair that is at its lower bound cannot go lower.
    assert moved[0, 0].item() == pytest.approx(0.03 * steps_of_range, abs=0.0301)
    moved[0, 0] = 0.0
    assert not moved.any()


def test_soft_bounds_in_a_pair_draw_a_weight_to_its_bound_and_never_past():
    model = converted()
    optimiser = PulsedSGD(model, 1.0, steps=PulseSteps(device=SOFT), train=Nearest(most=10))
    layer = optimiser.layers[0]
    expected = layer.weight.detach().clone()
    layer.weight.grad = torch.full_like(expected, -10.0)
    for _ in range(30):
        optimiser.step()
        # Each of ten pulses takes both cells a hundredth of the way to their bounds.
        expected = 1.0 - (1.0 - expected) * 0.99**10
        torch.testing.assert_close(layer.weight.detach(), expected, atol=1e-5, rtol=0)
    assert (layer.weight <= 1.0).all()


def test_rounded_trains_are_right_on_average():
    wide = nn.Linear(400, 500)
    counts = Rounded().of(wide, generator(3))
    gradient = torch.full((200_000,), 0.3)
    moves = counts.moves(gradient, torch.tensor([-5.0]))
    total = torch.zeros(len(gradient)).index_add(0, moves.weights, moves.steps.float())
    assert total.mean().item() == pytest.approx(-1.5, abs=0.005)
    assert set(total.unique().tolist()) == {-2.0, -1.0}
    longest = Rounded(most=4).of(wide, generator(3)).moves(gradient, torch.tensor([100.0]))
    assert longest.steps.unique().tolist() == [4]


def test_mixed_precision_keeps_what_does_not_fill_a_step():
    tile = Tile(mapping=Offset(**RANGE), writer=LevelWriter(low=LOW, high=HIGH, levels=21))
    model = convert(network(), tile, torch.randn(50, 12, generator=generator(1)))
    optimiser = MixedPrecision(model, 1.0, steps=LevelSteps(levels=21))
    layer = optimiser.layers[0]
    before = layer.weight.detach().clone()
    # The levels are a tenth of the largest weight apart.
    layer.weight.grad = torch.full_like(before, -0.03)
    for _ in range(3):
        optimiser.step()
        assert torch.equal(layer.weight.detach(), before)
    optimiser.step()
    torch.testing.assert_close(layer.weight.detach(), before.mul(10).round().div(10) + 0.1)
    assert torch.equal(layer.kernel, layer.weight.detach())
    sums = optimiser.state[layer.weight]["sum"]
    torch.testing.assert_close(sums, torch.full_like(sums, 0.2), atol=1e-5, rtol=0)


def test_rewriting_forgets_what_is_less_than_half_a_level():
    tile = Tile(mapping=Offset(**RANGE), writer=LevelWriter(low=LOW, high=HIGH, levels=21))
    model = convert(network(), tile, torch.randn(50, 12, generator=generator(1)))
    optimiser = RewritingSGD(model, 1.0)
    layer = optimiser.layers[0]
    before = layer.kernel.clone()
    for gradient, steps in ((-0.04, 0), (-0.06, 1)):
        layer.weight.grad = torch.full_like(before, gradient)
        for times in range(1, 4):
            optimiser.step()
            moved = 0.1 * steps * times
            torch.testing.assert_close(layer.weight.detach(), before + moved)


@pytest.mark.parametrize(
    "make",
    [
        lambda model: PulsedSGD(model, 0.2, steps=PulseSteps(device=SOFT)),
        lambda model: PulsedSGD(model, 0.2, steps=PulseSteps(device=noisy(CONSTANT))),
        lambda model: PulsedSGD(
            model, 0.2, steps=PulseSteps(device=noisy(SOFT)), train=Coincidences(length=15)
        ),
        lambda model: PulsedSGD(
            model, 0.2, steps=PulseSteps(device=noisy(ExponentialStep(low=LOW, high=HIGH)))
        ),
        lambda model: PulsedSGD(
            model, 0.2, steps=PulseSteps(device=SoftBounds(low=LOW, high=HIGH), width=20e-9)
        ),
        lambda model: MixedPrecision(model, 0.2, steps=LevelSteps(levels=64)),
        lambda model: MixedPrecision(model, 0.2, steps=PulseSteps(device=SOFT)),
        lambda model: RewritingSGD(model, 0.2),
        lambda model: TikiTaka(
            model,
            0.5,
            steps=PulseSteps(device=SOFT),
            fast=PulseSteps(device=noisy(SOFT)),
            columns=4,
            gain=0.5,
        ),
        lambda model: TikiTaka(
            model,
            0.5,
            steps=PulseSteps(device=SOFT),
            fast=PulseSteps(device=noisy(SOFT)),
            columns=4,
            gain=0.5,
            zero=Chopped(readings=3),
        ),
    ],
)
def test_networks_learn(points, make):
    model = converted(dac=DAC(), adc=ADC(bits=10))
    before = (model(points[0]).argmax(1) == points[1]).float().mean().item()
    after = learn(model, make(model), points, 80)
    assert before < 0.5
    assert after > 0.85


def tiki_taka(model, zero):
    soft = PulseSteps(device=SOFT)
    return TikiTaka(model, 0.5, steps=soft, fast=soft, columns=12, gain=0.5, zero=zero)


def noisy(device):
    return replace(
        device,
        cycle_noise=0.2,
        added_noise=0.001,
        write_noise=0.002,
        device_spread=StepSpread(step=0.2, asymmetry=0.05, high=0.05),
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda model: PulsedSGD(model, 0.2, steps=PulseSteps(device=noisy(SOFT))),
        lambda model: PulsedSGD(
            model, 0.2, steps=PulseSteps(device=SoftBounds(low=LOW, high=HIGH), width=20e-9)
        ),
        lambda model: MixedPrecision(model, 0.2, steps=LevelSteps(levels=64)),
        lambda model: tiki_taka(model, Turned(turns=3)),
        lambda model: tiki_taka(model, Chopped(readings=2)),
    ],
)
def test_a_checkpoint_goes_on_as_if_nothing_had_happened(points, make):
    model = converted()
    optimiser = make(model)
    learn(model, optimiser, points, 5)
    stored = copy.deepcopy((model.state_dict(), optimiser.state_dict()))
    learn(model, optimiser, points, 5)
    other = converted()
    again = make(other)
    other.load_state_dict(stored[0])
    again.load_state_dict(stored[1])
    learn(other, again, points, 5)
    for one, two in zip(optimiser.layers, again.layers, strict=True):
        torch.testing.assert_close(one.weight, two.weight, atol=1e-6, rtol=0)


def test_schedules_and_digital_parameters_work_as_in_torch(points):
    model = converted()
    optimiser = PulsedSGD(model, 0.2, steps=PulseSteps(device=SOFT))
    schedule = torch.optim.lr_scheduler.StepLR(optimiser, 1, gamma=0.0)
    learn(model, optimiser, points, 1)
    schedule.step()
    state = [p.detach().clone() for p in model.parameters()]
    assert len(state) == 4
    learn(model, optimiser, points, 1)
    assert all(torch.equal(a, b) for a, b in zip(state, model.parameters(), strict=True))


def test_scales_of_columns_are_respected():
    mapping = DifferentialPair(g_min=LOW, g_max=HIGH, weights=ColumnRange())
    model = converted(mapping)
    size = PulsedSGD(model, 1.0, steps=PulseSteps(device=SOFT)).steps[0].size
    largest = network()[0].weight.abs().amax(1)
    torch.testing.assert_close(size.reshape(16, 12), 0.01 * largest[:, None].expand(16, 12))


def test_ranges_of_converters_follow_weights_that_grow():
    model = converted(adc=ADC(bits=12))
    with torch.no_grad():
        for layer in (model[0], model[2]):
            layer.weight.mul_(3.0)
    inputs = torch.randn(50, 12, generator=generator(1))
    digital = network()
    with torch.no_grad():
        for layer in (digital[0], digital[2]):
            layer.weight.mul_(3.0)
        wanted = digital(inputs)
        clipped = (model(inputs) - wanted).abs().max()
        recalibrate(model, inputs)
        fitted = (model(inputs) - wanted).abs().max()
    assert fitted < 0.05 < clipped


def test_fitting_ranges_again_leaves_every_part_in_its_mode():
    model = nn.Sequential(converted(), nn.Dropout(), nn.Dropout()).train()
    model[1].eval()
    before = [module.training for module in model.modules()]
    recalibrate(model, torch.randn(50, 12, generator=generator(1)))
    assert [module.training for module in model.modules()] == before


def test_what_cannot_be_trained_is_refused():
    with pytest.raises(ValueError, match="`model` must have layers on tiles"):
        RewritingSGD(network(), 0.1)
    with pytest.raises(ValueError, match="hold weights in one piece"):
        RewritingSGD(converted(slicing=BitSlices()), 0.1)
    with pytest.raises(ValueError, match="`width` must be that of a pulse"):
        PulseSteps(device=SoftBounds())
    with pytest.raises(ValueError, match="`levels` must be at least 2"):
        LevelSteps(levels=1)
    with pytest.raises(ValueError, match="`lr` must be at least 0"):
        RewritingSGD(converted(), -1.0)


def test_a_zero_that_is_off_moves_weights_unless_gradients_change_sign():
    moved = {}
    for zero in (Turned(turns=0), Chopped(readings=4)):
        optimiser = tiki_taka(converted(), zero)
        before = optimiser.layers[0].weight.detach().clone()
        # Steps up that nobody knows of: what the array holds is no sum of gradients.
        cells = optimiser._fast[0].cells
        cells.pulse(Moves.all_by(before.numel(), 3))
        for _ in range(20):
            for layer in optimiser.layers:
                layer.weight.grad = torch.zeros_like(layer.weight)
            optimiser.step()
        moved[type(zero)] = (optimiser.layers[0].weight - before).abs().max().item()
    assert moved[Chopped] == 0.0
    assert moved[Turned] > 0.05


def test_trains_of_pulses_meet_as_often_as_the_gradient_asks_for():
    inputs, wanted = torch.randn(6, 12, generator=generator(2)), torch.zeros(4, 16)
    model = converted()
    optimiser = PulsedSGD(model, 0.05, steps=PulseSteps(device=CONSTANT), train=Coincidences())
    layer, counts = optimiser.layers[0], optimiser._counts[0]
    met, times = torch.zeros(layer.weight.numel()), 400
    per_step = -0.05 / optimiser.steps[0].size
    for _ in range(times):
        layer.weight.grad = None
        (layer(inputs)[:4] - wanted).square().mean().backward()
        moves = counts.moves(layer.weight.grad.flatten(), per_step)
        met[moves.weights] += moves.steps
    due = layer.weight.grad.flatten() * per_step
    assert due.abs().max() > 0.3
    torch.testing.assert_close(met / times, due, atol=0.1, rtol=0.1)
    assert counts.moves(layer.weight.grad.flatten(), per_step).weights.numel() == 0


def test_trains_of_pulses_are_for_linear_layers_with_steps_of_one_size():
    convolution = nn.Sequential(nn.Conv1d(1, 2, 3))
    tile = Tile(mapping=DifferentialPair(**RANGE))
    steps = PulseSteps(device=SOFT)
    model = convert(convolution, tile, torch.rand(5, 1, 8))
    with pytest.raises(ValueError, match="`train` must meet linear layers"):
        PulsedSGD(model, 0.1, steps=steps, train=Coincidences())
    uneven = converted(DifferentialPair(g_min=LOW, g_max=HIGH, weights=ColumnRange()))
    optimiser = PulsedSGD(uneven, 0.1, steps=steps, train=Coincidences())
    uneven(torch.rand(3, 12)).sum().backward()
    with pytest.raises(ValueError, match="`steps` must move all weights of a layer by steps of"):
        optimiser.step()

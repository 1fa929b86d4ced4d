"""Tiles written by sampling a fitted error, beside tiles written pulse by pulse."""

import pytest
import torch
from torch import nn

from mho import NoiseFreeInverse, SimulatedBench, program
from mho.devices import SoftBounds
from mho.nn import DifferentialPair, ErrorWriter, PulseWriter, Tile, convert
from mho.programming import KnotGrid, Origin, Outcomes, ProgramError, phase_change_error

DEVICE = SoftBounds(cycle_noise=0.3)
INVERSE = NoiseFreeInverse(resolution=2e-3).fit(DEVICE)
PAIR = DifferentialPair(g_min=12e-6, g_max=90e-6)


@pytest.fixture(scope="module")
def error():
    source = torch.Generator().manual_seed(3)
    target = 12e-6 + 78e-6 * torch.rand(1, 20_000, dtype=torch.float64, generator=source)
    bench = SimulatedBench(DEVICE, (1, 20_000), seed=1)
    result = program(bench, INVERSE, target, tolerance=0.0, max_pulses=1)
    origin = Origin(scheme="one pulse", device=f"{DEVICE}", outcomes="20000 cells")
    grid = KnotGrid.over(12e-6, 90e-6)
    return ProgramError.fit(Outcomes.of_results(result, grid=grid), origin=origin)


@pytest.fixture
def target(generator):
    return 12e-6 + 78e-6 * torch.rand(200, 100, dtype=torch.float64, generator=generator)


def test_a_fitted_error_writes_what_the_pulses_write_on_average(error, target):
    drawn = ErrorWriter(error=error).write(target, tile=0).conductance - target
    pulsed = PulseWriter(device=DEVICE, programmer=INVERSE, tolerance=0.0).write(target, tile=0)
    missed = pulsed.conductance - target
    for low in (12e-6, 38e-6, 64e-6):
        own = (target >= low) & (target < low + 26e-6)
        assert drawn[own].std().item() == pytest.approx(missed[own].std().item(), rel=0.06)
        assert drawn[own].mean().item() == pytest.approx(
            missed[own].mean().item(), abs=0.1 * missed[own].std().item()
        )


def test_tiles_differ_and_repeat_with_their_number_and_seed(error, target):
    writer = ErrorWriter(error=error)
    first = writer.write(target, tile=0).conductance
    assert torch.equal(first, writer.write(target, tile=0).conductance)
    assert not torch.equal(first, writer.write(target, tile=1).conductance)
    assert not torch.equal(
        first, ErrorWriter(error=error, seed=1).write(target, tile=0).conductance
    )


def test_what_the_pulses_cost_is_unknown_and_not_nothing(error, target):
    written = ErrorWriter(error=error).write(target, tile=0)
    for cost in (written.pulses, written.time, written.energy):
        assert cost.shape == target.shape
        assert cost.isnan().all()


def test_a_model_is_converted_with_an_error_out_of_a_file(error, tmp_path, generator):
    error.save(tmp_path / "error.toml")
    writer = ErrorWriter(error=ProgramError.load(tmp_path / "error.toml"))
    torch.manual_seed(0)
    layer, inputs = nn.Linear(20, 5), torch.rand(50, 20, generator=generator)
    with torch.no_grad():
        ideal = convert(layer, Tile(mapping=PAIR), inputs)(inputs)
        missed = convert(layer, Tile(mapping=PAIR, writer=writer), inputs)(inputs) - ideal
    assert 1e-3 < missed.abs().mean() < 0.5


def test_a_mapping_wider_than_what_the_error_was_fitted_over_is_refused(error):
    tile = Tile(mapping=DifferentialPair(g_min=11e-6, g_max=90e-6), writer=ErrorWriter(error=error))
    with pytest.raises(ValueError, match=r"`target` must lie between 1\.2e-05 and 9e-05 S"):
        convert(nn.Linear(4, 2), tile, torch.ones(3, 4))


@pytest.mark.parametrize(("share", "sigma"), [(0.2, 0.6096e-6), (0.5, 0.9527e-6), (1.0, 1.0554e-6)])
def test_phase_change_cells_miss_as_published(share, sigma):
    target = torch.full((300, 300), share * 25e-6, dtype=torch.float64)
    missed = ErrorWriter(error=phase_change_error()).write(target, tile=0).conductance - target
    assert missed.std().item() == pytest.approx(sigma, rel=0.02)
    assert missed.mean().item() == pytest.approx(0.0, abs=0.02 * sigma)
    assert ((missed / sigma) ** 4).mean().item() == pytest.approx(3.0, rel=0.05)

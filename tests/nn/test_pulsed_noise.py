"""Compiled pulses draw independent normal noise, however many steps a weight takes."""

import pytest
import torch

from mho.devices.steps import LinearStep
from mho.nn.optim.cells import StepCells
from mho.nn.optim.moves import Moves

WEIGHTS = 40_000
SIGMA = 0.3
STEP = 1e-3


@pytest.mark.parametrize("steps", [1, 2, 3, -4])
@pytest.mark.parametrize("cells", [1, 2, 3])
def test_each_step_of_each_cell_has_noise_of_its_own(cells, steps, generator):
    alike = {"up_first": STEP, "up_last": STEP, "down_first": STEP, "down_last": STEP}
    device = LinearStep(low=10e-6, high=100e-6, cycle_noise=SIGMA, **alike)
    middle = torch.full((WEIGHTS, cells), 55e-6, dtype=torch.float64)
    pulsed = StepCells(device, (1, -1, 1)[:cells], middle, generator)
    before = pulsed.state["share"].clone().double()
    pulsed.pulse(Moves.all_by(WEIGHTS, steps))
    change = (pulsed.state["share"].double() - before).abs() / STEP
    count = abs(steps)
    assert (change.mean(0) / count - 1).abs().max() < 5 * SIGMA / WEIGHTS**0.5
    spread = change.std(0) / (SIGMA * count**0.5)
    assert (spread - 1).abs().max() < 0.02
    normal = (change - count) / (SIGMA * count**0.5)
    following = torch.cat([normal[:-2], normal[1:-1], normal[2:]], 1)
    assert (torch.corrcoef(following.T) - torch.eye(3 * cells)).abs().max() < 6 / WEIGHTS**0.5

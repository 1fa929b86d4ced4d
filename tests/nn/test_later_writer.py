"""Cells some time after they were written."""

import math

import pytest
import torch

from mho.devices.time import Drift, Relaxation
from mho.nn import IdealWriter, LaterWriter

TARGET = torch.linspace(1e-6, 40e-6, 400, dtype=torch.float64).reshape(20, 20)


def later(effect, time, **settings):
    writer = LaterWriter(writer=IdealWriter(), effect=effect, time=time, **settings)
    return writer.write(TARGET, tile=0).conductance


def test_cells_that_drift_fall_as_a_power_of_the_time():
    drift = Drift(exponent=0.05, spread=0.0, onset=1.0)
    expected = TARGET * (1 + 1e4) ** -0.05
    torch.testing.assert_close(later(drift, 1e4), expected, rtol=1e-9, atol=0)


def test_no_time_changes_nothing():
    torch.testing.assert_close(later(Drift(), 0.0), TARGET)


def test_cells_drift_apart_and_repeat_with_seed_and_tile():
    drift = Drift(exponent=0.05, spread=0.01, onset=1.0)
    exponents = -(later(drift, 1e4) / TARGET).log() / math.log(1 + 1e4)
    assert exponents.std().item() == pytest.approx(0.01, rel=0.1)
    assert torch.equal(later(drift, 1e4), later(drift, 1e4))
    assert not torch.equal(later(drift, 1e4, seed=1), later(drift, 1e4))


def test_any_effect_will_do():
    spread = (later(Relaxation.preset("tech_c"), 1e5) - TARGET).std()
    assert spread > (later(Relaxation.preset("tech_c"), 1e-2) - TARGET).std()

"""Relaxation models fitted to measured relaxation."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.core.check import argument_error, check_number, check_range, check_shape
from mho.core.random import generator

from .relaxation import Relaxation


@dataclass(frozen=True)
class RelaxationMeasurement:
    """Conductances of many cells, each read at the same times after it was programmed.

    Args:
        time: (times,), s. Since programming; the first is 0.
        level: (cells,), 1. Whole number of the level that each cell was programmed to.
        conductance: (cells, times), S. NaN where a cell was not read.
    """

    time: Tensor
    level: Tensor
    conductance: Tensor

    def __post_init__(self) -> None:
        check_shape("time", self.time, "(times)")
        check_shape("level", self.level, "(cells)")
        cells, times = len(self.level), len(self.time)
        check_shape("conductance", self.conductance, "(cells, times)", cells=cells, times=times)
        if self.time[0] != 0 or (self.time.diff() <= 0).any():
            raise argument_error("time", "start at 0 and rise", f"is {self.time.tolist()}")
        if self.conductance[:, 0].isnan().any():
            raise argument_error("conductance", "be read at time 0 in every cell", "has NaN there")

    def where(self, cells: Tensor) -> "RelaxationMeasurement":
        """The measurement of some of the cells.

        Args:
            cells: (cells,), bool. Cells to keep.
        """
        return RelaxationMeasurement(self.time, self.level[cells], self.conductance[cells])

    def complete(self) -> "RelaxationMeasurement":
        """The measurement at the times at which at least nine tenths of the cells were read.

        Cells are seldom left out by chance. Levels of fewer than 50 cells are left out, too.
        """
        read = self.conductance.isnan().double().mean(0) < 0.1
        crowded = self.level.bincount()[self.level] >= 50
        return RelaxationMeasurement(
            self.time[read], self.level[crowded], self.conductance[crowded][:, read]
        )


def fit_relaxation(
    measurement: RelaxationMeasurement, *, ceiling: float, levels: tuple[float, ...]
) -> Relaxation:
    """The relaxation that describes a measurement.

    Spread, onset and drift follow from variance and mean at each level and time, the bursts from
    the likelihood of the single displacements, permanence and memory from the covariance between
    times.

    Args:
        measurement: Cells of several levels, read at two times or more after programming.
        ceiling: S. Upper wall of the model, above every conductance measured.
        levels: Conductances over the ceiling at which drift and spread are fitted.
    """
    known = measurement.complete()
    conductance = known.conductance[known.conductance.isfinite()]
    check_range("conductance", conductance, 0.0, ceiling, unit="S")
    check_number("times", len(known.time) - 1, low=2)
    start = Relaxation(
        ceiling=ceiling,
        levels=levels,
        drift=(0.0,) * len(levels),
        spread=(0.02,) * len(levels),
        onset=known.time[1].item(),
        bursts=0.5,
        burstiness=1.0,
        permanence=1.0,
        memory=1.0,
    )
    measured = _Displacements.of(start, known)
    model = _with_spread(start, measured)
    for refined in (_with_drift, _with_bursts, _with_memory):
        model = refined(model, measured)
    return model


@dataclass(frozen=True)
class _Displacements:
    """Displacements of the angle, (cells, times), and their moments, (groups, times)."""

    level: Tensor
    group: Tensor
    time: Tensor
    value: Tensor
    count: Tensor
    mean: Tensor
    variance: Tensor

    @classmethod
    def of(cls, model: Relaxation, known: RelaxationMeasurement) -> "_Displacements":
        angle = model.angle(known.conductance.nan_to_num(0.0))
        value = (angle[:, 1:] - angle[:, :1]).where(~known.conductance[:, 1:].isnan(), torch.nan)
        names, group = known.level.unique(return_inverse=True)
        members = torch.nn.functional.one_hot(group, len(names)).double().T
        count = members @ (~value.isnan()).double()
        mean = members @ value.nan_to_num(0.0) / count
        square = members @ (value - mean[group]).nan_to_num(0.0).square()
        start = known.conductance[:, 0] / model.ceiling
        level = members @ start / members.sum(1)
        return cls(level, group, known.time[1:], value, count, mean, square / (count - 1))

    @property
    def certainty(self) -> Tensor:
        """Inverse relative variance of each measured variance: (groups, times), 1."""
        square = (
            (self.value - self.mean[self.group]).square() / self.variance[self.group]
        ).square()
        return self.count / (square.nanmean(0) - 1.0)


def _with_spread(model: Relaxation, measured: _Displacements) -> Relaxation:
    """Spread and onset out of the variances, by quasi-likelihood with a logarithmic link."""
    weight, hats = measured.certainty.flatten(), _hats(model, measured.level)

    def logarithm(parameters: Tensor) -> Tensor:
        spread, onset = hats @ parameters[:-1].exp(), parameters[-1].exp()
        elapsed = torch.log1p(measured.time / onset)
        return (2 * spread[:, None].log() + elapsed.log()).flatten()

    parameters = hats.new_tensor([*model.spread, model.onset]).log()
    for _ in range(30):
        slope = torch.autograd.functional.jacobian(logarithm, parameters)
        misfit = measured.variance.flatten() / logarithm(parameters).exp() - 1.0
        step = torch.linalg.solve((slope.T * weight) @ slope, slope.T @ (weight * misfit))
        parameters = parameters + step.clamp(-1.0, 1.0)
    *spread, onset = parameters.exp().tolist()
    return replace(model, spread=tuple(spread), onset=onset)


def _with_drift(model: Relaxation, measured: _Displacements) -> Relaxation:
    """Drift out of the means, by weighted least squares."""
    elapsed = model.elapsed(measured.time)
    slope = (_hats(model, measured.level)[:, None] * elapsed[:, None]).flatten(0, 1)
    weight = (measured.count / measured.variance).flatten()
    moment = slope.T @ (weight * measured.mean.flatten())
    drift = torch.linalg.solve((slope.T * weight) @ slope, moment)
    return replace(model, drift=tuple(drift.tolist()))


def _with_bursts(model: Relaxation, measured: _Displacements) -> Relaxation:
    """Bursts of the greatest likelihood; the spread gives what drift in bursts spreads."""
    sizes = [_bursty(model, 0.95, size) for size in torch.logspace(0.0, 2.0, 17).tolist()]
    size = max(sizes, key=lambda tried: _likelihood(tried, measured)).burstiness
    shares = [_bursty(model, share, size) for share in (0.8, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99)]
    return max(shares, key=lambda tried: _likelihood(tried, measured))


def _bursty(model: Relaxation, bursts: float, burstiness: float) -> Relaxation:
    drifts = ((bursts * drift) ** 2 * burstiness for drift in model.drift)
    pairs = zip(model.spread, drifts, strict=True)
    spread = tuple(max(spread**2 - drift, 0.25 * spread**2) ** 0.5 for spread, drift in pairs)
    return replace(model, bursts=bursts, burstiness=burstiness, spread=spread)


def _likelihood(model: Relaxation, measured: _Displacements, draws: int = 200) -> float:
    """Logarithm of the likelihood of every displacement by itself."""
    elapsed = model.elapsed(measured.time)[:, None]
    count = model.counts(elapsed.expand(len(measured.level), -1, draws), generator(0))
    drift, spread = (each[:, None, None] for each in model.drift_and_spread(measured.level))
    mean, deviation = drift * count, spread * count.sqrt()
    total = 0.0
    for group in range(len(measured.level)):
        value = measured.value[measured.group == group][..., None]
        exponent = -0.5 * ((value - mean[group]) / deviation[group]).square()
        density = (exponent.exp() / deviation[group]).mean(-1)
        total += density.log().nansum().item()
    return total


def _with_memory(model: Relaxation, measured: _Displacements, draws: int = 20_000) -> Relaxation:
    """Permanence and memory out of the covariance between times, by least squares."""
    elapsed = model.elapsed(measured.time)
    scaled = (measured.value - measured.mean[measured.group]) / model.drift_and_spread(
        measured.level
    )[1][measured.group, None]
    found = (scaled[:, :, None] * scaled[:, None]).nanmean(0)
    size = found.diagonal().outer(found.diagonal()).sqrt()
    steps = elapsed.diff(prepend=elapsed.new_zeros(1)).expand(draws, -1)
    root = model.counts(steps, generator(1)).cumsum(-1).sqrt()
    long = elapsed.outer(elapsed).sqrt()
    staying = torch.minimum(elapsed[:, None], elapsed) / long
    coming = root.T @ root / draws / long
    apart = (elapsed[:, None] - elapsed).abs()
    best, error = model, math.inf
    for memory in torch.logspace(-1.0, 2.0, 61).tolist():
        going = coming * torch.exp(-apart / memory)
        slope, misfit = staying - going, found / size - going
        permanence = ((slope * misfit).sum() / slope.square().sum()).clamp(0.0, 1.0).item()
        square = (misfit - permanence * slope).square().sum().item()
        if square < error:
            best, error = replace(model, permanence=permanence, memory=memory), square
    return best


def _hats(model: Relaxation, level: Tensor) -> Tensor:
    """Weights with which values at the model's levels make those at others: (groups, knots)."""
    knots = len(model.levels)
    columns = []
    for knot in range(knots):
        values = tuple(float(other == knot) for other in range(knots))
        columns.append(replace(model, drift=values).drift_and_spread(level)[0])
    return torch.stack(columns, dim=1)

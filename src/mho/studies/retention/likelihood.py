"""How likely models of relaxation make whole histories of cells that they were not fitted to."""

import math
from dataclasses import replace

import torch
from torch import Tensor

from mho.core.random import generator
from mho.devices import Relaxation
from mho.devices.time import RelaxationMeasurement


def log_likelihoods(
    model: Relaxation, known: RelaxationMeasurement, held_out: RelaxationMeasurement
) -> dict[str, float]:
    """Mean logarithm of the density of a held-out cell's history under each family of models.

    The families are `gaussian`, a Gaussian walk in the logarithm of time; `bursts`, a walk in
    bursts; `relaxation`, the model itself, part of whose bursts does not stay; and `power_law`, a
    power of time with an exponent for each cell and a Gaussian remainder. Densities are along the
    angle of the model.

    Args:
        model: Relaxation fitted to the known cells.
        known: Cells that the models are fitted to.
        held_out: Cells that they are tried on.
    """
    bursting = tuple(
        math.hypot(spread, drift * model.bursts * math.sqrt(model.burstiness))
        for spread, drift in zip(model.spread, model.drift, strict=True)
    )
    families = {
        "gaussian": replace(model, bursts=0.0, permanence=1.0, spread=bursting),
        "bursts": replace(model, permanence=1.0),
        "relaxation": model,
    }
    means = {name: _walk(family, held_out) for name, family in families.items()}
    return means | {"power_law": _power_law(model, known, held_out)}


def _histories(cells: RelaxationMeasurement) -> tuple[Tensor, Tensor]:
    """Conductances, (cells, times), S, and levels of the cells that were read at every time."""
    complete = cells.complete()
    whole = complete.conductance.isfinite().all(1)
    return complete.conductance[whole], complete.level[whole]


def _walk(model: Relaxation, held_out: RelaxationMeasurement, draws: int = 1000) -> float:
    conductance, level = _histories(held_out)
    elapsed = model.elapsed(held_out.complete().time[1:])
    steps = elapsed.diff(prepend=elapsed.new_zeros(1)).expand(draws, -1)
    clock = model.counts(steps, generator(2)).cumsum(-1)
    root, apart = clock.sqrt(), (elapsed[:, None] - elapsed).abs()
    coming = root[:, :, None] * root[:, None] * torch.exp(-apart / model.memory)
    staying = torch.minimum(clock[:, :, None], clock[:, None])
    factor = torch.linalg.cholesky(model.permanence * staying + (1 - model.permanence) * coming)
    volume = factor.diagonal(dim1=1, dim2=2).log().sum(1)
    angle = model.angle(conductance)
    total = 0.0
    for group in level.unique():
        own = level == group
        drift, spread = model.drift_and_spread(conductance[own, 0].mean() / model.ceiling)
        moved = (angle[own, 1:] - angle[own, :1]).T
        normal = torch.linalg.solve_triangular(
            factor, (moved - drift * clock[..., None]) / spread, upper=False
        )
        density = -0.5 * normal.square().sum(1) - volume[:, None]
        constant = len(elapsed) * (0.5 * math.log(2 * math.pi) + spread.log())
        total += (density.logsumexp(0) - math.log(draws) - constant).sum().item()
    return total / len(level)


def _power_law(
    model: Relaxation, known: RelaxationMeasurement, held_out: RelaxationMeasurement
) -> float:
    fitted, levels = _histories(known)
    tried, tried_levels = _histories(held_out)
    elapsed = model.elapsed(known.complete().time[1:])
    angle = model.angle(tried[:, 1:])
    total = (2 / angle.tan()).log().sum().item()  # from the logarithm of G to the angle
    for group in levels.unique():
        moved = (fitted[:, 1:] / fitted[:, :1]).log()[levels == group]
        mean = ((moved @ elapsed) / elapsed.square().sum()).mean() * elapsed
        slopes = ((moved - mean) @ elapsed / elapsed.square().sum())[:, None]
        remainder = (moved - mean - slopes * elapsed).square().sum() / (
            len(moved) * (len(elapsed) - 1)
        )
        exponent = (slopes.square().mean() - remainder / elapsed.square().sum()).clamp(min=0.0)
        covariance = exponent * elapsed.outer(elapsed) + remainder * torch.eye(len(elapsed))
        law = torch.distributions.MultivariateNormal(mean, covariance)
        own = tried_levels == group
        total += law.log_prob((tried[own, 1:] / tried[own, :1]).log()).sum().item()
    return total / len(tried)

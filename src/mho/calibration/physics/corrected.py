r"""What a circuit that is not quite the array's leaves of the error, learned over arrays.

The circuit gives an estimate of the voltages, :math:`\hat V`, on the scale of the largest,
:math:`v_0`. What it leaves is learned as powers of it times matrices that are made of the
conductances,

.. math:: \hat I = \hat V G + \sum_{k=0}^{K} (\hat V / v_0)^k M_k + m, \qquad
    M_k = \sum_f w_{kf} \, \phi_f(G)

The matrices :math:`\phi_f` are the conductances themselves, times themselves, times the places of
row and column and their products, and times the mean conductance of their row and of their column:
what the series resistances of cells, wires, drivers and amplifiers bring in first. The weights w
are the same for all arrays.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mho.calibration.calibrator import Calibrator, ideal_currents
from mho.calibration.repair import Repair
from mho.core.check import argument_error, check_number
from mho.core.random import generator

from .calibrator import PhysicsCalibrator
from .inverse import Known, Simulated, Straight

MAPS = 9
"""Matrices that are made of the conductances."""


@dataclass(frozen=True)
class Learned:
    """What is added to the currents that the circuit gives.

    Args:
        weight: (powers + 1, maps), A. Of each matrix for each power.
        constant: A.
        share: Of the noise that the circuit leaves, what is noise.
        conductance: S. Unit of the conductances.
        voltage: V. Unit of the voltages.
    """

    weight: Tensor
    constant: float
    share: float
    conductance: float
    voltage: float


@dataclass(frozen=True, kw_only=True)
class CorrectedPhysics(Calibrator):
    """Identifies an array and inverts it, and learns what its circuit does not explain.

    What the circuit does not explain is no noise, but is taken for it. Which share of it to take
    for noise is tried on arrays, or vectors of the one array, that the weights were not fitted to.

    Args:
        calibrator: Identifies the array.
        powers: Of the voltages, at most.
        ridge: Cost of large weights, relative to the mean squares of what they multiply.
        shares: Of what the circuit leaves, tried as noise.
        arrays: To learn from, at most.
        vectors: Of each array to learn from, at most.
        learned: What `fit` found.
    """

    calibrator: PhysicsCalibrator
    powers: int = 3
    ridge: float = 1e-9
    shares: tuple[float, ...] = (1.0, 0.3, 0.1, 0.03, 0.01)
    arrays: int = 200
    vectors: int = 40
    learned: Learned | None = None

    def __post_init__(self) -> None:
        check_number("powers", self.powers, low=1)
        check_number("ridge", self.ridge, low=0.0, above=True)
        if not self.shares:
            raise argument_error("shares", "hold at least one", "is empty")
        for name in ("arrays", "vectors"):
            check_number(name, getattr(self, name), low=2)

    @property
    def fitted(self) -> bool:
        return self.learned is not None

    def fit(self, current: Tensor, voltage: Tensor, conductance: Tensor) -> "CorrectedPhysics":
        ideal = ideal_currents(current, voltage, conductance)
        calibrator = self.calibrator.fit(current, voltage, conductance)
        some = _some(current, ideal, conductance, (self.arrays, self.vectors))
        trials = [self._trial(calibrator, some, share) for share in self.shares]
        learned = min(trials, key=lambda trial: trial[0])[1]
        return replace(self, calibrator=calibrator, learned=learned)

    def _trial(
        self, calibrator: PhysicsCalibrator, some: tuple[Tensor, Tensor, Tensor], share: float
    ) -> tuple[float, Learned]:
        """Squared error on what was kept apart, and what is learned from everything."""
        current, ideal, conductance = some
        known = calibrator.known
        unit = float(conductance.mean()), float(known.prior.voltage.abs().max()) or 1.0
        gain, offset = _estimate(known, conductance, share)
        voltage = current @ gain + offset
        inputs = _inputs(voltage / unit[1], maps(conductance / unit[0]), self.powers)
        left = ideal - voltage @ conductance
        apart = torch.zeros(left.shape[:2], dtype=torch.bool)
        if len(left) > 1:
            apart[::_ONE_IN] = True
        else:
            apart[:, ::_ONE_IN] = True
        weights = [self._weights(inputs[part], left[part]) for part in (~apart, ~apart | apart)]
        error = (inputs[apart] @ weights[0] - left[apart]).square().mean().item()
        constant, *rest = weights[1]
        weight = torch.stack(rest).reshape(self.powers + 1, MAPS)
        return error, Learned(weight, float(constant), share, *unit)

    def _weights(self, inputs: Tensor, left: Tensor) -> Tensor:
        """Weights by least squares: (1 + (powers + 1) * maps,), A."""
        flat = inputs.flatten(0, -2)
        size = flat.norm(dim=0).clamp_min(_NOTHING)
        flat = flat / size
        square = flat.mT @ flat + self.ridge * torch.eye(flat.shape[-1], dtype=flat.dtype)
        weights: Tensor = torch.linalg.solve(square, flat.mT @ left.flatten()) / size
        return weights

    def _fold(self, conductance: Tensor) -> Repair:
        assert self.learned is not None
        learned = self.learned
        *batch, rows, cols = conductance.shape
        arrays = conductance.double().reshape(-1, rows, cols)
        gain, offset = _estimate(self.calibrator.known, arrays, learned.share)
        added = torch.einsum("kf,fabc->kabc", learned.weight, maps(arrays / learned.conductance))
        added[1] = added[1] + arrays * learned.voltage
        constant = added[0].sum(-2, keepdim=True) + learned.constant
        return Powers(
            gain.reshape(*batch, cols, rows) / learned.voltage,
            offset.reshape(*batch, 1, rows) / learned.voltage,
            constant.reshape(*batch, 1, cols),
            added[1:].reshape(self.powers, *batch, rows, cols),
        )


@dataclass(frozen=True)
class Powers(Repair):
    """Estimates voltages and multiplies their powers by matrices.

    Args:
        gain: (..., cols, rows), 1/A. From currents to voltages, on the scale of the largest.
        offset: (..., 1, rows), 1. Added to that.
        constant: (..., 1, cols), A. Added in the end.
        maps: (powers, ..., rows, cols), A. What the powers are multiplied by, the first one first.
    """

    gain: Tensor
    offset: Tensor
    constant: Tensor
    maps: Tensor

    @property
    def multiplications(self) -> int:
        powers, (rows, cols) = len(self.maps), self.gain.mT.shape[-2:]
        return (1 + powers) * rows * cols + (powers - 1) * rows

    def __call__(self, current: Tensor) -> Tensor:
        voltage = current.double() @ self.gain + self.offset
        corrected, power = self.constant, torch.ones_like(voltage)
        for each in self.maps:
            power = power * voltage
            corrected = corrected + power @ each
        return corrected.to(current.dtype)


def maps(conductance: Tensor) -> Tensor:
    """Matrices that are made of conductances: (maps, ..., rows, cols), 1.

    Args:
        conductance: (..., rows, cols), 1. On the scale of their mean.
    """
    rows, cols = conductance.shape[-2:]
    row = ((torch.arange(rows, dtype=conductance.dtype) + 0.5) / rows)[:, None]
    col = (torch.arange(cols, dtype=conductance.dtype) + 0.5) / cols
    along, down = conductance.mean(-1, keepdim=True), conductance.mean(-2, keepdim=True)
    places = [row, col, row * row, col * col, row * col]
    factors = [torch.ones_like(conductance), conductance, *places, along, down]
    return torch.stack([conductance * each for each in factors])


def _estimate(known: Known, conductance: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """From currents to voltages: (arrays, cols, rows), V/A, and what is added, V."""
    rows, cols = conductance.shape[-2:]
    straight = Straight.of(Simulated.of(known, conductance, vectors=8 * (rows + 1)))
    mean, covariance = known.prior.moments(rows)
    doubt = conductance.new_zeros(len(conductance), cols)
    gain = straight.gain(covariance, share * known.noise, doubt)
    expected = (mean @ straight.slope)[..., None, :] + straight.offset
    return gain, mean - expected @ gain


def _inputs(voltage: Tensor, matrices: Tensor, powers: int) -> Tensor:
    """What the weights multiply: (arrays, vectors, cols, 1 + (powers + 1) * maps)."""
    columns = [(voltage**k) @ each for k in range(powers + 1) for each in matrices]
    return torch.stack([torch.ones_like(columns[0]), *columns], -1)


def _some(
    current: Tensor, ideal: Tensor, conductance: Tensor, most: tuple[int, int]
) -> tuple[Tensor, Tensor, Tensor]:
    """Some arrays, in one batch axis, and some vectors of each: the same ones at every call."""
    *batch, vectors, cols = current.shape
    rows = conductance.shape[-2]
    cells = conductance.double().expand(*batch, rows, cols).reshape(-1, rows, cols)
    source = generator(len(cells), vectors)
    arrays = torch.randperm(len(cells), generator=source)[: most[0]]
    chosen = torch.randperm(vectors, generator=source)[: most[1]]
    flat = [
        each.double().reshape(-1, vectors, cols)[arrays][:, chosen] for each in (current, ideal)
    ]
    return flat[0], flat[1], cells[arrays]


# Arrays, or vectors, of which one is kept apart.
_ONE_IN = 4
_NOTHING = 1e-30

"""The learned inverse: a network that is told by a latent vector what was programmed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from mho.calibration.calibrator import Calibrator, ideal_currents
from mho.calibration.repair import Full, Repair
from mho.core.check import argument_error, check_number, check_shape
from mho.core.random import generator

from .encoder import Encoder, LocalConvolutions
from .network import LatentNetwork, Layers, WithSkip
from .training import Examples, train

Known = tuple[Tensor, Tensor, Tensor]
"""Currents, voltages and conductances as `fit` takes them."""


@dataclass(frozen=True)
class Learned:
    """What training left.

    Args:
        weights: Of the network, by name.
        rows: Rows of the arrays that it was trained on.
        cols: Columns of them.
        sigma: A. Standard deviation of the currents after repair, over the training readings.
        curves: Mean squared error after every epoch, (epochs,), of the training readings and of
            each of those watched, in the square of the network's unit.
    """

    weights: dict[str, Tensor]
    rows: int
    cols: int
    sigma: float
    curves: dict[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class Latent(Calibrator):
    r"""The network of Rezaeifar et al., A Neural Network Approach for Calibrating Memristor
    Crossbars, and its kin: one for all arrays of a size, used on those that it never saw.

    Convolutions turn the programmed matrix into a latent vector, which tells some concat-squash
    layers how to repair the currents. It is fitted to all given arrays at once, by maximum
    likelihood under Gaussian noise of the same :math:`\sigma` on every current: that is least
    squares, after which :math:`\sigma` is the root mean square of what is left.

    Args:
        encoder: Convolutions.
        layers: Concat-squash layers. `AsPublished` is the paper's form.
        latent: Numbers in a latent vector.
        unit: A. Unit of currents within the network; the paper rescales by 1e5.
        epochs: Times that all arrays are seen.
        batch: Arrays of one step.
        learning_rate: Largest step of the Adam optimiser.
        seed: Selects the first weights and the order of the arrays.
        learned: What training left; `fit` finds it.
    """

    encoder: Encoder = field(default_factory=LocalConvolutions)
    layers: Layers = field(default_factory=WithSkip)
    latent: int = 32
    unit: float = 10e-6
    epochs: int = 60
    batch: int = 32
    learning_rate: float = 5e-3
    seed: int = 0
    learned: Learned | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("latent", "epochs", "batch"):
            check_number(name, getattr(self, name), low=1)
        for name in ("unit", "learning_rate"):
            check_number(name, getattr(self, name), low=0.0, above=True)

    @property
    def fitted(self) -> bool:
        return self.learned is not None

    def fit(
        self,
        current: Tensor,
        voltage: Tensor,
        conductance: Tensor,
        *,
        watched: Mapping[str, Known] | None = None,
    ) -> "Latent":
        """The calibrator fitted to vectors that were read on any number of arrays.

        Args:
            current: (..., vectors, cols), A. Measured currents.
            voltage: (..., vectors, rows), V. Voltages that drove the rows.
            conductance: (..., rows, cols), S. Conductances that were programmed.
            watched: Other readings by name, whose errors are noted after every epoch.
        """
        training = self._examples(current, voltage, conductance)
        others = {name: self._examples(*each) for name, each in (watched or {}).items()}
        rows, cols = conductance.shape[-2:]
        network = self._network(rows, cols)
        network.scale_to(training.conductance)
        curves = train(
            network,
            training,
            others,
            epochs=self.epochs,
            batch=self.batch,
            learning_rate=self.learning_rate,
            generator=generator(self.seed, 1),
        )
        sigma = self.unit * training.mean_error(network) ** 0.5
        weights = {name: each.detach() for name, each in network.state_dict().items()}
        learned = Learned(weights, rows, cols, sigma, curves)
        return replace(self, learned=learned)

    def _fold(self, conductance: Tensor) -> Repair:
        assert self.learned is not None
        rows, cols = self.learned.rows, self.learned.cols
        check_shape("conductance", conductance, "(..., rows, cols)")
        if conductance.shape[-2:] != (rows, cols):
            must, but = f"be {rows} x {cols}", "is {} x {}".format(*conductance.shape[-2:])
            raise argument_error("conductance", must, but, "Fit a network to arrays of this size.")
        matrices = conductance.reshape(-1, rows, cols).double()
        # The identity and a vector without currents but with the one: weights and offsets.
        passed = torch.eye(cols + 1, dtype=torch.float64).expand(len(matrices), -1, -1)
        change = self._trained(self.learned)(passed[..., :cols], passed[..., cols:], matrices)
        change = change.reshape(*conductance.shape[:-2], cols + 1, cols)
        weight = change[..., :cols, :] + torch.eye(cols, dtype=torch.float64)
        return Full(weight, self.unit * change[..., cols:, :])

    def _examples(self, current: Tensor, voltage: Tensor, conductance: Tensor) -> Examples:
        missing = (ideal_currents(current, voltage, conductance) - current) / self.unit
        batched = torch.broadcast_shapes(current.shape[:-2], conductance.shape[:-2])
        current, missing, conductance = (
            each.expand(*batched, *each.shape[-2:]).flatten(0, -3) if batched else each[None]
            for each in (current / self.unit, missing, conductance)
        )
        return Examples.of(current, missing, conductance)

    def _trained(self, learned: Learned) -> LatentNetwork:
        network = self._network(learned.rows, learned.cols)
        network.load_state_dict(learned.weights)
        return network.requires_grad_(False)

    def _network(self, rows: int, cols: int) -> LatentNetwork:
        """The network before training, which leaves currents as they are."""
        draws = generator(self.seed)
        return LatentNetwork(
            self.encoder.build(rows, cols, self.latent, draws),
            self.layers.build(cols, self.latent, draws),
            skipped=self.layers.skipped,
        )

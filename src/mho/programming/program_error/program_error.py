"""The program error of a scheme: what comes of a target, as a distribution."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mho.core.check import check_finite, check_number, check_range, check_same_shape
from mho.core.random import kernel_key
from mho.core.threads import in_parts
from mho.core.units import si

from .grid import Grid
from .outcomes import Outcomes
from .student import FREEDOM, fit_student

_CELLS_PER_THREAD = 1 << 16  # fewer take less time than starting a thread for them
_SLACK = 1e-9  # of a target, forgiven beyond the ends: mappings of weights round
_MOST_BUCKETS = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where an error is from, in words that a reader of the file understands.

    Args:
        scheme: Scheme that programmed, with its settings.
        device: Cells that were programmed, with their parameters.
        outcomes: What was measured or simulated, how often and with which seeds.
    """

    scheme: str
    device: str
    outcomes: str


@dataclass(frozen=True, kw_only=True)
class ProgramError:
    r"""What a cell holds that was sent to a target: a rounded target and Student's t.

    .. math:: G = Q(G^*) + \mu(G^*) + s(G^*) \, T, \qquad T \sim t_{\nu(G^*)}

    as in eq. (4) of Nanoscale Horiz. 10 (2025) 780, doi 10.1039/d4nh00623b. With a `LevelGrid`, Q
    rounds to the nearest level and each level has parameters of its own. With a `KnotGrid`, Q
    leaves targets as they are, and the centre, the scale and one over the degrees of freedom change
    linearly from knot to knot. No cell is drawn beyond what was ever read; densities and
    probabilities leave that cut out.

    Args:
        grid: Targets at which the parameters hold.
        location: (points,), S. Centre of the error.
        scale: (points,), S. Scale of the error.
        freedom: (points,). Degrees of freedom.
        least: S. No cell is drawn below.
        greatest: S. No cell is drawn above.
        origin: What it was fitted from.
    """

    grid: Grid
    location: Tensor
    scale: Tensor
    freedom: Tensor
    least: float
    greatest: float
    origin: Origin

    def __post_init__(self) -> None:
        for name in ("location", "scale", "freedom"):
            value = getattr(self, name)
            check_same_shape(name, value, tuple(self.grid.points.shape), of="the grid")
            check_finite(name, value)
        check_range("scale", self.scale, torch.finfo(torch.float64).tiny, torch.inf, unit="S")
        check_number("freedom", self.freedom.min().item(), low=1.0)
        check_number("least", self.least, low=0.0)
        check_number("greatest", self.greatest, low=self.least)

    @classmethod
    def fit(cls, outcomes: Outcomes, *, origin: Origin) -> "ProgramError":
        """The error that makes the outcomes most likely, with bounded degrees of freedom.

        Args:
            outcomes: What came of targets.
            origin: Where the outcomes are from.
        """
        student = fit_student(outcomes)
        freedom = 1.0 / student.inverse
        return cls(
            grid=outcomes.grid,
            location=torch.from_numpy(student.location),
            scale=torch.from_numpy(student.scale),
            freedom=torch.from_numpy(freedom.clip(*FREEDOM)),
            least=outcomes.achieved.min().clamp(min=0.0).item(),  # noise can read less
            greatest=outcomes.achieved.max().item(),
            origin=origin,
        )

    @classmethod
    def load(cls, path: Path | str) -> "ProgramError":
        """The error that a file holds.

        Args:
            path: TOML file, as `save` writes it.
        """
        from .error_file import read

        return read(path)

    def save(self, path: Path | str) -> None:
        """Write the error into a file.

        Args:
            path: TOML file to write.
        """
        from .error_file import write

        write(self, path)

    def sample(self, target: Tensor, generator: torch.Generator) -> Tensor:
        """What cells hold after they were sent to targets: (...), S.

        Args:
            target: (...), S. Conductances wanted, within those of the grid.
            generator: Source of the errors; the number of threads makes no difference.
        """
        from .kernel import draw_cells

        given = target.detach().double().reshape(-1).contiguous().numpy()
        drawn = np.empty_like(given)  # in huge pages, unlike torch's: faster to fill
        key = kernel_key(generator)
        inside = in_parts(
            lambda begin, end: draw_cells(begin, end, given, *self._tables, key, drawn),
            len(given),
            least=_CELLS_PER_THREAD,
        )
        if not all(inside):  # looked at while drawing: looking beforehand takes half as long again
            low, high = self.grid.points[0].item(), self.grid.points[-1].item()
            check_finite("target", target)
            remedy = "Map the weights to a range that the error was fitted over."
            check_range("target", target, low, high, unit="S", remedy=remedy)
        return torch.from_numpy(drawn).reshape(target.shape)

    def probability(self, target: Tensor, achieved: Tensor) -> Tensor:
        """How probable it is to end no higher than a conductance: (...).

        Args:
            target: (...), S. Conductances wanted.
            achieved: (...), S. What came of them.
        """
        from scipy.special import stdtr

        normal, _, inverse = self._standard(target, achieved)
        return torch.from_numpy(np.asarray(stdtr(1.0 / inverse, normal)))

    def log_density(self, target: Tensor, achieved: Tensor) -> Tensor:
        """Logarithm of the density of ending at a conductance, over 1/S: (...).

        Args:
            target: (...), S. Conductances wanted.
            achieved: (...), S. What came of them.
        """
        from .student import log_density

        normal, scale, inverse = self._standard(target, achieved)
        return torch.from_numpy(np.asarray(log_density(normal, inverse) - np.log(scale)))

    def __str__(self) -> str:
        points, freedom = self.grid.points, self.freedom
        ends = f"{si(points[0].item(), 'S', 4)} to {si(points[-1].item(), 'S', 4)}"
        return (
            f"ProgramError of {self.origin.scheme}: {len(points)} points from {ends}, median"
            f" location {si(self.location.median().item(), 'S')}, scale"
            f" {si(self.scale.median().item(), 'S')}, degrees of freedom"
            f" {freedom.median().item():.3g} ({freedom.min().item():.3g} to"
            f" {freedom.max().item():.3g})"
        )

    def _standard(self, target: Tensor, achieved: Tensor) -> tuple[np.ndarray, ...]:
        """Error over its scale, the scale, and one over the degrees of freedom."""
        target, achieved = torch.broadcast_tensors(target.double(), achieved.double())
        centre = self.grid.at(self.grid.points + self.location, target)
        scale = self.grid.at(self.scale, target)
        inverse = self.grid.at(1.0 / self.freedom, target)
        return ((achieved - centre) / scale).numpy(), scale.numpy(), inverse.numpy()

    @cached_property
    def _tables(self) -> tuple[Any, ...]:
        """Guide, edges, pieces and bounds of the kernel."""
        grid, points = self.grid, self.grid.points.numpy()
        low, high = float(points[0]), float(points[-1])
        edges = np.append(grid.edges().numpy(), np.inf)
        # Buckets so narrow that few of them hold more than one edge.
        narrowest = np.diff(edges[:-1]).min() if len(edges) > 2 else high - low
        finest = 2.0 * (high - low) / narrowest if high > low else 1.0
        buckets = int(np.clip(finest, 4 * len(points), _MOST_BUCKETS))
        guide = np.searchsorted(edges, np.linspace(low, high, buckets + 1), side="right")
        values = (grid.points + self.location, self.scale, 1.0 / self.freedom)
        pieces = torch.cat([grid.lines(value) for value in values], 1).contiguous()
        bounds = (low, high, _SLACK * high, self.least, self.greatest)
        return guide.astype(np.int64), edges, pieces.numpy(), bounds

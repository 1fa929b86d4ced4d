"""Which cells a weight is made of, and how they add up to it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mho.calibration import Unchanged
from mho.core.check import argument_error
from mho.nn.layer import Layer
from mho.nn.mapping import Mapping
from mho.nn.slicing import Whole
from mho.nn.writing import weight_per_siemens

_ROUNDING = 1e-6  # of the largest weight: what single precision makes of the same numbers


@dataclass(frozen=True)
class Places:
    """Where the weights of a layer lie among its cells, weight after weight as in `weight`.

    Args:
        sign: Whether each cell of a weight raises (1) or lowers (-1) it.
        numbers: (weights, 2 * cells of a weight). Numbers of the cells in `conductance`, and then
            in the memory of `effective`.
        line: (weights or 1, 2), 1 and 1/S. Weight of cells that conduct nothing, and of a siemens.
        plain: Whether a layer multiplies by what its cells hold, so that a change of a cell is one
            of its weight and of nothing else.
    """

    sign: tuple[int, ...]
    numbers: Tensor
    line: Tensor
    plain: bool

    @classmethod
    def of(cls, layer: Layer) -> "Places":
        """Places of all weights of a layer.

        Args:
            layer: Layer whose weights are in one piece each.
        """
        tile, cells = layer.tile, layer.conductance
        if not isinstance(tile.slicing, Whole):
            remedy = "Convert with `slicing=Whole()`."
            raise argument_error("model", "hold weights in one piece", "slices them", remedy)
        columns, sign = cells_of_output(tile.mapping)
        stride = tile.mapping.columns(2) - tile.mapping.columns(1)
        number = torch.arange(cells.numel()).reshape(cells.shape)
        folded = torch.arange(cells.numel()).as_strided(cells.shape, layer.effective.stride())
        each = weight_per_siemens(tile, layer.tiling, layer.largest).double()
        outputs = layer.tiling.outputs_of_tile
        sizes = (*cells.shape[:3], outputs)

        def along(of_cells: Tensor) -> Tensor:
            taken = [
                of_cells[..., first : first + stride * (outputs - 1) + 1 : stride]
                for first in columns
            ]
            return torch.stack([layer.along_weights(part).flatten() for part in taken], 1)

        places = along(number)
        per_siemens = layer.along_weights(each.expand(sizes)).flatten()
        held = cells.double().flatten()[places] @ torch.tensor(sign, dtype=torch.float64)
        plain = isinstance(layer.repair, Unchanged) and torch.equal(layer.effective, cells)
        base = layer.kernel.double().flatten() - held * per_siemens
        line = torch.stack([base, per_siemens], 1)
        alike = _ROUNDING * per_siemens.max() * line.new_tensor([tile.mapping.span, 1.0])
        if bool(((line - line[0]).abs() <= alike).all()):
            line = line[:1]
        return cls(sign, torch.cat([places, along(folded)], 1).int(), line, plain)

    def targets(self, mapping: Mapping, share: Tensor) -> Tensor:
        """Conductances of the cells of weights: (weights, cells of a weight), S.

        Args:
            mapping: How weights become conductances.
            share: (weights,), 1. Weights, -1 to 1.
        """
        first = mapping.columns(1) - len(self.sign)  # behind a reference
        return mapping.conductance(share[:, None])[:, first:]

    def show(self, layer: Layer, weights: Tensor, conductance: Tensor) -> None:
        """Tell the layer what cells hold now.

        Args:
            layer: The layer.
            weights: (n,). Numbers of the weights whose cells have changed.
            conductance: (n, cells of a weight), S. What their cells hold.
        """
        from .kernel import show_cells

        effective = layer.effective if self.plain else layer.effective.new_empty(0)
        show_cells(
            weights.numpy(),
            conductance.numpy(),
            self._arrays[0],
            self._arrays[1:],
            (_memory(layer.conductance), _memory(effective)),
            (_memory(layer.kernel), _memory(layer.weight.detach())),
        )
        if not self.plain:
            layer.follow()

    @property
    def cells(self) -> Tensor:
        """Numbers of the cells in `conductance`: (weights, cells of a weight)."""
        return self.numbers[:, : len(self.sign)]

    @property
    def per_siemens(self) -> Tensor:
        """Weight of a siemens: (weights,) or (1,), 1/S."""
        return self.line[:, 1]

    @cached_property
    def _arrays(self) -> tuple[np.ndarray, ...]:
        return self.numbers.numpy(), np.array(self.sign), self.line.numpy()

    def share(self, layer: Layer, weight: Tensor) -> Tensor:
        """Weights as shares of the largest one: (weights,), -1 to 1.

        Args:
            layer: The layer.
            weight: (weights,), 1. Weights.
        """
        return weight / (self.per_siemens * layer.tile.mapping.span)


def cells_of_output(mapping: Mapping) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Columns of the first output of a tile, and the sign with which each moves its weight.

    Args:
        mapping: How weights become conductances.
    """
    one = torch.ones(1, 1)
    moved = (mapping.conductance(one) - mapping.conductance(-one))[0]
    columns = tuple(moved.nonzero().flatten().tolist())
    return columns, tuple(int(moved[column].sign()) for column in columns)


def _memory(tensor: Tensor) -> Any:
    """All numbers of a tensor in the order of its memory, as an array that shares it."""
    return tensor.as_strided((tensor.numel(),), (1,)).numpy()

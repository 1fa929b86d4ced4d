"""How the weights of a layer are spread over tiles."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.check import argument_error, check_shape

from .tile import Tile


@dataclass(frozen=True)
class Tiling:
    """Tiles of a layer: row tiles for its inputs, column tiles for its outputs, as even as it goes.

    Groups of a convolution have column tiles of their own, one group after the other, and so have
    the slices of the weights, which are the slowest along that axis.

    Args:
        groups: Matrices of the layer, one for each group of its inputs.
        inputs: Rows of each matrix.
        outputs: Columns of each matrix.
        slices: Slices of the weights.
        row_tiles: Tiles along the inputs.
        col_tiles: Tiles along the outputs of one group.
    """

    groups: int
    inputs: int
    outputs: int
    slices: int
    row_tiles: int
    col_tiles: int

    @classmethod
    def of(cls, shape: tuple[int, ...], tile: Tile) -> "Tiling":
        """Tiles for matrices of weights.

        Args:
            shape: Groups, inputs and outputs.
            tile: Gives the largest size.
        """
        groups, inputs, outputs = shape
        room = tile.mapping.outputs(tile.cols)
        if room < 1:
            must = f"hold an output of {type(tile.mapping).__name__}"
            raise argument_error("cols", must, f"is {tile.cols}", "Give the tile more columns.")
        slices = len(tile.slicing.significance)
        row_tiles, col_tiles = math.ceil(inputs / tile.rows), math.ceil(outputs / room)
        return cls(groups, inputs, outputs, slices, row_tiles, col_tiles)

    @property
    def rows(self) -> int:
        """Rows of a tile."""
        return math.ceil(self.inputs / self.row_tiles)

    @property
    def outputs_of_tile(self) -> int:
        """Outputs of a tile."""
        return math.ceil(self.outputs / self.col_tiles)

    @property
    def tiles_across(self) -> int:
        """Tiles along the columns, of all slices and groups."""
        return self.slices * self.groups * self.col_tiles

    def used(self, row: int, column: int) -> tuple[int, int]:
        """Rows and outputs of a tile that belong to the layer.

        Args:
            row: Number of the tile along the inputs.
            column: Number of the tile along the columns.
        """
        before = column % self.col_tiles * self.outputs_of_tile
        rows = min(self.rows, self.inputs - row * self.rows)
        return rows, min(self.outputs_of_tile, self.outputs - before)

    def split(self, weight: Tensor) -> Tensor:
        """Blocks of one slice: (row tiles, groups * column tiles, rows, outputs of a tile).

        What belongs to no cell is NaN.

        Args:
            weight: (groups, inputs, outputs), 1. Weights of the layer.
        """
        more_rows = self.row_tiles * self.rows - self.inputs
        more_outputs = self.col_tiles * self.outputs_of_tile - self.outputs
        if more_rows or more_outputs:
            edges = (0, more_outputs, 0, more_rows)
            weight = torch.nn.functional.pad(weight, edges, value=math.nan)
        sizes = (self.groups, self.row_tiles, self.rows, self.col_tiles, self.outputs_of_tile)
        return weight.reshape(sizes).permute(1, 0, 3, 2, 4).flatten(1, 2)

    def spread(self, vectors: Tensor) -> Tensor:
        """Inputs of all tiles: (row tiles, 1 or tiles across, vectors, rows).

        Rows that belong to no input get zero.

        Args:
            vectors: (vectors, groups * inputs), 1. Inputs of the layer, in any unit.
        """
        wide = self.groups * self.inputs
        check_shape("x", vectors, "(vectors, inputs)", inputs=wide)
        count = len(vectors)
        vectors = vectors.reshape(count, self.groups, self.inputs)
        more = self.row_tiles * self.rows - self.inputs
        if more:
            vectors = torch.nn.functional.pad(vectors, (0, more))
        parts = vectors.reshape(count, self.groups, self.row_tiles, self.rows).permute(2, 1, 0, 3)
        if self.groups == 1:
            return parts
        sizes = (self.row_tiles, self.slices, self.groups, self.col_tiles, count, self.rows)
        return parts[:, None, :, None].expand(sizes).flatten(1, 3)

    def gather(self, sums: Tensor) -> Tensor:
        """Outputs of the layer: (vectors, groups * outputs).

        Args:
            sums: (row tiles, tiles across, vectors, outputs of a tile), 1. Of each tile, in any
                unit; row tiles may have been added before.
        """
        sizes = (self.slices, self.groups, self.col_tiles, *sums.shape[2:])
        whole = sums.sum(0) if len(sums) > 1 else sums[0]
        whole = whole.reshape(sizes)
        whole = whole.sum(0) if self.slices > 1 else whole[0]
        outputs = whole.permute(2, 0, 1, 3).flatten(2)[..., : self.outputs]
        return outputs.flatten(1)

    def spread_back(self, vectors: Tensor) -> Tensor:
        """Outputs of all tiles: (1, tiles across, vectors, outputs of a tile).

        Args:
            vectors: (vectors, groups * outputs), 1. For each output of the layer, in any unit.
        """
        count = len(vectors)
        vectors = vectors.reshape(count, self.groups, self.outputs)
        more = self.col_tiles * self.outputs_of_tile - self.outputs
        if more:
            vectors = torch.nn.functional.pad(vectors, (0, more))
        parts = vectors.reshape(count, -1, self.outputs_of_tile).transpose(0, 1)
        return parts.repeat(self.slices, 1, 1)[None]

    def gather_back(self, sums: Tensor) -> Tensor:
        """Inputs of the layer: (vectors, groups * inputs).

        Args:
            sums: (tiles across, row tiles, vectors, rows), 1. Of each tile, in any unit.
        """
        whole: Tensor = sums.unflatten(0, (self.slices, self.groups, self.col_tiles))
        whole = whole.sum((0, 2)) if self.slices * self.col_tiles > 1 else whole[0, :, 0]
        return whole.permute(2, 0, 1, 3).flatten(2)[..., : self.inputs].flatten(1)

    def join(self, weight: Tensor) -> Tensor:
        """Weights of the layer out of its tiles: (groups, inputs, outputs).

        Args:
            weight: (row tiles, tiles across, rows, outputs of a tile), 1. Of each slice, as much as
                it counts.
        """
        sizes = (self.slices, self.groups, self.col_tiles)
        whole: Tensor = weight.unflatten(1, sizes)
        whole = whole.sum(1) if self.slices > 1 else whole[:, 0]
        whole = whole.permute(1, 0, 3, 2, 4).flatten(3).flatten(1, 2)
        return whole[:, : self.inputs, : self.outputs]

"""A linear layer whose weights are conductances."""

import torch
from torch import Tensor, nn

from mho.core.check import check_shape

from .layer import TOGETHER, Layer
from .tile import Tile


class Linear(Layer):
    """Takes the place of a trained `torch.nn.Linear`; see `Layer`.

    Args:
        digital: Trained layer.
        tile: What the layer is made of.
        inputs: (..., inputs), 1. Inputs that stand for those to come.
        first_tile: Number of this layer's first tile in the model.
        cells: Layer of the same weights whose cells this one takes over, not written again.
    """

    def __init__(
        self,
        digital: nn.Linear,
        tile: Tile,
        inputs: Tensor,
        *,
        first_tile: int = 0,
        cells: Layer | None = None,
    ) -> None:
        check_shape("inputs", inputs, "(..., inputs)", inputs=digital.in_features)
        super().__init__(digital, tile, inputs, first_tile=first_tile, cells=cells)

    @property
    def in_features(self) -> int:
        """Inputs of the layer."""
        return self.weight.shape[1]

    @property
    def out_features(self) -> int:
        """Outputs of the layer."""
        return self.weight.shape[0]

    def input_gradient(self, x: Tensor, kernel: Tensor, grad: Tensor) -> Tensor:
        return grad @ kernel

    def weight_gradient(self, x: Tensor, grad: Tensor) -> Tensor:
        return grad.flatten(0, -2).T @ x.flatten(0, -2)

    def _matrices(self, weight: Tensor) -> Tensor:
        return weight.T[None]

    def _from_matrices(self, matrices: Tensor) -> Tensor:
        return matrices[0].T

    def _padded(self, x: Tensor) -> Tensor:
        return x

    def _portions(self, x: Tensor) -> tuple[Tensor, ...]:
        vectors, most = self._vectors(x), max(1, TOGETHER // self.in_features)
        return (vectors,) if len(vectors) <= most else torch.split(vectors, most)

    def _vectors(self, x: Tensor) -> Tensor:
        return x.reshape(-1, x.shape[-1])

    def _placed(self, vectors: Tensor, x: Tensor) -> Tensor:
        return vectors

    def _shaped(self, y: Tensor, x: Tensor) -> Tensor:
        return y.reshape(*x.shape[:-1], self.out_features)

    def _flat(self, y: Tensor) -> Tensor:
        return y.reshape(-1, y.shape[-1])

    def _multiply(self, x: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
        return nn.functional.linear(x, kernel, bias)

    def _along_outputs(self, bias: Tensor) -> Tensor:
        return bias

    def _sizes(self) -> str:
        return f"{self.in_features} -> {self.out_features}"

"""Gradients past what has none: cells, converters and noise."""

from typing import TYPE_CHECKING, Any

from torch import Tensor
from torch.autograd import Function

if TYPE_CHECKING:
    from .layer import Layer


class Instead(Function):
    """A value that takes the place of another and hands its gradient on to it."""

    @staticmethod
    def forward(ctx: Any, tensor: Tensor, value: Tensor) -> Tensor:
        """The value.

        Args:
            ctx: Of torch.
            tensor: (...), 1. Gets the gradient.
            value: (...), 1. What counts.
        """
        return value.view_as(value)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Any, None]:
        """The gradient, for the tensor.

        Args:
            ctx: Of torch.
            *grads: Of the value.
        """
        return grads[0], None


class Product(Function):
    """What tiles answer, and what they answer to gradients or the weights in their cells do."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, layer: "Layer") -> Tensor:
        """Outputs of the tiles, without the bias.

        Args:
            ctx: Of torch.
            x: (...), 1. Inputs of the layer, padded.
            weight: (...), 1. Weights of the layer; they get the gradient.
            layer: The layer.
        """
        ctx.save_for_backward(x, layer.kernel)
        ctx.layer = layer
        return layer.product(x)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Any, Any, None]:
        """Gradients with respect to inputs and weights.

        Args:
            ctx: Of torch.
            *grads: Of the outputs.
        """
        (x, kernel), layer, grad = ctx.saved_tensors, ctx.layer, grads[0]
        before = weight = None
        if ctx.needs_input_grad[0]:
            before = (
                layer.input_gradient(x, kernel, grad)
                if layer.tile.backward is None
                else layer.product_back(x, grad)
            )
        if ctx.needs_input_grad[1]:
            weight = layer.weight_gradient(x, grad)
        return before, weight, None

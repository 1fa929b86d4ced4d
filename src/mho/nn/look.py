"""A run of a model that is only for looking at what reaches its layers."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn


def look(
    model: nn.Module, inputs: Tensor, lookers: Mapping[nn.Module, Callable[[Tensor], None]]
) -> None:
    """Run a model, without gradients and as in evaluation; each of its parts stays in its mode.

    Args:
        model: Any model.
        inputs: (images, ...), 1. Inputs of the model.
        lookers: What is told the inputs of a layer before the layer sees them, by layer.
    """

    def told(looker: Callable[[Tensor], None]) -> Callable[[nn.Module, tuple[Tensor]], None]:
        return lambda _, args: looker(args[0])

    hooks = [layer.register_forward_pre_hook(told(each)) for layer, each in lookers.items()]
    training = [module for module in model.modules() if module.training]
    try:
        with torch.no_grad():
            model.eval()(inputs)
    finally:
        for hook in hooks:
            hook.remove()
        for module in training:
            module.training = True

"""What all optimisers of weights in cells have in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from mho.core.check import argument_error, check_number
from mho.core.random import generator
from mho.nn.layer import Layer


class InMemory(torch.optim.Optimizer, ABC):
    """Optimiser of a converted model whose layers' weights are what their cells hold.

    It has two groups of parameters: weights in cells, and all others, such as biases, which are
    digital and take plain gradient steps. Learning rates and schedules are torch's.

    Args:
        model: Converted model.
        lr: Learning rate.
        seed: Of the cells' spread and of all that is random in an update.
    """

    def __init__(self, model: nn.Module, lr: float, *, seed: int = 0) -> None:
        check_number("lr", lr, low=0.0)
        self.layers = [module for module in model.modules() if isinstance(module, Layer)]
        if not self.layers:
            must, remedy = "have layers on tiles", "Convert it by `mho.nn.convert` first."
            raise argument_error("model", must, f"is {type(model).__name__} without one", remedy)
        weights = [layer.weight for layer in self.layers]
        known = {id(weight) for weight in weights}
        others = [p for p in model.parameters() if id(p) not in known]
        self._source = generator(seed)
        super().__init__([{"params": weights}, {"params": others}], {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move cells and digital parameters along their gradients.

        Args:
            closure: Evaluates the model and returns the loss, as torch has it.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        tiles, others = self.param_groups
        for number, layer in enumerate(self.layers):
            gradient = layer.weight.grad
            if gradient is not None:
                self._update(number, gradient.contiguous().flatten(), tiles["lr"])
        for parameter in others["params"]:
            if parameter.grad is not None:
                parameter.add_(parameter.grad, alpha=-others["lr"])
        return loss

    def state_dict(self) -> dict[str, Any]:
        """State of the cells, and of what is random."""
        return super().state_dict() | {"source": self._source.get_state()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state; the model takes over its own.

        Args:
            state_dict: What `state_dict` answered.
        """
        rest = dict(state_dict)
        source = rest.pop("source")
        super().load_state_dict(rest)
        self._source.set_state(source)

    @abstractmethod
    def _update(self, number: int, gradient: Tensor, lr: float) -> None:
        """Move the cells of a layer.

        Args:
            number: Number of the layer.
            gradient: (weights,), 1. Gradient with respect to its weights.
            lr: Learning rate.
        """

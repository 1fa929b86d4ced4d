"""Pulse trains at random on rows and columns, which move a cell where they meet."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mho.core.check import argument_error, check_number
from mho.nn.layer import Layer
from mho.nn.linear import Linear

from .moves import Moves
from .train import Counts, Train


@dataclass(frozen=True, kw_only=True)
class Coincidences(Train):
    """Trains of pulses on all rows and columns at once, for one input vector after the other.

    Each slot of a train holds a pulse with a probability that grows with the input of the row, or
    with the gradient of the column; where both have one, the cell moves by a step. So an update
    takes as long whatever the size of the layer, and is right on average as long as no probability
    is cut at one. After Gokmen and Vlasov, Front. Neurosci. 10 (2016) 333, doi
    10.3389/fnins.2016.00333; the probabilities of rows and columns are balanced. Steps up and down
    of the vectors of one update are told as their difference.

    Args:
        length: Slots of a train.
    """

    length: int = 31

    def __post_init__(self) -> None:
        check_number("length", self.length, low=1)

    def of(self, layer: Layer, source: torch.Generator) -> Counts:
        return _Meetings(layer, self.length, source)


class _Meetings(Counts):
    def __init__(self, layer: Layer, length: int, source: torch.Generator) -> None:
        if not isinstance(layer, Linear):
            remedy = "Take `Rounded` for a model with convolutions."
            raise argument_error("train", "meet linear layers", f"meets {layer}", remedy)
        self._length, self._source = length, source
        self._seen: list[tuple[Tensor, Tensor]] = []
        layer.register_forward_hook(self._keep)

    def moves(self, gradient: Tensor, per_step: Tensor) -> Moves:
        if per_step.numel() > 1:
            remedy = "Take a range that is that of the whole layer."
            must = "move all weights of a layer by steps of one size"
            raise argument_error("steps", must, "does not", remedy)
        met = torch.zeros_like(gradient)
        for inputs, grads in self._seen:
            met += self._met(inputs, grads, per_step).flatten()
        self._seen.clear()
        weights = met.nonzero().flatten().int()
        return Moves(weights, met[weights].int())

    def _keep(self, layer: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if output.requires_grad:
            x = inputs[0].detach()
            output.register_hook(lambda grad: self._seen.append((x, grad)))

    def _met(self, inputs: Tensor, grads: Tensor, per_step: Tensor) -> Tensor:
        """Coincidences with their sign: (outputs, inputs)."""
        x, d = inputs.flatten(0, -2), grads.flatten(0, -2)
        largest = [each.abs().amax(1, keepdim=True) for each in (x, d)]
        each = (per_step.abs() / self._length).sqrt()
        balance = (largest[1] / largest[0]).nan_to_num(0.0, posinf=0.0).sqrt()
        rows = self._train(x, each * balance)
        columns = self._train(d, (each / balance).nan_to_num(0.0, posinf=0.0))
        return per_step.sign() * (columns.flatten(0, 1).T @ rows.flatten(0, 1))

    def _train(self, values: Tensor, gain: Tensor) -> Tensor:
        """Pulses of each vector and slot, with the sign of the value: (vectors, slots, n)."""
        shape = (len(values), self._length, values.shape[1])
        drawn = torch.rand(shape, generator=self._source, dtype=values.dtype)
        return (drawn < (gain * values.abs())[:, None]) * values.sign()[:, None]

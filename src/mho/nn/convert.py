"""A trained model onto crossbar tiles, in one call."""

import copy

import torch
from torch import Tensor, nn

from mho.core.check import argument_error, check_finite

from .linear import Linear
from .tile import Tile


def convert(model: nn.Module, tile: Tile, inputs: Tensor) -> nn.Module:
    """A copy of a trained model whose linear layers are crossbar tiles.

    Every `torch.nn.Linear` becomes an `mho.nn.Linear`; all other layers stay digital. The model
    itself is left as it was.

    Args:
        model: Trained model.
        tile: What the layers are made of.
        inputs: (images, ...), 1. Inputs of the model that stand for those to come: they set the
            voltage scales, the ranges of the converters and the calibration.
    """
    check_finite("inputs", inputs)
    layers = {name: m for name, m in model.named_modules() if isinstance(m, nn.Linear)}
    if not layers:
        must = "have a layer that can be converted, a torch.nn.Linear"
        raise argument_error("model", must, f"is {type(model).__name__} without one")
    seen = _layer_inputs(model, layers, inputs)
    analog = copy.deepcopy(model)
    tiles = 0
    for name, layer in layers.items():
        converted = Linear(copy.deepcopy(layer), tile, seen[name], first_tile=tiles)
        tiles += converted.tiles
        if not name:
            return converted
        parent, _, last = name.rpartition(".")
        setattr(analog.get_submodule(parent), last, converted)
    return analog.eval()


def _layer_inputs(
    model: nn.Module, layers: dict[str, nn.Linear], inputs: Tensor
) -> dict[str, Tensor]:
    """What reaches each layer when the digital model sees `inputs`."""
    seen: dict[str, Tensor] = {}
    hooks = [
        layer.register_forward_pre_hook(lambda _, args, name=name: seen.update({name: args[0]}))
        for name, layer in layers.items()
    ]
    try:
        with torch.no_grad():
            model(inputs)
    finally:
        for hook in hooks:
            hook.remove()
    missing = [name for name in layers if name not in seen]
    if missing:
        must = "use all of its linear layers"
        raise argument_error("model", must, f"does not call {', '.join(missing)} on `inputs`")
    return seen

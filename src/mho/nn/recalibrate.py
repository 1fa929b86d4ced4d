"""Ranges of converters and calibration, set again for weights that have changed."""

import torch
from torch import Tensor, nn

from .layer import Layer


def recalibrate(model: nn.Module, inputs: Tensor) -> None:
    """Fit the converters and the calibration of all layers again; their cells stay as they are.

    A model that is trained on tiles outgrows the ranges that were fitted when it was converted.

    Args:
        model: Converted model.
        inputs: (images, ...), 1. Inputs of the model that stand for those to come.
    """
    hooks = [
        layer.register_forward_pre_hook(lambda own, args: own.fit(args[0]))
        for layer in model.modules()
        if isinstance(layer, Layer)
    ]
    training = model.training
    try:
        with torch.no_grad():
            model.eval()(inputs)
    finally:
        for hook in hooks:
            hook.remove()
        model.train(training)

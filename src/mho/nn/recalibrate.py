"""Ranges of converters and calibration, set again for weights that have changed."""

from torch import Tensor, nn

from .layer import Layer
from .look import look


def recalibrate(model: nn.Module, inputs: Tensor) -> None:
    """Fit the converters and the calibration of all layers again; their cells stay as they are.

    A model that is trained on tiles outgrows the ranges that were fitted when it was converted.

    Args:
        model: Converted model.
        inputs: (images, ...), 1. Inputs of the model that stand for those to come.
    """
    layers = [module for module in model.modules() if isinstance(module, Layer)]
    look(model, inputs, {layer: layer.fit for layer in layers})

"""A converted model written anew."""

from dataclasses import replace

from torch import nn

from .layer import Layer
from .writer import Writer


def rewrite(model: nn.Module, writer: Writer) -> None:
    """Write all tiles of a converted model again, in place, as if for the first time.

    Voltage scales, ranges of converters and calibration stay as they were. That is far faster than
    converting again, and enough to see what other draws of an error do.

    Args:
        model: Converted model.
        writer: How conductances get into the cells.
    """
    for layer in model.modules():
        if isinstance(layer, Layer):
            layer.tile = replace(layer.tile, writer=writer)
            layer.times_written = 0
            layer.forget_cells()
            layer.write()

"""What the closed loop keeps for its report: one digit and one tile at every stage."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from mho.nn import Linear, Writer, convert

from .digits import Digits
from .store import RunFolder

if TYPE_CHECKING:
    from .closed_loop import ClosedLoop

VECTORS = 200
"""Vectors whose currents the report shows."""


def analog_layers(model: nn.Module) -> list[Linear]:
    """The layers of a converted model that are made of tiles.

    Args:
        model: Converted model.
    """
    return [module for module in model.modules() if isinstance(module, Linear)]


def pictures(
    study: ClosedLoop, model: nn.Module, inputs: Tensor, test: Digits, writer: Writer
) -> dict[str, Tensor]:
    """Arrays to draw: of the first test digit, and of the middle tile of the first layer.

    Args:
        study: Settings of the loop.
        model: Digital network.
        inputs: (images, 28, 28), 1. Images that the tiles are calibrated with.
        test: Digits to read.
        writer: Wrote the tiles.
    """
    raw = convert(model, study.tile(writer, "converters"), inputs)
    calibrated = convert(model, study.tile(writer, "calibrated"), inputs)
    before, after = analog_layers(raw)[0], analog_layers(calibrated)[0]
    middle = len(before.target) // 2
    cells = before.conductance[middle, 0].double()
    voltage = torch.full((1, len(cells)), study.read_voltage, dtype=torch.float64)
    vectors = inputs[:VECTORS].flatten(1)
    with torch.no_grad():
        return {
            "image": test.images[0],
            "label": test.labels[0],
            "weight": next(m.weight for m in model.modules() if isinstance(m, nn.Linear)),
            "tile": torch.tensor(middle * before.target.shape[1]),
            "target": before.target[middle, 0],
            "conductance": before.conductance[middle, 0],
            "cell_voltage": study.crossbar.read(cells, voltage).cell_voltage[0],
            "ideal_current": before.ideal_currents(vectors)[middle, 0],
            "raw_current": before.currents(vectors)[middle, 0],
            "calibrated_current": after.currents(vectors)[middle, 0],
            "digital_output": model(test.images[:1])[0],
            "raw_output": raw(test.images[:1])[0],
            "calibrated_output": calibrated(test.images[:1])[0],
        }


def programmed_cells(
    folder: RunFolder, schemes: Iterable[str], seed: int, tiles: int
) -> dict[str, np.ndarray]:
    """What the report says of all cells of one seed, in the precision that a figure needs.

    Args:
        folder: Holds the tiles.
        schemes: Names of the schemes.
        seed: Seed to show.
        tiles: Tiles of the network.
    """
    arrays = {}
    for name in schemes:
        written = [folder.read(f"{name}-seed{seed}-tile{tile:03d}") for tile in range(tiles)]
        for key, kind in (("target", "f4"), ("conductance", "f4"), ("pulses", "u2")):
            cells = np.concatenate([tile[key].ravel() for tile in written])
            arrays[f"{name}.{key}"] = cells.astype(kind)
        starts = np.cumsum([0] + [tile["target"].size for tile in written])
        arrays[f"{name}.tile_start"] = starts
    return arrays

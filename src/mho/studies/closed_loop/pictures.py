"""What the closed loop keeps for its report: one digit and one tile at every stage."""

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from torch import Tensor, nn

from mho.nn import Linear
from mho.studies.digits import Digits
from mho.studies.study import Shards

from .shards import tile_shard

VECTORS = 200
"""Vectors whose currents the report shows."""


def analog_layers(model: nn.Module) -> list[Linear]:
    """The layers of a converted model that are made of tiles.

    Args:
        model: Converted model.
    """
    return [module for module in model.modules() if isinstance(module, Linear)]


def pictures(
    digital: nn.Module, raw: nn.Module, calibrated: nn.Module, inputs: Tensor, test: Digits
) -> dict[str, Tensor]:
    """Arrays to draw: of the first test digit, and of the middle tile of the first layer.

    Args:
        digital: Trained network.
        raw: The network on tiles, before calibration.
        calibrated: The network on tiles, after calibration.
        inputs: (images, 28, 28), 1. Images that the tiles are calibrated with.
        test: Digits to read.
    """
    before, after = analog_layers(raw)[0], analog_layers(calibrated)[0]
    middle = len(before.target) // 2
    cells = before.conductance[middle, 0].double()
    volt, crossbar = before.tile.read_voltage, before.tile.crossbar
    voltage = torch.full((1, len(cells)), volt, dtype=torch.float64)
    vectors = inputs[:VECTORS].flatten(1)
    with torch.no_grad():
        driven = before.voltages(vectors)[middle, 0]
        return {
            "image": test.images[0],
            "label": test.labels[0],
            "weight": next(m.weight for m in digital.modules() if isinstance(m, nn.Linear)),
            "tile": torch.tensor(middle * before.target.shape[1]),
            "target": before.target[middle, 0],
            "conductance": before.conductance[middle, 0],
            "cell_voltage": crossbar.read(cells, voltage).cell_voltage[0],
            "nodal_current": crossbar.read(cells, driven).current,
            "folded_current": driven @ before.effective[middle, 0],
            "ideal_current": before.ideal_currents(vectors)[middle, 0],
            "raw_current": before.currents(vectors)[middle, 0],
            "calibrated_current": after.currents(vectors)[middle, 0],
            "digital_output": digital(test.images[:1])[0],
            "raw_output": raw(test.images[:1])[0],
            "calibrated_output": calibrated(test.images[:1])[0],
        }


def folding_error(arrays: Mapping[str, np.ndarray]) -> float:
    """What folding the cells into a matrix leaves out of a tile's currents, relative.

    Args:
        arrays: What `pictures` made.
    """
    nodal = arrays["nodal_current"]
    difference = nodal - arrays["folded_current"]
    return float(np.sqrt(np.mean(difference**2) / np.mean(nodal**2)))


def programmed_cells(
    folder: Shards, schemes: Iterable[str], seed: int, tiles: int
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
        written = [folder.read(tile_shard(name, seed, tile)) for tile in range(tiles)]
        for key, kind in (("target", "f4"), ("conductance", "f4"), ("pulses", "u2")):
            cells = np.concatenate([tile[key].ravel() for tile in written])
            arrays[f"{name}.{key}"] = cells.astype(kind)
        starts = np.cumsum([0] + [tile["target"].size for tile in written])
        arrays[f"{name}.tile_start"] = starts
    return arrays

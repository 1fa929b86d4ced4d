"""What the closed loop keeps for its report: one image and one tile at every stage."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from mho.nn import DifferentialPair, Layer, Writer
from mho.nn.look import look
from mho.studies.networks.pictures import Pictures
from mho.studies.study import Shards

from .shards import sample_shard, tile_shard

VECTORS = 200
"""Vectors whose currents the report shows."""
IMAGES = 200
"""Images that they are taken from."""
CELLS = 20_000
"""Cells of each scheme that the report counts, taken evenly over all."""


def pictures(
    digital: nn.Module, raw: nn.Module, calibrated: nn.Module, inputs: Tensor, test: Pictures
) -> dict[str, Tensor]:
    """Arrays to draw: of the first test image, and of the middle tile of the first layer.

    Args:
        digital: Trained network.
        raw: The network on tiles, before calibration.
        calibrated: The network on tiles, after calibration.
        inputs: (images, ...), 1. Images that the tiles are calibrated with.
        test: Images to read.
    """
    layers = [module for module in raw.modules() if isinstance(module, Layer)]
    before = layers[0]
    after = next(module for module in calibrated.modules() if isinstance(module, Layer))
    middle = len(before.target) // 2
    cells = before.conductance[middle, 0].double()
    volt, crossbar = before.tile.read_voltage, before.tile.crossbar
    voltage = torch.full((1, len(cells)), volt, dtype=torch.float64)
    seen: list[Tensor] = []
    look(raw, inputs[:IMAGES], {before: seen.append})
    driven = before.voltages(seen[0])
    some = slice(None, None, -(-driven.shape[-2] // VECTORS))
    with torch.no_grad():
        vectors = driven[middle, 0, some]
        return {
            "image": _drawable(test.images[0]),
            "label": test.labels[0],
            "weight": _as_images(before.weight, test.images),
            "cells": torch.tensor(sum(int((layer.target > 0).sum()) for layer in layers)),
            "tile": torch.tensor(middle * before.target.shape[1]),
            "target": before.target[middle, 0],
            "conductance": before.conductance[middle, 0],
            "cell_voltage": crossbar.read(cells, voltage).cell_voltage[0],
            "nodal_current": crossbar.read(cells, vectors).current,
            "folded_current": vectors @ before.effective[middle, 0],
            "ideal_current": before.ideal_currents(seen[0])[middle, 0, some],
            "raw_current": before.currents(seen[0])[middle, 0, some],
            "calibrated_current": after.currents(seen[0])[middle, 0, some],
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
    folder: Shards,
    writers: Mapping[str, Writer],
    shown: Mapping[str, np.ndarray],
    *,
    mapping: DifferentialPair,
    tiles: int | None,
) -> dict[str, np.ndarray]:
    """What the report says of the cells of the first seed, in the precision that a figure needs.

    Args:
        folder: Holds the tiles, or the sample of cells.
        writers: Writer of each scheme.
        shown: What `pictures` made.
        mapping: Gives the range of the targets.
        tiles: Tiles of the network, if each of their cells was simulated.
    """
    arrays, tile = {}, int(shown["tile"])
    exists = shown["target"] > 0
    target = torch.from_numpy(shown["target"][exists.any(1)][:, exists.any(0)]).double()
    target = target.clamp(mapping.g_min, mapping.g_max)  # layers keep them in single precision
    for name, writer in writers.items():
        seed: int = writer.seed  # type: ignore[attr-defined]
        numbers = [] if tiles is None else [tile_shard(name, seed, k) for k in range(tiles)]
        written = [folder.read(shard) for shard in numbers or [sample_shard(name, seed)]]
        for key, kind in (("target", "f4"), ("conductance", "f4"), ("pulses", "u2")):
            cells = np.concatenate([each[key].ravel() for each in written])
            arrays[f"{name}.{key}"] = cells[:: -(-len(cells) // CELLS)].astype(kind)
        reached = writer.write(target, tile=tile).conductance
        arrays[f"{name}.tile_error"] = (reached / target - 1).numpy().astype("f4")
    return arrays


def _drawable(image: Tensor) -> Tensor:
    """An image in grey, 0 to 1: (height, width)."""
    grey = image.reshape(-1, *image.shape[-2:]).mean(0)
    if grey.min() >= 0 and grey.max() <= 1:
        return grey
    return (grey - grey.min()) / (grey.max() - grey.min())


def _as_images(weight: Tensor, images: Tensor) -> Tensor:
    """Weights of the first layer as small images: (units, height, width)."""
    if weight.dim() > 2:
        return weight.flatten(1, -3).mean(1)
    width = images.shape[-1]
    whole = weight.shape[1] % width == 0
    return weight.unflatten(1, (-1, width)) if whole else weight[:, None]

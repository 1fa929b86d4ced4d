"""Tiles whose columns are driven and whose rows are sensed."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from mho.calibration import Unchanged
from mho.crossbar.noise import together
from mho.crossbar.product import product

from .backward import Backward
from .bank import AFFINE

if TYPE_CHECKING:
    from .layer import Layer


def read_back(layer: "Layer", vectors: Tensor, source: torch.Generator) -> Tensor:
    """What the tiles of a layer make of numbers for its outputs: (vectors, groups * inputs).

    Circuits of resistors are reciprocal: where the driven and the sensed ends of the wires change
    places, with the resistances at them, an array multiplies by its matrix transposed. Cells that
    bend are taken by their slope at 0 V.

    Args:
        layer: Layer of tiles with a `backward`; the range of its `adc_back` is set unless it was
            before.
        vectors: (vectors, groups * outputs), 1. Numbers in any unit.
        source: Of the noise.
    """
    mapping, tiling, volt = layer.tile.mapping, layer.tiling, layer.tile.read_voltage
    backward = layer.tile.backward or Backward()
    driver = backward.driver(volt)
    asked = tiling.spread_back(vectors) * (layer.scale * layer.volt_per_input)
    wanted = mapping.drive(asked)
    repaired = _through_repair(layer, asked)
    repaired = wanted if repaired is None else repaired
    largest = repaired.abs().amax(-1, keepdim=True).clamp_(min=torch.finfo(wanted.dtype).tiny)
    driven = repaired * (volt / largest)
    voltage = driven if driver is None else driver(driven)
    total = voltage.sum(-1, keepdim=True)
    if repaired is not wanted:  # a repair is digital, and so is its part in what is taken away
        total = total + ((wanted - repaired) * (volt / largest)).sum(-1, keepdim=True)
    # Tiles above each other are driven alike: they come last, as those beside each other do when
    # the rows are driven.
    voltage, total, largest = (each.transpose(0, 1) for each in (voltage, total, largest))
    current = _sensed(layer, backward, voltage, source)
    return tiling.gather_back(mapping.sums_back(current, total).mul_(largest / volt))


def _sensed(layer: "Layer", backward: Backward, voltage: Tensor, source: torch.Generator) -> Tensor:
    """Converted currents out of the rows: (column tiles, row tiles, vectors, rows), A."""
    turned = layer.effective.permute(1, 0, 3, 2)
    current, noise = product(voltage, turned), None
    if backward.noise:
        noise = together(backward.noise, current, turned, voltage, source)
    if layer.adc_back is None and backward.adc is not None and bool(current.any()):
        layer.adc_back = backward.adc.fit(current if noise is None else noise.on(current))
    if layer.adc_back is not None:
        return layer.adc_back(current, noise=noise)
    return current if noise is None else noise.on(current)


def _through_repair(layer: "Layer", asked: Tensor) -> Tensor | None:
    """Voltages of the columns where a repair stands before what drives the outputs, if one does."""
    if isinstance(layer.repair, Unchanged) or not isinstance(layer.repair, AFFINE):
        return None
    mapping, tiles = layer.tile.mapping, layer.tiling.row_tiles
    with torch.enable_grad():
        columns = asked.new_zeros(tiles, *asked.shape[1:-1], layer.effective.shape[-1])
        columns.requires_grad_()
        sums = mapping.sums(layer.repair(mapping.seen(columns)), asked.new_zeros(()))
        driven: Tensor = torch.autograd.grad(sums, columns, asked.expand(sums.shape))[0]
    return driven

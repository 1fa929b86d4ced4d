"""What programming and inference of a converted model cost: pulses, energy and time, estimated."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from mho.core.check import argument_error
from mho.core.units import si

from .electronics import Electronics
from .layer import Layer
from .look import look
from .writer import Written

_TOGETHER = 16  # images whose voltages are held at a time


@dataclass(frozen=True, kw_only=True)
class Programming:
    """What writing tiles once took, all of them at the same time; NaN if the writer cannot tell.

    Args:
        pulses: Of all cells together.
        energy: J. What the pulses dissipated in the cells.
        cell_time: s. Of the slowest tile, whose cells are written one after the other.
        row_time: s. Of the slowest tile, if the cells of a row are written at once.
    """

    pulses: float
    energy: float
    cell_time: float
    row_time: float

    @classmethod
    def of(cls, written: Iterable[Written], read_time: float) -> "Programming":
        """What some tiles took; a cell that gets pulses is read before the first and after each.

        Args:
            written: What came of each tile.
            read_time: s. Of reading a row.
        """
        totals, cells, rows = torch.zeros(2).double(), [0.0], [0.0]
        for each in written:
            pulses, time = each.pulses.double(), each.time.double()
            reads = pulses + (pulses != 0)
            totals += torch.stack([pulses.sum(), each.energy.double().sum()])
            cells.append(float((time + reads * read_time).sum()))
            rows.append(float((time.amax(1) + reads.amax(1) * read_time).sum()))
        pulses, energy = totals.tolist()
        return cls(pulses=pulses, energy=energy, cell_time=_largest(cells), row_time=_largest(rows))

    @classmethod
    def together(cls, parts: Iterable["Programming"]) -> "Programming":
        """Several layers, written at the same time.

        Args:
            parts: Of each.
        """
        each = list(parts)
        return cls(
            pulses=sum(part.pulses for part in each),
            energy=sum(part.energy for part in each),
            cell_time=_largest([part.cell_time for part in each]),
            row_time=_largest([part.row_time for part in each]),
        )

    def __str__(self) -> str:
        if math.isnan(self.pulses):
            return "programming: unknown, since the errors of the cells were drawn"
        return (
            f"programming: {self.pulses:.0f} pulses, {si(self.energy, 'J')}, "
            f"{si(self.cell_time, 's')} cell by cell, {si(self.row_time, 's')} row by row"
        )


@dataclass(frozen=True, kw_only=True)
class Inference:
    """What one input takes, on average over those that were looked at.

    Args:
        vectors: Reads of tiles, those of different tiles counted once.
        conversions: Of rows and of columns.
        multiplications: Digital ones, of repairs and of scales.
        cell_energy: J. Dissipated in the cells, at the voltages of their rows: what wires take is
            not taken off.
        converter_energy: J. Of the converters.
        digital_energy: J. Of the digital multiplications.
        time: s. From input to output, with one vector after the other.
    """

    vectors: float
    conversions: float
    multiplications: float
    cell_energy: float
    converter_energy: float
    digital_energy: float
    time: float

    @property
    def energy(self) -> float:
        """All of the energy, J."""
        return self.cell_energy + self.converter_energy + self.digital_energy

    @classmethod
    def together(cls, parts: Iterable["Inference"]) -> "Inference":
        """Several layers, one after the other.

        Args:
            parts: Of each.
        """
        each = list(parts)
        names = cls.__dataclass_fields__
        return cls(**{name: sum(getattr(part, name) for part in each) for name in names})

    def __str__(self) -> str:
        shares = {
            "cells": self.cell_energy,
            "converters": self.converter_energy,
            "digital": self.digital_energy,
        }
        told = ", ".join(f"{name} {si(value, 'J')}" for name, value in shares.items())
        return f"an input: {si(self.energy, 'J')} ({told}), {si(self.time, 's')}"


@dataclass(frozen=True, kw_only=True)
class LayerCost:
    """What a layer costs.

    Args:
        tiles: Of the layer.
        cells: Of all its tiles.
        programming: What writing them took.
        inference: What an input takes.
    """

    tiles: int
    cells: int
    programming: Programming
    inference: Inference


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a model costs, layer by layer and in all.

    Args:
        layers: By the names that the model gives them.
    """

    layers: dict[str, LayerCost]

    @property
    def programming(self) -> Programming:
        """Of all layers, written at the same time."""
        return Programming.together(layer.programming for layer in self.layers.values())

    @property
    def inference(self) -> Inference:
        """Of all layers, one after the other."""
        return Inference.together(layer.inference for layer in self.layers.values())

    def __str__(self) -> str:
        tiles, cells = (
            sum(getattr(x, n) for x in self.layers.values()) for n in ("tiles", "cells")
        )
        lines = [f"Cost: {cells} cells on {tiles} tiles", f"  {self.programming}"]
        lines.append(f"  {self.inference}")
        lines += [
            f"    {name}: {si(each.inference.energy, 'J')}, {si(each.inference.time, 's')}, "
            f"{each.inference.vectors:.0f} x {each.tiles} reads of a tile"
            for name, each in self.layers.items()
        ]
        return "\n".join(lines)


def cost(model: nn.Module, inputs: Tensor, *, electronics: Electronics | None = None) -> Cost:
    """Estimate what programming a converted model took, and what one input takes.

    The cells' part follows from what they hold and from the voltages of these very inputs, and
    that of programming from the pulses that were sent. All else is assumed, by `electronics`: each
    tile has converters of its own, the tiles of a layer work at the same time, and the cells of a
    tile conduct until its last column is converted. Buffers, wires between tiles, control, and what
    stays digital are left out.

    Args:
        model: Converted model.
        inputs: (images, ...), 1. Inputs of the model.
        electronics: Speed and energy of converters and arithmetic; published ones if left out.
    """
    electronics = electronics or Electronics()
    layers = {name: each for name, each in model.named_modules() if isinstance(each, Layer)}
    if not layers:
        must, but = "have layers on tiles", f"is {type(model).__name__} without one"
        raise argument_error("model", must, but, "Convert it: `mho.nn.convert`.")
    taken: dict[str, list[Inference]] = {name: [] for name in layers}

    def told(name: str, x: Tensor) -> None:
        taken[name].append(_inference(layers[name], x, len(inputs), electronics))

    look(model, inputs, {layer: partial(told, name) for name, layer in layers.items()})
    return Cost(
        layers={
            name: LayerCost(
                tiles=layer.tiles,
                cells=int((layer.target > 0).sum()),
                programming=Programming.of(layer.written, _vector_time(layer, electronics)),
                inference=Inference.together(taken[name]),
            )
            for name, layer in layers.items()
        }
    )


def _inference(layer: Layer, x: Tensor, images: int, electronics: Electronics) -> Inference:
    """What the inputs of a layer take, over the number of images."""
    time, there = _vector_time(layer, electronics), layer.target > 0
    row_conductance = layer.conductance.double().sum(-1)
    vectors, squares = 0, torch.zeros((), dtype=torch.float64)
    for part in x.split(_TOGETHER):
        voltage = layer.voltages(part).double()
        vectors += voltage.shape[-2]
        squares += (voltage.square().sum(-2) * row_conductance).sum()
    rows, columns = int(there.any(-1).sum()), there.any(-2).sum(-1).flatten().tolist()
    converted = sum(map(layer.tile.mapping.converters, columns))
    of_rows, of_columns = (electronics.conversion_energy(each) for each in (layer.dac, layer.adc))
    scales = layer.weight.shape[0] * len(layer.scale)
    digital = layer.tiles * layer.repair.multiplications + scales
    each = vectors / images
    return Inference(
        vectors=each,
        conversions=each * (rows + converted),
        multiplications=each * digital,
        cell_energy=float(squares) * time / images,
        converter_energy=each * (rows * of_rows + converted * of_columns),
        digital_energy=each * digital * electronics.multiplication_energy,
        time=each * time,
    )


def _vector_time(layer: Layer, electronics: Electronics) -> float:
    return electronics.vector_time(layer.tile.mapping.converters(layer.target.shape[-1]))


def _largest(values: list[float]) -> float:
    """The largest, and NaN if one is: what is not known may be larger."""
    return math.nan if any(map(math.isnan, values)) else max(values)

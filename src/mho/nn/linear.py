"""A linear layer whose weights are conductances."""

import math

import torch
from torch import Tensor, nn

from mho.calibration import Repair, Unchanged
from mho.core.check import check_finite, check_shape
from mho.core.random import generator

from .tile import Tile
from .writer import Written


class Linear(nn.Module):
    """Takes the place of a trained `torch.nn.Linear`; its product is done by crossbar tiles.

    Inputs become row voltages, column currents become outputs; the bias stays digital. Tiles are
    kept as one batch, (row tiles, column tiles, rows, cols). Cells beyond the layer's own size do
    not exist and conduct nothing.

    Args:
        digital: Trained layer.
        tile: What the layer is made of.
        inputs: (..., inputs), 1. Inputs that stand for those to come: they set the voltage scale,
            the ranges of the converters and the calibration.
        first_tile: Number of this layer's first tile in the model.

    Attributes:
        target: (row tiles, column tiles, rows, cols), S. Conductances that were asked for.
        conductance: (row tiles, column tiles, rows, cols), S. Conductances that the cells hold.
        effective: (row tiles, column tiles, rows, cols), S. Matrices that the tiles multiply by.
        written: What writing each tile took, row tile by row tile.
    """

    target: Tensor
    conductance: Tensor
    effective: Tensor

    def __init__(self, digital: nn.Linear, tile: Tile, inputs: Tensor, *, first_tile: int = 0):
        super().__init__()
        check_shape("inputs", inputs, "(..., inputs)", inputs=digital.in_features)
        check_finite("inputs", inputs)
        self.in_features, self.out_features = digital.in_features, digital.out_features
        self.tile, self.first_tile = tile, first_tile
        self.bias = digital.bias
        weight = digital.weight.detach().T
        self.volt_per_input = tile.read_voltage / (inputs.detach().abs().max().item() or 1.0)
        per_siemens = tile.mapping.weight_per_siemens(weight)
        self.output_per_ampere = per_siemens / self.volt_per_input

        target = self._split(tile.mapping.conductance(weight))
        self.written, conductance = self._write(target)
        effective = tile.crossbar.effective_conductance(conductance)
        dtype = digital.weight.dtype
        self.register_buffer("target", target.to(dtype))
        self.register_buffer("conductance", conductance.to(dtype))
        self.register_buffer("effective", effective.to(dtype))
        self._generator = generator(tile.noise_seed, first_tile)
        self._fit(inputs.detach())

    @property
    def tiles(self) -> int:
        """Number of tiles of this layer."""
        return len(self.written)

    def forward(self, x: Tensor) -> Tensor:
        """Outputs of the layer: (..., outputs).

        Args:
            x: (..., inputs), 1. Inputs of the layer.
        """
        columns = self.currents(x).sum(0).transpose(0, 1).flatten(1)[:, : 2 * self.out_features]
        y = self.tile.mapping.outputs(columns) * self.output_per_ampere
        y = y.reshape(*x.shape[:-1], self.out_features)
        return y if self.bias is None else y + self.bias

    def voltages(self, x: Tensor) -> Tensor:
        """Voltages driving the rows of every tile: (row tiles, 1, vectors, rows), V.

        Args:
            x: (..., inputs), 1. Inputs of the layer.
        """
        voltage = x.reshape(-1, self.in_features) * self.volt_per_input
        if self.dac is not None:
            voltage = self.dac(voltage)
        row_tiles, _, rows, _ = self.target.shape
        voltage = nn.functional.pad(voltage, (0, row_tiles * rows - self.in_features))
        return voltage.reshape(-1, row_tiles, rows).transpose(0, 1)[:, None]

    def currents(self, x: Tensor) -> Tensor:
        """Currents of every tile as they are known digitally, converted and calibrated, A.

        The shape is (row tiles, column tiles, vectors, cols).

        Args:
            x: (..., inputs), 1. Inputs of the layer.
        """
        voltage = self.voltages(x)
        return self.repair(self._convert(self._read(voltage), voltage))

    def ideal_currents(self, x: Tensor) -> Tensor:
        """Currents that ideal wires and cells at their targets would give, as in `currents`, A.

        Args:
            x: (..., inputs), 1. Inputs of the layer.
        """
        ideal: Tensor = self.voltages(x) @ self.target
        return ideal

    def extra_repr(self) -> str:
        """What printing the model shows."""
        grid = "x".join(str(size) for size in self.target.shape)
        return f"{self.in_features} -> {self.out_features}, tiles {grid}"

    def _split(self, conductance: Tensor) -> Tensor:
        """Tiles of a layer: (row tiles, column tiles, rows, cols), zero where no cell is."""
        inputs, columns = conductance.shape
        row_tiles = math.ceil(inputs / self.tile.rows)
        col_tiles = math.ceil(columns / (self.tile.cols // 2 * 2))
        rows = math.ceil(inputs / row_tiles)
        cols = 2 * math.ceil(columns / 2 / col_tiles)
        whole = conductance.new_zeros(row_tiles * rows, col_tiles * cols)
        whole[:inputs, :columns] = conductance
        return whole.reshape(row_tiles, rows, col_tiles, cols).transpose(1, 2).contiguous()

    def _write(self, target: Tensor) -> tuple[list[Written], Tensor]:
        conductance = torch.zeros_like(target)
        written: list[Written] = []
        for cells, kept in zip(target.flatten(0, 1), conductance.flatten(0, 1), strict=True):
            exists = cells > 0
            rows, cols = int(exists.any(1).sum()), int(exists.any(0).sum())
            tile = self.first_tile + len(written)
            written.append(self.tile.writer.write(cells[:rows, :cols], tile=tile))
            kept[:rows, :cols] = written[-1].conductance
        return written, conductance

    def _fit(self, inputs: Tensor) -> None:
        """Set the ranges of the converters and the calibration from representative inputs."""
        self.dac = self.tile.dac and self.tile.dac.fit(inputs * self.volt_per_input)
        self.tia = self.adc = None
        self.repair: Repair = Unchanged()
        if self.tile.tia is self.tile.adc is self.tile.calibrator is None:
            return  # a read of all inputs can take long
        voltage = self.voltages(inputs)
        current = self._read(voltage)
        self.tia = self.tile.tia and self.tile.tia.fit(current)
        self.adc = self.tile.adc and self.tile.adc.fit(current)
        calibrator = self.tile.calibrator
        if calibrator is not None and not calibrator.fitted:
            # The converters' errors are part of what is to be repaired.
            calibrator = calibrator.fit(self._convert(current, voltage), voltage, self.target)
        if calibrator is not None:
            self.repair = calibrator.fold(self.target)

    def _read(self, voltage: Tensor) -> Tensor:
        tile = self.tile
        return tile.reader.current(tile.crossbar, self.conductance, self.effective, voltage)

    def _convert(self, current: Tensor, voltage: Tensor) -> Tensor:
        """Currents as noise, amplifiers and converters leave them."""
        for noise in self.tile.noise:
            current = noise.apply(current, self.effective, voltage, self._generator)
        if self.tia is not None:
            current = self.tia(current)
        return current if self.adc is None else self.adc(current)

"""What all layers of tiles have in common: writing, folding, reading, gradients."""

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor, nn

from mho.calibration import Repair, Unchanged
from mho.core.check import check_finite, check_precision
from mho.core.random import generator
from mho.crossbar import ADC, DAC, TIA

from .bank import AFFINE, Bank
from .checkpoint import differences, fitted, restored, settings
from .gradient import Instead, Product
from .products import Products
from .read_back import read_back
from .reader import Folded
from .tile import Tile
from .tiling import Tiling
from .writer import Written
from .writing import (
    Cells,
    cells_shape,
    check_room,
    weight_per_siemens,
    write_some,
    write_tiles,
)

_ALIKE = 10_000  # vectors that ranges and calibration are fitted to, at most
TOGETHER = 1 << 21  # inputs of all vectors that are read at a time: more miss the caches
_FITTED = ("dac", "tia", "adc", "adc_back", "repair")
_LARGEST = 1 + 1e-6


class Layer(Products):
    """Takes the place of a trained layer of torch; its products are done by crossbar tiles.

    Inputs become row voltages, column currents become outputs; the bias stays digital. Tiles are
    kept as one batch, (row tiles, column tiles, rows, cols); groups of a convolution and slices of
    the weights have column tiles of their own. Cells beyond the layer's own size do not exist and
    conduct nothing.

    `weight` is what was last written. Once an optimiser has changed it, it is written again before
    the next reading. Gradients are those of the weights that the cells hold, and pass converters
    and noise as if these were not there; with a `backward` of the tile, those of the inputs are
    what the tiles answer to those of the outputs.

    Args:
        digital: Trained layer.
        tile: What the layer is made of.
        inputs: (...), 1. Inputs that stand for those to come, as the digital layer takes them: they
            set the voltage scale, the ranges of the converters and the calibration.
        first_tile: Number of this layer's first tile in the model.
        cells: Layer of the same weights whose cells this one takes over, not written again; its
            tile differs in nothing but how it is read.

    Attributes:
        largest: (row tiles or 1, tiles of a slice or 1, 1, outputs or 1), 1. Weight that takes the
            whole range of a cell.
        target: (row tiles, column tiles, rows, cols), S. Conductances that were asked for.
        conductance: (row tiles, column tiles, rows, cols), S. Conductances that the cells hold.
        reached: (row tiles or 1, tiles of a slice or 1, 1, outputs or 1), 1. What of the weights
            the first slice reaches through wires, if the slices that follow ask for it.
        effective: (row tiles, column tiles, rows, cols), S. Matrices that the tiles multiply by.
        kernel: (...), 1. Weights that the layer multiplies by in the end, in the shape of `weight`.
        offset: (outputs,), 1. What the repair adds to the outputs.
        scale: (row tiles or 1, column tiles or 1, 1, outputs or 1), 1. Output for each ampere.
        written: What writing each tile took, row tile by row tile.
        clipped: Share of the weights that were beyond the range.
    """

    weight: nn.Parameter
    largest: Tensor
    target: Tensor
    conductance: Tensor
    reached: Tensor
    effective: Tensor
    kernel: Tensor
    offset: Tensor
    scale: Tensor

    def __init__(
        self,
        digital: nn.Module,
        tile: Tile,
        inputs: Tensor,
        *,
        first_tile: int = 0,
        cells: "Layer | None" = None,
    ) -> None:
        super().__init__()
        check_finite("inputs", inputs)
        inputs, trained = inputs.detach(), cast(Tensor, digital.weight).detach()
        check_precision("model", trained)
        self.tile, self.first_tile, self.times_written = tile, first_tile, 0
        self.written: list[Written] = []
        self.weight = nn.Parameter(trained.clone())
        bias = cast(Tensor | None, digital.bias)
        self.bias = None if bias is None else nn.Parameter(bias.detach().clone())
        matrices = self._matrices(trained)
        self.tiling = Tiling.of(tuple(matrices.shape), tile)
        shape = cells_shape(tile, self.tiling)
        check_room("tile", shape)
        self.volt_per_input = tile.read_voltage / (inputs.abs().max().item() or 1.0)
        largest = tile.mapping.weights.largest(self.tiling.split(matrices))
        self.register_buffer("largest", largest)
        for name in ("target", "conductance"):
            self.register_buffer(name, trained.new_zeros(shape))
        one = self.tiling.row_tiles, shape[1] // self.tiling.slices, 1, self.tiling.outputs_of_tile
        alike = trained.new_ones(one if tile.slicing.through_wires else (1, 1, 1, 1))
        self.register_buffer("reached", alike)
        for name in ("effective", "kernel", "offset", "scale"):
            self.register_buffer(name, trained.new_empty(0), persistent=False)
        self._generator = generator(tile.noise_seed, first_tile)
        self.repair: Repair = Unchanged()
        self.dac: DAC | None = None
        self.tia: TIA | None = None
        self.adc: ADC | None = None
        self.adc_back: ADC | None = None
        if cells is None:
            self.write()
        else:
            self._take_over(cells)
        self._fit(self._padded(inputs))

    @property
    def aim(self) -> Tensor:
        """What calibrated currents are per volt: (row tiles, column tiles, rows, converters), S.

        These are the targets, or their differences where columns are subtracted before they are
        converted. Only where a slice makes up for what the ones before it hold, these are aimed at
        as they were read back, cell by cell or through the wires.
        """
        last = self.tiling.tiles_across // self.tiling.slices
        aim, mapping, slicing = self.target, self.tile.mapping, self.tile.slicing
        if slicing.follows and last < self.tiling.tiles_across:
            before, wanted = self.conductance[:, :-last], self.target[:, -last:]
            if slicing.through_wires:  # of which the last slice was asked for more to pass them
                before = self.effective[:, :-last]
                held = mapping.held(before.double()).split(last, 1)
                share = self._share.nan_to_num()  # in place of weights that belong to no cell
                missed = slicing.slice(share * self.reached, held)
                wanted = (mapping.conductance(missed) * (wanted > 0)).to(before.dtype)
            aim = torch.cat([before, wanted], 1)
        return mapping.seen(aim)

    @property
    def tiles(self) -> int:
        """Number of tiles of this layer."""
        return len(self.written)

    def forward(self, x: Tensor) -> Tensor:
        """Outputs of the layer, as the digital layer shapes them.

        Args:
            x: (...), 1. Inputs of the layer, as the digital layer takes them.
        """
        if torch.is_autocast_enabled(x.device.type):
            with torch.autocast(x.device.type, enabled=False):  # no tile is read in half precision
                return self.forward(x)
        self._write_if_changed()
        x, graded = self._padded(x.to(self.weight.dtype)), torch.is_grad_enabled()
        if not self._needs_tiles and (self.tile.backward is None or not graded):
            driven = x
            if self.dac is not None:
                driven = self.dac(x, unit=self.volt_per_input) / self.volt_per_input
                driven = Instead.apply(x, driven) if graded else driven
            kernel = Instead.apply(self.weight, self.kernel) if graded else self.kernel
            bias = self.offset if self.bias is None else self.bias + self.offset
            return self._multiply(driven, kernel, bias)
        if graded and (x.requires_grad or self.weight.requires_grad):
            y: Tensor = Product.apply(x, self.weight, self)
        else:
            y = self.product(x)
        return y if self.bias is None else y + self._along_outputs(self.bias)

    def write(self) -> None:
        """Write the weights into the cells, and fold the tiles into matrices."""
        check_finite("weight", self.weight)
        share = self._share
        self.clipped = _beyond(share) / self.weight.numel()
        cells = Cells(self.target, self.conductance, self.reached)
        self.written = write_tiles(
            self.tile,
            self.tiling,
            share.clamp_(-1.0, 1.0),
            cells,
            first=self.first_tile,
            before=self.times_written,
            last=self.written if self.times_written else None,
        )
        self.times_written += 1
        self.fold()

    def _take_over(self, cells: "Layer") -> None:
        """Hold what the cells of another layer hold, without writing or folding in vain."""
        self.target.copy_(cells.target)
        self.conductance.copy_(cells.conductance)
        self.reached.copy_(cells.reached)
        # A writer that goes on with the cells of one layer must not change those of the other.
        self.written = [replace(one, cells=copy.deepcopy(one.cells)) for one in cells.written]
        self.times_written, self.clipped = cells.times_written, cells.clipped
        if cells.tile.crossbar is self.tile.crossbar:
            self.effective = cells.effective.clone()
            self._fold_repair()
        else:
            self.fold()

    def fold(self) -> None:
        """Make matrices of what the cells hold, after their conductances have changed."""
        dtype = self.conductance.dtype
        effective = self.tile.crossbar.effective_conductance(self.conductance).to(dtype)
        # Side by side in memory, the tiles that are driven alike are one matrix to multiply by.
        self.effective = effective.transpose(1, 2).contiguous().transpose(1, 2)
        self._fold_repair()

    def _fold_repair(self) -> None:
        """Make scale, offset and kernel of the tiles' matrices and of their repair."""
        mapping, tiling, effective = self.tile.mapping, self.tiling, self.effective
        dtype, linear = effective.dtype, mapping.seen(effective)
        largest = self.largest / self.reached
        per_siemens = weight_per_siemens(self.tile, tiling, largest).to(dtype)
        self.scale = per_siemens / self.volt_per_input
        volt = effective.new_ones(())
        nothing = effective.new_zeros(1, tiling.tiles_across, 1, linear.shape[-1])
        if isinstance(self.repair, AFFINE):
            nothing = self.repair(nothing.expand(tiling.row_tiles, -1, -1, -1))
            linear = self.repair(linear) - nothing
        self.offset = tiling.gather(mapping.sums(nothing, 0 * volt) * self.scale)[0]
        self.kernel = self.along_weights(mapping.sums(linear, volt) * per_siemens)
        self._version_written = self._changes()

    def fit(self, inputs: Tensor) -> None:
        """Set the voltage scale, the ranges of the converters and the calibration.

        Args:
            inputs: (...), 1. Inputs that stand for those to come, as the digital layer takes them.
        """
        self.volt_per_input = self.tile.read_voltage / (inputs.abs().max().item() or 1.0)
        self._fold_repair()
        self._fit(self._padded(inputs))

    def write_cells(self, cells: Tensor, target: Tensor) -> Tensor:
        """Write some of the cells again and answer what they hold, (...), S, for `conductance`.

        A writer that keeps cells goes on from the state that they are in.

        Args:
            cells: (...). Numbers of the cells in `conductance`.
            target: (...), S. Conductances wanted.
        """
        writer, before = self.tile.writer, self.times_written
        self.times_written += 1
        self.target.view(-1)[cells] = target.to(self.target.dtype)
        if all(written.cells is not None for written in self.written):
            into = Cells(self.target, self.conductance, self.reached)
            held = write_some(self.tile, into, cells, self.written, self.first_tile)
        else:
            held = writer.write(target, tile=self.first_tile, before=before).conductance
        return held.to(self.conductance.dtype)

    def forget_cells(self) -> None:
        """Let the writer make cells anew when the layer is written again."""
        self.written = [replace(written, cells=None) for written in self.written]

    def follow(self) -> None:
        """Let the weights follow the cells, after their conductances have changed."""
        self.fold()
        with torch.no_grad():
            self.weight.copy_(self.kernel)
        self._version_written = self._changes()

    def along_weights(self, values: Tensor) -> Tensor:
        """Numbers of the tiles' weights in the shape of `weight`, in any unit.

        Args:
            values: (row tiles, tiles across, rows, outputs of a tile), 1. Of each slice, to be
                added.
        """
        return self._from_matrices(self.tiling.join(values)).contiguous()

    def voltages(self, x: Tensor) -> Tensor:
        """Voltages driving the rows: (row tiles, 1 or column tiles, vectors, rows), V.

        Args:
            x: (...), 1. Inputs of the layer, as the digital layer takes them.
        """
        return self._voltages(self._padded(x))

    def currents(self, x: Tensor) -> Tensor:
        """Currents of every tile as they are known digitally, converted and calibrated, A.

        The shape is (row tiles, column tiles, vectors, converters).

        Args:
            x: (...), 1. Inputs of the layer, as the digital layer takes them.
        """
        return self._bank.currents(self.voltages(x))

    def ideal_currents(self, x: Tensor) -> Tensor:
        """What `currents` would be with ideal wires and with cells as aimed at, A.

        Args:
            x: (...), 1. Inputs of the layer, as the digital layer takes them.
        """
        ideal: Tensor = self.voltages(x) @ self.aim
        return ideal

    def product(self, x: Tensor) -> Tensor:
        """Outputs as the tiles give them, without the bias.

        Args:
            x: (...), 1. Inputs of the layer, padded.
        """
        sums = (self._bank.sums(self._voltages(part)) for part in self._portions(x))
        parts = [self.tiling.gather(each) for each in sums]
        return self._shaped(torch.cat(parts) if len(parts) > 1 else parts[0], x)

    def product_back(self, x: Tensor, grad: Tensor) -> Tensor:
        """Gradient with respect to the inputs, as the tiles give it when they are read backwards.

        Args:
            x: (...), 1. Inputs of the layer, padded.
            grad: (...), 1. Gradient with respect to the outputs.
        """
        portions, vectors = self._portions(x), self._flat(grad)
        each = len(vectors) // sum(map(len, portions))
        rest = vectors.split([each * len(portion) for portion in portions])
        parts = [
            self._placed(read_back(self, some, self._generator), portion)
            for some, portion in zip(rest, portions, strict=True)
        ]
        return (torch.cat(parts) if len(parts) > 1 else parts[0]).reshape(x.shape)

    def extra_repr(self) -> str:
        """What printing the model shows."""
        grid = "x".join(str(size) for size in self.target.shape)
        clipped = f", {100 * self.clipped:.2g} % of the weights clipped" if self.clipped else ""
        return f"{self._sizes()}, tiles {grid}{clipped}"

    def get_extra_state(self) -> dict[str, Any]:
        """What a checkpoint keeps beside tensors."""
        self._write_if_changed()
        held = {name: fitted(getattr(self, name)) for name in _FITTED}
        return {"tile": settings(self.tile), "volt_per_input": self.volt_per_input} | held

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Take over what a checkpoint keeps beside tensors.

        Args:
            state: What `get_extra_state` answered.
        """
        self.volt_per_input = state["volt_per_input"]
        for name in _FITTED:
            setattr(self, name, restored(state[name]))

    @property
    def _share(self) -> Tensor:
        """Weights over the largest: (row tiles, tiles of a slice, rows, outputs of a tile), 1."""
        return self.tiling.split(self._matrices(self.weight.detach())) / self.largest

    @property
    def _needs_tiles(self) -> bool:
        """Whether anything but a product happens to the currents of each tile."""
        tile = self.tile
        alone = tile.noise == () and self.tia is None and self.adc is None
        return not (alone and isinstance(tile.reader, Folded) and isinstance(self.repair, AFFINE))

    def _voltages(self, x: Tensor) -> Tensor:
        unit = self.volt_per_input
        voltage = x * unit if self.dac is None else self.dac(x, unit=unit)
        return self.tiling.spread(self._vectors(voltage))

    @property
    def _bank(self) -> Bank:
        """Tiles as they are read."""
        return Bank(
            tile=self.tile,
            conductance=self.conductance,
            effective=self.effective,
            scale=self.scale,
            tia=self.tia,
            adc=self.adc,
            repair=self.repair,
            generator=self._generator,
        )

    def _fit(self, inputs: Tensor) -> None:
        """Set the ranges of the converters and the calibration from padded inputs."""
        tile = self.tile
        self.adc_back = None  # the next gradients set its range
        self.dac = tile.dac and tile.dac.fit(inputs * self.volt_per_input)
        if tile.tia is tile.adc is tile.calibrator is None:
            return  # a read of all inputs can take long
        voltage = self._some_voltages(inputs)
        current = self._bank.read(voltage)
        subtracted = tile.mapping.seen(current)
        self.tia = tile.tia and tile.tia.fit(subtracted)
        self.adc = tile.adc and tile.adc.fit(subtracted)
        calibrator = tile.calibrator
        if calibrator is not None and not calibrator.fitted:
            # The converters' errors are part of what is to be repaired.
            seen = self._bank.convert(current, voltage)
            calibrator = calibrator.fit(seen, voltage, self.aim)
        if calibrator is not None:
            self.repair = calibrator.fold(self.aim)
            self._fold_repair()

    def _some_voltages(self, inputs: Tensor) -> Tensor:
        """Voltages for as many vectors as a fit needs, taken evenly from padded inputs."""
        portions = self._portions(inputs)
        share = -(-_ALIKE // len(portions))
        parts = []
        for portion in portions:
            voltage = self._voltages(portion)
            parts.append(voltage[:, :, :: -(-voltage.shape[2] // share)])
        return torch.cat(parts, 2) if len(parts) > 1 else parts[0]

    def _changes(self) -> int:
        """Counts the changes of the weights; torch does not for those of inference mode."""
        return -1 if self.weight.is_inference() else self.weight._version

    def _write_if_changed(self) -> None:
        if self._changes() != self._version_written:
            self.write()

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "Layer":
        check_precision("model", fn(self.weight.new_zeros(())))
        self._write_if_changed()
        super()._apply(fn, recurse)
        self._version_written = self._changes()
        return self

    def __getstate__(self) -> dict[str, Any]:
        self._write_if_changed()
        return self.__dict__.copy()

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._version_written = self._changes()

    def _load_from_state_dict(self, state: dict[str, Any], prefix: str, *rest: Any) -> None:
        *_, errors = rest
        stored = state.get(f"{prefix}_extra_state")
        differ = stored and differences(stored["tile"], settings(self.tile))
        if differ:
            must = f"be of the tiles of layer `{prefix.rstrip('.')}`, but differs: {differ}"
            errors.append(f"Argument `state_dict` must {must}. Convert with the tile it is of.")
            return
        super()._load_from_state_dict(state, prefix, *rest)
        if f"{prefix}conductance" in state:
            self.forget_cells()  # those that a writer keeps are not those of the checkpoint
            self.fold()


def _beyond(share: Tensor) -> int:
    """How many shares of the largest weight are above it, apart from rounding."""
    low, high = share.aminmax()
    if low >= -_LARGEST and high <= _LARGEST:  # the usual case, and the faster one
        return 0
    return int((share.abs() > _LARGEST).sum())

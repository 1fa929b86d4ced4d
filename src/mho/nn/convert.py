"""A trained model onto crossbar tiles, in one call."""

import copy
from collections.abc import Collection, Iterator
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.modules.lazy import LazyModuleMixin

from mho.core.check import argument_error, check_finite

from .convolution import Conv1d, Conv2d, Conv3d
from .layer import Layer
from .linear import Linear
from .look import look
from .tile import Tile
from .tiling import Tiling
from .writing import cells_shape, check_room

_LAYERS: dict[type[nn.Module], type[Layer]] = {
    nn.Linear: Linear,
    nn.Conv1d: Conv1d,
    nn.Conv2d: Conv2d,
    nn.Conv3d: Conv3d,
}
_WRITTEN = ("mapping", "rows", "cols", "slicing")  # what the cells of a tile depend on
# Layers of torch that multiply by weights, and are none of those above.
_OTHERS = (
    nn.ConvTranspose1d,
    nn.ConvTranspose2d,
    nn.ConvTranspose3d,
    nn.Bilinear,
    nn.RNNBase,
    nn.RNNCellBase,
    nn.MultiheadAttention,
    LazyModuleMixin,
)


def convert(
    model: nn.Module,
    tile: Tile,
    inputs: Tensor,
    *,
    digital: Collection[str] = (),
    cells: nn.Module | None = None,
) -> nn.Module:
    """A copy of a trained model whose linear layers and convolutions are crossbar tiles.

    Every `torch.nn.Linear`, `Conv1d`, `Conv2d` and `Conv3d` becomes the layer of that name in
    `mho.nn`; all other layers stay digital. The model itself is left as it was.

    Args:
        model: Trained model.
        tile: What the layers are made of.
        inputs: (images, ...), 1. Inputs of the model that stand for those to come: they set the
            voltage scales, the ranges of the converters and the calibration. A layer that is called
            several times takes what it is called with first.
        digital: Names of layers that stay digital, with all that is in them.
        cells: What this model was converted to before. Its cells are taken over as they are, to be
            read in another way: by other wires, converters, noise or calibration. That saves
            writing them, and folding the wires if these stay the same object.
    """
    if not isinstance(inputs, Tensor) or not len(inputs):
        but = "is empty" if isinstance(inputs, Tensor) else f"is a {type(inputs).__name__}"
        raise argument_error("inputs", "be a tensor with at least one input of the model", but)
    if inputs.is_floating_point():
        check_finite("inputs", inputs)
    layers = _layers(model, digital)
    if not layers:
        must = "have a layer that can be converted, a torch.nn.Linear or a convolution"
        raise argument_error("model", must, f"is {type(model).__name__} without one")
    tilings = {name: _tiling(layer, tile) for name, layer in layers.items()}
    check_room("model", *(cells_shape(tile, tiling) for tiling in tilings.values()))
    held = {} if cells is None else _held(layers, tile, cells)
    converted = _converted(model, layers, tile, inputs, tilings, held)
    # Copied last and without the layers that are replaced, whose weights would be copied in vain.
    memo = {id(layer): converted[name] for name, layer in layers.items()}
    return copy.deepcopy(model, memo).eval()


def _layers(model: nn.Module, digital: Collection[str]) -> dict[str, nn.Module]:
    """Layers to convert, by name; a layer that has several names stands under its first."""
    known = {name for name, _ in model.named_modules(remove_duplicate=False)}
    for name in digital:
        if name not in known:
            raise argument_error("digital", "name layers of the model", f"has {name!r}")
    found: dict[str, nn.Module] = {}
    for name, module in _modules(model, digital):
        kind = next((kind for kind in _LAYERS if isinstance(module, kind)), None)
        own = kind is not None and type(module).forward is not kind.forward
        if own or isinstance(module, _OTHERS):
            must = "have layers that can be converted"
            what = " with a `forward` of its own" if own and not _is_lazy(module) else ""
            but = f"{f'`{name}`' if name else 'it'} is a {type(module).__name__}{what}"
            remedy = f'Pass digital=["{name}"] to leave it digital, or put other layers there.'
            if not name:
                remedy = "Put layers there that can be."
            if _is_lazy(module):
                remedy = "Call the model once, so that it knows its sizes."
            raise argument_error("model", must, but, remedy)
        if kind is not None and module not in found.values():
            found[name] = module
    return found


def _modules(
    model: nn.Module, digital: Collection[str], name: str = ""
) -> Iterator[tuple[str, nn.Module]]:
    """Modules by name, without those that stay digital and all that is in them."""
    if name in digital:
        return
    yield name, model
    if not isinstance(model, _OTHERS):
        for own, child in model.named_children():
            yield from _modules(child, digital, f"{name}.{own}" if name else own)


def _is_lazy(module: nn.Module) -> bool:
    return isinstance(module, LazyModuleMixin)


def _tiling(layer: nn.Module, tile: Tile) -> Tiling:
    weight, groups = layer.weight, getattr(layer, "groups", 1)
    assert isinstance(weight, Tensor)
    return Tiling.of((groups, weight[0].numel(), len(weight) // groups), tile)


def _held(layers: dict[str, nn.Module], tile: Tile, cells: nn.Module) -> dict[str, Layer]:
    """Layers whose cells are taken over, by name."""
    must = "be what the same model was converted to, with tiles that were written alike"
    converted = dict(cells.named_modules(remove_duplicate=False))
    held: dict[str, Layer] = {}
    for name, layer in layers.items():
        other = converted.get(name)
        if not isinstance(other, Layer):
            raise argument_error("cells", must, f"has no tiles in the place of `{name}`")
        if not torch.equal(other.weight, cast(Tensor, layer.weight)):
            raise argument_error("cells", must, f"has other weights in `{name}`")
        differ = [each for each in _WRITTEN if getattr(other.tile, each) != getattr(tile, each)]
        if differ:
            raise argument_error("cells", must, f"differs in {', '.join(differ)}")
        held[name] = other
    return held


def _converted(
    model: nn.Module,
    layers: dict[str, nn.Module],
    tile: Tile,
    inputs: Tensor,
    tilings: dict[str, Tiling],
    held: dict[str, Layer],
) -> dict[str, Layer]:
    seen = _layer_inputs(model, layers, inputs)
    answer: dict[str, Layer] = {}
    first = 0
    for name, layer in layers.items():
        kind = next(_LAYERS[kind] for kind in _LAYERS if isinstance(layer, kind))
        answer[name] = kind(layer, tile, seen.pop(name), first_tile=first, cells=held.get(name))
        first += tilings[name].row_tiles * tilings[name].tiles_across
    return answer


def _layer_inputs(
    model: nn.Module, layers: dict[str, nn.Module], inputs: Tensor
) -> dict[str, Tensor]:
    """What reaches each layer at first when the digital model sees `inputs`."""
    seen: dict[str, Tensor] = {}

    def keep(name: str, x: Tensor) -> None:
        if name not in seen:
            seen[name] = x.detach().clone()  # layers after it may write over it

    look(model, inputs, {layer: partial(keep, name) for name, layer in layers.items()})
    missing = [name for name in layers if name not in seen]
    if missing:
        but = f"does not call {', '.join(missing)} on `inputs`"
        raise argument_error("model", "use all of the layers that are converted", but)
    return seen

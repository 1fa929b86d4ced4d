"""Normalisation of trained models, taken into the weights before it."""

import copy

from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from mho.core.check import argument_error

_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


def fold_batch_norm(model: nn.Module) -> nn.Module:
    """A copy of a trained model whose layers do what the batch normalisation after them did.

    On tiles a normalisation that stays digital costs a multiplication and an addition for each
    output, one that is folded costs nothing. Its gains then spread the weights of a layer, which a
    `ColumnRange` takes up. One whose layer also goes elsewhere is kept.

    Args:
        model: Trained model, with running statistics.
    """
    folded = copy.deepcopy(model).eval()
    for layer, norm in _pairs(folded):
        first, second = folded.get_submodule(layer), folded.get_submodule(norm)
        fuse = fuse_linear_bn_eval if isinstance(first, nn.Linear) else fuse_conv_bn_eval
        _put(folded, layer, fuse(first, second))  # type: ignore[arg-type, type-var]
        _put(folded, norm, nn.Identity())
    return folded.eval()


def _pairs(model: nn.Module) -> list[tuple[str, str]]:
    """Names of layers and of the normalisations that alone follow them."""
    try:
        graph = fx.Tracer().trace(model)
    except (fx.proxy.TraceError, TypeError) as error:
        must = "be one that torch.fx can follow"
        remedy = "Fold part by part: `model.part = fold_batch_norm(model.part)`."
        raise argument_error("model", must, f"is not ({error})", remedy) from None
    calls = [node for node in graph.nodes if node.op == "call_module"]
    names = [str(node.target) for node in calls]
    pairs = []
    for node in calls:
        before = node.args[0] if node.args else None
        norm = model.get_submodule(str(node.target))
        if not isinstance(norm, _NORMS) or norm.running_mean is None or before not in calls:
            continue
        assert isinstance(before, fx.Node)
        alone = len(before.users) == 1 and names.count(str(before.target)) == 1
        layer = model.get_submodule(str(before.target))
        if alone and isinstance(layer, (nn.Linear, *_CONVOLUTIONS)):
            pairs.append((str(before.target), str(node.target)))
    return pairs


def _put(model: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, module)

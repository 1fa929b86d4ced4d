"""What the loop computes digitally beside the arrays."""

from torch import Tensor, nn

from mho.nn import Layer


def multiplications(model: nn.Module, image: Tensor) -> dict[str, int]:
    """Multiplications for an image: those the arrays do, and those of the calibration.

    Args:
        model: Converted model.
        image: (1, ...), 1. An image.
    """
    layers = [module for module in model.modules() if isinstance(module, Layer)]
    vectors: dict[Layer, int] = {}

    def count(layer: nn.Module, inputs: tuple[Tensor], outputs: Tensor) -> None:
        assert isinstance(layer, Layer)
        vectors[layer] = outputs.numel() // len(layer.weight)

    handles = [layer.register_forward_hook(count) for layer in layers]
    model(image)
    for handle in handles:
        handle.remove()
    return {
        "arrays": sum(vectors[layer] * layer.weight.numel() for layer in layers),
        "calibration": sum(
            vectors[layer] * layer.tiles * layer.repair.multiplications for layer in layers
        ),
    }

"""Every update writes all cells again."""

from torch import Tensor

from .in_memory import InMemory


class RewritingSGD(InMemory):
    """Gradient steps from what the cells hold, after each of which all cells are written again.

    This is how Nanoscale Horiz. 10 (2025) 780 describes in-memory training: nothing is remembered
    but the cells, and each update meets the program error of the tiles' writer.

    Args:
        model: Converted model.
        lr: Learning rate.
        seed: Of what is random in an update; the error is that of the tiles' writer.
    """

    def _update(self, number: int, gradient: Tensor, lr: float) -> None:
        layer = self.layers[number]
        wanted = layer.kernel.flatten().add(gradient, alpha=-lr)
        layer.weight.copy_(wanted.reshape(layer.weight.shape))
        layer.write()

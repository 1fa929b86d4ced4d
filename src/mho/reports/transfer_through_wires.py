"""Accuracy of networks on tiles with wires over the size of the tiles, as a figure."""

from mho.studies.runs import RunFolder

from .accuracies import accuracy_panels


def summary_figure(folder: RunFolder) -> bytes:
    """A panel for each kind of cells, a line for each repair, the digital network dashed: a PNG.

    Args:
        folder: Finished run of `TransferThroughWires`.
    """
    metrics = folder.metrics
    return accuracy_panels(metrics, metrics["sizes"], "rows and columns of a tile", without="none")

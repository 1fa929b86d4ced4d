"""Accuracy of transferred networks over the bits of a cell, as a figure."""

from mho.studies.runs import RunFolder

from .accuracies import accuracy_panels


def summary_figure(folder: RunFolder) -> bytes:
    """A panel for each mapping, a line for each scheme, the digital network dashed: a PNG.

    Args:
        folder: Finished run of `WeightTransfer`.
    """
    return accuracy_panels(folder.metrics, folder.metrics["bits"], "bits of a cell")

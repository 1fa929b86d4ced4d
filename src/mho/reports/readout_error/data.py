"""What the report of the readout error draws from, read out of a run folder once."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mho.reports.figures import scheme_colours
from mho.studies.readout_error import Part, load_part
from mho.studies.runs import RunFolder


@dataclass(frozen=True)
class ArrayData:
    """What one array of a finished run gave.

    Args:
        name: Name of the array.
        colour: Its colour.
        ideal: (readings,), uA. Some ideal currents of random matrices and vectors.
        current: (readings,), uA. What was read instead.
        lost: (rows, cols), per cent. Share of each cell's current that is missing.
        sinusoid: Readings of the sinusoid.
    """

    name: str
    colour: str
    ideal: np.ndarray
    current: np.ndarray
    lost: np.ndarray
    sinusoid: Part

    @property
    def ideal_wave(self) -> np.ndarray:
        """Ideal currents of the sinusoid: (samples, cols), uA."""
        return 1e6 * self.sinusoid.ideal_current[0].numpy()

    @property
    def wave(self) -> np.ndarray:
        """Currents of the sinusoid: (samples, cols), uA."""
        return 1e6 * self.sinusoid.current[0].numpy()


def arrays_of(folder: RunFolder) -> list[ArrayData]:
    """The data of every array of a run.

    Args:
        folder: Finished run of `ReadoutError`.
    """
    names: list[Any] = list(folder.metrics["raw"])
    colours, pictures = scheme_colours(names), folder.read("pictures")
    return [
        ArrayData(
            name,
            colours[name],
            ideal=1e6 * pictures["ideal_current"].ravel(),
            current=1e6 * pictures[f"{name}.current"].ravel(),
            lost=100 * folder.read(f"{name}-causes")["cell_loss"],
            sinusoid=load_part(folder, "sinusoid", array=name),
        )
        for name in names
    ]

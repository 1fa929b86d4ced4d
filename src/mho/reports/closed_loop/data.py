"""What the report of the closed loop draws from, read out of a run folder once."""

import tomllib
from dataclasses import dataclass
from typing import Any

import numpy as np

from mho.reports.figures import scheme_colours
from mho.studies.runs import RunFolder

from .words import Words


@dataclass(frozen=True)
class Cells:
    """Cells that a scheme programmed, of the first seed, taken evenly over all.

    Args:
        target: (cells,), uS. Conductances wanted.
        conductance: (cells,), uS. Conductances reached.
        pulses: (cells,). Pulses each cell took.
        tile_error: (rows, cols), per cent. Relative errors of the tile that is pictured.
    """

    target: np.ndarray
    conductance: np.ndarray
    pulses: np.ndarray
    tile_error: np.ndarray

    @property
    def error(self) -> np.ndarray:
        """Relative error of each cell: (cells,), per cent."""
        return _error(self.conductance, self.target)


@dataclass(frozen=True)
class LoopData:
    """A finished run of the closed loop.

    Args:
        settings: The study file as tables.
        metrics: Numbers of the result.
        pictures: Arrays of one digit and one tile.
        cells: Programmed cells by scheme.
    """

    settings: dict[str, Any]
    metrics: dict[str, Any]
    pictures: dict[str, np.ndarray]
    cells: dict[str, Cells]

    @classmethod
    def of(cls, folder: RunFolder) -> "LoopData":
        """The data of a run.

        Args:
            folder: Finished run.
        """
        metrics, pictures, stored = folder.metrics, folder.read("pictures"), folder.read("cells")
        cells = {name: _cells(name, stored) for name in metrics["programming"]}
        settings = tomllib.loads(folder.settings_path.read_text(encoding="utf-8"))
        return cls(settings, metrics, pictures, cells)

    @property
    def schemes(self) -> list[str]:
        """Names of the schemes, in their order."""
        return list(self.cells)

    @property
    def words(self) -> Words:
        """What the pictures are called."""
        return Words.of_network(self.settings["network"]["type"])

    @property
    def colours(self) -> dict[str, str]:
        """Colour of each scheme."""
        return scheme_colours(self.schemes)

    @property
    def accuracy(self) -> dict[str, Any]:
        """Accuracies as in the metrics, per cent."""
        return dict(self.metrics["accuracy"])

    @property
    def pictured_scheme(self) -> str:
        """The scheme that wrote the pictured tile."""
        return self.schemes[-1]

    @property
    def converted(self) -> str:
        """What has a converter of its own: a column, or a pair that is subtracted before."""
        # Runs stored before pairs could be do not say.
        return "pair" if self.settings["mapping"].get("analog") else "column"

    @property
    def has_spread(self) -> bool:
        """Whether there are seeds to differ."""
        return len(self.metrics["seeds"]) > 1

    def of_cells(self, picture: str) -> np.ndarray:
        """A picture of the tile without the padding, where no cells are: (rows, cols).

        Args:
            picture: Its name.
        """
        exists = self.pictures["target"] > 0
        values: np.ndarray = self.pictures[picture][exists.any(1)][:, exists.any(0)]
        return values


def _cells(name: str, stored: dict[str, np.ndarray]) -> Cells:
    target, conductance, pulses, tile_error = (
        stored[f"{name}.{key}"] for key in ("target", "conductance", "pulses", "tile_error")
    )
    return Cells(
        1e6 * target, 1e6 * conductance, pulses.astype(int), 100 * tile_error.astype(float)
    )


def _error(conductance: np.ndarray, target: np.ndarray) -> np.ndarray:
    error: np.ndarray = 100 * (conductance - target) / target
    return error

"""One seed of the data and one array: calibrators fitted, and scored on every part."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

from torch import Tensor

from mho.calibration import Calibrator
from mho.studies.readout_error import NOISE_FREE, PARTS, Part, ReadoutError, Unstored, read_part

from .calibrators import OwnVectors

SIGNALS = PARTS[3:]
"""Parts that read the filters."""
SAMPLES = 48
"""Samples of each signal that are kept to be drawn."""

Applied = Callable[[str], tuple[Part, Calibrator]]
"""What a part is corrected by: the vectors to correct, and the calibrator for their arrays."""


class Trial:
    """The data of one seed, read with one array.

    Args:
        data: Tells what is read, with its seed.
        array: Name of the array.
    """

    def __init__(self, data: ReadoutError, array: str) -> None:
        self.data, self.array = data, array
        self._readings = Unstored(data)

    @property
    def noises(self) -> tuple[str, ...]:
        """Name of no noise, and those of the noises."""
        return (NOISE_FREE, *self.data.noises)

    def part(self, name: str, noise: str) -> Part:
        """A part of the data.

        Args:
            name: One of `PARTS`.
            noise: One of `noises`.
        """
        return read_part(self._readings, self.data, name, array=self.array, noise=noise)

    def ideal_signals(self) -> dict[str, Tensor]:
        """What a perfect array would give for each signal, (samples, cols), A."""
        parts = {name: self.part(name, NOISE_FREE) for name in SIGNALS}
        return {name: part.ideal_current[0, :SAMPLES].float() for name, part in parts.items()}

    def outcome(self, entry: Calibrator | OwnVectors) -> dict[str, Any]:
        """Mean squared errors by noise and part, corrected signals, and what a vector costs.

        Args:
            entry: Fitted to the training vectors, or to vectors of every array.
        """
        figures: dict[str, Any] = {"multiplications": 0}
        for noise in self.noises:
            applied = self._applied(entry, noise)
            for name in PARTS:
                part, calibrator = applied(name)
                repair = calibrator.fold(part.conductance)
                corrected = replace(part, current=repair(part.current))
                figures[f"{noise}.{name}"] = corrected.squared_error
                figures["multiplications"] = max(figures["multiplications"], repair.multiplications)
                if name in SIGNALS:
                    figures[f"{noise}.{name}.current"] = corrected.current[0, :SAMPLES].float()
        return figures

    def _applied(self, entry: Calibrator | OwnVectors, noise: str) -> Applied:
        if isinstance(entry, OwnVectors):
            return lambda name: self._own(entry, name, noise)
        train = self.part("train", noise)
        fitted = entry.fit(train.current, train.voltage, train.conductance)
        return lambda name: (self.part(name, noise), fitted)

    def _own(self, own: OwnVectors, name: str, noise: str) -> tuple[Part, Calibrator]:
        known, unseen = self._known(name, noise, own.vectors)
        return unseen, own.calibrator.fit(known.current, known.voltage, known.conductance)

    def _known(self, name: str, noise: str, vectors: int) -> tuple[Part, Part]:
        """Vectors of each array that are known, and those that are not."""
        part = self.part(name, noise)
        if name in SIGNALS:
            return self._filters_at_random[noise].some(vectors), part
        if name == "validation_vectors":
            return self.part("train", noise).some(vectors), part
        others = replace(part, voltage=part.voltage[:, vectors:], current=part.current[:, vectors:])
        return part.some(vectors), others

    @cached_property
    def _filters_at_random(self) -> dict[str, Part]:
        """The filters read with the vectors of the first random matrix, with each noise."""
        conductance = self.part(SIGNALS[0], NOISE_FREE).conductance
        voltage = self.part("train", NOISE_FREE).voltage[:1]
        currents = self.data.read(self.array, conductance, voltage, "filters")
        return {noise: Part(conductance, voltage, current) for noise, current in currents.items()}

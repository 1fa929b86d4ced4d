"""One seed of the data and one array: calibrators fitted, and scored on every part."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

from torch import Tensor

from mho.calibration import Calibrator, Latent, PhysicsCalibrator, noise_floor
from mho.calibration.physics import Known, VoltagePrior
from mho.studies.readout_error import (
    NOISE_FREE,
    PARTS,
    UNIT,
    Part,
    ReadoutError,
    Unstored,
    read_part,
)

from .calibrators import OnCircuit, OwnVectors
from .result import CURVE

SIGNALS = PARTS[3:]
"""Parts that read the filters."""
WATCHED = ("validation_vectors", "validation_matrices")
"""Parts whose error is watched while a network learns."""
SAMPLES = 48
"""Samples of each signal that are kept to be drawn."""
FLOOR_VECTORS = 16
"""Vectors of each array at which the noise floor is found."""

Entry = Calibrator | OnCircuit | OwnVectors
"""What is compared."""
Applied = Callable[[str], tuple[Part, Calibrator]]
"""What a part is corrected by: the vectors to correct, and the calibrator for their arrays."""


class Trial:
    """The data of one seed, read with one array.

    Args:
        data: Tells what is read, with its seed.
        array: Name of the array.
        scored: Matrices of each part whose vectors are corrected, all if left out.
    """

    def __init__(self, data: ReadoutError, array: str, scored: int | None = None) -> None:
        self.data, self.array = data, array
        self.scored = data.matrices if scored is None else scored
        self._readings = Unstored(data)
        self._arrays: dict[Any, PhysicsCalibrator] = {}

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

    def floor(self) -> dict[str, float]:
        """What the best linear-Gaussian estimate leaves, by noise and part, as `outcome` has it."""
        voltages = VoltagePrior.of(self.part("train", NOISE_FREE).voltage)
        figures = {}
        for noise in self.data.noises:
            for name in PARTS:
                part, exact = (self.part(name, n).first(self.scored) for n in (noise, NOISE_FREE))
                sigma = (part.current - exact.current).std().item()
                known = Known(self.data.arrays[self.array], sigma, voltages)
                left = noise_floor(known, part.conductance, part.some(FLOOR_VECTORS).voltage)
                figures[f"{noise}.{name}"] = left / UNIT**2
        return figures

    def outcome(self, entry: Entry) -> dict[str, Any]:
        """Mean squared errors by noise and part, corrected signals, and what a vector costs.

        Args:
            entry: Fitted to the training vectors, or to vectors of every array.
        """
        figures: dict[str, Any] = {"multiplications": 0}
        for noise in self.noises:
            applied = self._applied(entry, noise, figures)
            for name in PARTS:
                part, calibrator = applied(name)
                repair = calibrator.fold(part.conductance)
                corrected = replace(part, current=repair(part.current))
                figures[f"{noise}.{name}"] = corrected.squared_error
                cost = max(figures["multiplications"], repair.multiplications)
                figures["multiplications"] = cost
                if name in SIGNALS:
                    figures[f"{noise}.{name}.current"] = corrected.current[0, :SAMPLES].float()
        return figures

    def _applied(self, entry: Entry, noise: str, figures: dict[str, Any]) -> Applied:
        """What corrects the parts with a noise; what a network's training noted joins figures."""
        if isinstance(entry, OwnVectors):
            own = entry
            return lambda name: self._own(own, name, noise)
        fitted: Calibrator
        if isinstance(entry, OnCircuit):
            fitted = replace(self._identified(entry, noise), inverse=entry.inverse)
        elif isinstance(entry, Latent) and noise == NOISE_FREE:
            fitted = entry.fit(*self._readings_of("train", noise), watched=self._watched(noise))
            assert fitted.learned is not None
            figures |= {CURVE + name: each for name, each in fitted.learned.curves.items()}
        else:
            fitted = entry.fit(*self._readings_of("train", noise))
        return lambda name: (self.part(name, noise).first(self.scored), fitted)

    def _identified(self, entry: OnCircuit, noise: str) -> PhysicsCalibrator:
        """The array as it is known from training vectors; entries differ in its inverse alone."""
        key = (noise, entry.parameters, entry.off, entry.readings)
        if key not in self._arrays:
            guess = entry.calibrator(self.data.arrays[self.array])
            self._arrays[key] = guess.fit(*self._readings_of("train", noise))
        return self._arrays[key]

    def _watched(self, noise: str) -> dict[str, tuple[Tensor, Tensor, Tensor]]:
        return {name: self._readings_of(name, noise) for name in WATCHED}

    def _readings_of(self, name: str, noise: str) -> tuple[Tensor, Tensor, Tensor]:
        part = self.part(name, noise)
        return part.current, part.voltage, part.conductance

    def _own(self, own: OwnVectors, name: str, noise: str) -> tuple[Part, Calibrator]:
        known, unseen = self._known(name, noise, own.vectors)
        return unseen, own.calibrator.fit(known.current, known.voltage, known.conductance)

    def _known(self, name: str, noise: str, vectors: int) -> tuple[Part, Part]:
        """Vectors of each array that are known, and those that are not."""
        part = self.part(name, noise).first(self.scored)
        if name in SIGNALS:
            return self._filters_at_random[noise].some(vectors), part
        if name == "validation_vectors":
            return self.part("train", noise).first(self.scored).some(vectors), part
        others = replace(part, voltage=part.voltage[:, vectors:], current=part.current[:, vectors:])
        return part.some(vectors), others

    @cached_property
    def _filters_at_random(self) -> dict[str, Part]:
        """The filters read with the vectors of the first random matrix, with each noise."""
        conductance = self.part(SIGNALS[0], NOISE_FREE).conductance
        voltage = self.part("train", NOISE_FREE).voltage[:1]
        currents = self.data.read(self.array, conductance, voltage, "filters")
        return {noise: Part(conductance, voltage, current) for noise, current in currents.items()}

"""The data that calibrators are trained on: random arrays and filters, read as they are."""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mho.core.check import argument_error, check_number
from mho.core.random import generator
from mho.crossbar import (
    AccessTransistor,
    Cell1T1R,
    Crossbar,
    Law,
    Noise,
    Ohmic,
    Sinh,
    ThermalNoise,
    WhiteNoise,
)
from mho.studies.study import Progress, Shards, Study

from .causes import causes
from .data import INPUTS, NOISE_FREE, read_part, shard_name
from .filters import FilterTest
from .inputs import SIGNALS, inputs, random_sources
from .referee import spice_difference, spice_is_there
from .result import ReadoutErrors

SAMPLED_VECTORS = 10
"""Vectors of each matrix that are enough to find causes and to draw."""


@dataclass(frozen=True, kw_only=True)
class ReadoutError(Study):
    """What do wires and access transistors do to the currents of an array?

    Random matrices are read with random vectors, and filters with a sinusoid and a constant
    voltage: the data of Rezaeifar et al., A Neural Network Approach for Calibrating Memristor
    Crossbars. All arrays read the same conductances with the same voltages, once without noise and
    once with each noise. `load_part` gives the readings to whoever wants to calibrate them.

    Where ngspice is installed, it reads a sample too, and the largest difference is reported.

    Args:
        arrays: Wires and cells, by name.
        noises: Sources of noise that act together, by name.
        rows: Rows of each array.
        cols: Columns of each array.
        matrices: Random matrices.
        vectors: Random vectors of each matrix.
        validation_matrices: Matrices, the last ones, that are no part of the training.
        validation_vectors: Vectors, the last ones of each matrix, that are no part of it either.
        g_min: S. Lowest conductance.
        g_max: S. Highest conductance.
        v_min: V. Lowest random voltage.
        v_max: V. Highest random voltage.
        filters: Filters and their signals; a filter's largest tap is at `g_max`.
        seed: Fixes conductances, voltages and noise.
    """

    arrays: dict[str, Crossbar] = field(
        default_factory=lambda: {
            "ohmic": _array(Ohmic()),
            "sinh_mild": _array(Sinh(scale=0.8, read_voltage=0.2)),
            "sinh_strong": _array(Sinh(scale=0.5, read_voltage=0.2)),
        }
    )
    noises: dict[str, tuple[Noise, ...]] = field(
        default_factory=lambda: {
            "noise_60db": (ThermalNoise(bandwidth=1e9), WhiteNoise(sigma=0.11e-6)),
            "noise_40db": (WhiteNoise(sigma=1.43e-6),),
        }
    )
    rows: int = 8
    cols: int = 8
    matrices: int = 1000
    vectors: int = 100
    validation_matrices: int = 100
    validation_vectors: int = 10
    g_min: float = 16.66e-6
    g_max: float = 100e-6
    v_min: float = 0.1
    v_max: float = 0.5
    filters: FilterTest = field(default_factory=FilterTest)
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("rows", "cols"):
            check_number(name, getattr(self, name), low=1)
        for name in ("matrices", "vectors"):
            check_number(name, getattr(self, name), low=2)
            apart = f"validation_{name}"
            check_number(apart, getattr(self, apart), low=1, high=getattr(self, name) - 1)
        check_number("g_min", self.g_min, low=0.0, above=True)
        check_number("g_max", self.g_max, low=self.g_min)
        check_number("v_max", self.v_max, low=self.v_min)
        if not self.arrays:
            raise argument_error("arrays", "hold at least one array", "is empty")
        _check_names("arrays", self.arrays, INPUTS)
        _check_names("noises", self.noises, NOISE_FREE)

    def run(self, folder: Shards, progress: Progress) -> ReadoutErrors:
        sources = [*random_sources(self), *SIGNALS]
        with progress.stage("Reading arrays", len(self.arrays) * len(sources)) as advance:
            for source in sources:
                if not folder.has(shard_name(INPUTS, source)):
                    folder.write(shard_name(INPUTS, source), **inputs(self, source))
                for name in self.arrays:
                    if not folder.has(shard_name(name, source)):
                        folder.write(shard_name(name, source), **self._read(folder, name, source))
                    advance(1)
        with progress.stage("Looking for causes", len(self.arrays)) as advance:
            for name, array in self.arrays.items():
                sample = read_part(folder, self, "train", array=name).some(SAMPLED_VECTORS)
                if not folder.has(shard_name(name, "causes")):
                    folder.write(shard_name(name, "causes"), **causes(array, sample))
                if not folder.has(shard_name(name, "spice")) and spice_is_there():
                    difference = spice_difference(array, sample)
                    folder.write(shard_name(name, "spice"), difference=difference)
                advance(1)
        if not folder.has("pictures"):
            folder.write("pictures", **self._pictures(folder))
        return ReadoutErrors.gather(folder, self)

    def read(
        self, name: str, conductance: Tensor, voltage: Tensor, source: str
    ) -> dict[str, Tensor]:
        """Currents of an array, without noise and with each noise, (..., vectors, cols), A.

        Args:
            name: Name of the array.
            conductance: (..., rows, cols), S. Conductance of the memristors.
            voltage: (..., vectors, rows), V. Voltages driving the rows.
            source: Where the vectors are from; each source has noise of its own.
        """
        exact = self.arrays[name].read(conductance, voltage).current
        currents = {NOISE_FREE: exact}
        for index, (noise, acting) in enumerate(self.noises.items()):
            # The checksum is a number for the source that no other setting changes.
            randomness = generator(self.seed, 1, index, zlib.crc32(source.encode()))
            current = exact
            for each in acting:
                current = each.apply(current, conductance, voltage, randomness)
            currents[noise] = current
        return currents

    def _read(self, folder: Shards, name: str, source: str) -> dict[str, Tensor]:
        stored = folder.read(shard_name(INPUTS, source))
        conductance, voltage = (torch.from_numpy(stored[key]) for key in ("conductance", "voltage"))
        return self.read(name, conductance, voltage, source)

    def _pictures(self, folder: Shards) -> dict[str, Tensor]:
        """Currents to draw, in the precision that a figure needs."""
        drawn = {}
        for name in self.arrays:
            part = read_part(folder, self, "validation_matrices", array=name).some(SAMPLED_VECTORS)
            drawn["ideal_current"] = part.ideal_current.float()
            drawn[f"{name}.current"] = part.current.float()
        return drawn


def _array(law: Law) -> Crossbar:
    """An array whose raw errors with ohmic memristors are near the paper's."""
    access = AccessTransistor(width=0.8e-6)
    cell = Cell1T1R(access=access, gate_voltage=1.2, law=law)
    return Crossbar(row_resistance=2.5, column_resistance=2.5, cell=cell)


def _check_names(argument: str, names: Iterable[str], taken: str) -> None:
    for name in names:
        if not re.fullmatch(r"\w+", name, re.ASCII) or name == taken:
            must = f"have names of letters, digits and underscores, other than {taken}"
            raise argument_error(argument, must, f"has {name!r}")

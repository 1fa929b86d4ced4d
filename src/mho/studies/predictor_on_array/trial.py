"""One seed: the predictor stage by stage on its way onto tiles."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from mho.bench import SimulatedBench
from mho.core.random import generator
from mho.nn import IdealWriter, LevelWriter, Linear, PulseWriter, Tile, Writer, Written, convert
from mho.programming import PulsePredictor, program
from mho.programming.predictor import PulseRecords

from .result import STAGES

if TYPE_CHECKING:
    from .predictor_on_array import PredictorOnArray


class Trial:
    """One seed of the study.

    Args:
        study: Settings.
        seed: Selects records, cells and noise.
    """

    def __init__(self, study: "PredictorOnArray", seed: int) -> None:
        self.study, self.seed = study, seed
        self.digital = PulsePredictor.load(study.predictor).fit(study.device)

    @cached_property
    def records(self) -> PulseRecords:
        """Records of cells that the predictor was not trained on."""
        recording = replace(self.study.test, seed=self.study.test.seed + self.seed)
        return recording.record(self.study.device)

    @cached_property
    def written(self) -> tuple[Written, ...]:
        """The predictor's own cells, programmed by the predictor."""
        study = self.study
        writer = PulseWriter(
            device=study.device,
            programmer=self.digital,
            tolerance=study.tolerance,
            max_pulses=study.max_pulses,
            seed=self.seed,
        )
        layers = _layers(self._converted(writer))
        return tuple(tile for layer in layers for tile in layer.written)

    def outcome(self) -> dict[str, Any]:
        """Errors of one pulse, programming of other cells, and costs."""
        answer: dict[str, Any] = {}
        for stage in STAGES:
            scheme = self._at(stage)
            error = self._error(scheme)
            answer[f"error_{stage}"] = error.mean()
            answer[f"within_half_{stage}"] = (error < 0.5).double().mean()
            if stage in ("digital", "calibrated"):
                answer |= self._others(scheme, stage)
        low, high = self.study.mapping.g_min, self.study.mapping.g_max
        writers = [LevelWriter(low=low, high=high, levels=2**bits) for bits in self.study.bits]
        errors = [self._error(self._converted(writer)).mean() for writer in writers]
        return answer | {"error_at_bits": torch.stack(errors)} | self._cost(scheme)

    def _error(self, predictor: PulsePredictor) -> Tensor:
        target = self.records.target
        return (self.records.reached(predictor) - target).abs() / target

    def _at(self, stage: str) -> PulsePredictor:
        """The predictor with everything up to a stage."""
        last, study = list(STAGES).index(stage), self.study
        if last == 0:
            return self.digital
        faults: dict[str, Any] = {}
        if last >= 3:
            faults |= {"noise": study.noise, "noise_seed": self.seed}
        if last >= 4:
            faults["crossbar"] = study.crossbar
        if last >= 5:
            faults |= {"dac": study.dac, "adc": study.adc}
        if last >= 6:
            faults["calibrator"] = study.calibrator
        return self._converted(_AsWritten(self.written) if last >= 2 else IdealWriter(), **faults)

    def _converted(self, writer: Writer, **faults: Any) -> PulsePredictor:
        learned, records = self.digital.learned, self.records
        assert learned is not None
        inputs = learned.encoding.inputs(records.start, records.target).float()
        tile = Tile(mapping=self.study.mapping, writer=writer, **faults)
        analog = convert(learned.network, tile, inputs)
        return replace(self.digital, learned=replace(learned, network=analog))

    def _others(self, scheme: PulsePredictor, stage: str) -> dict[str, Any]:
        """Write-and-verify of other cells."""
        study = self.study
        low, high = study.test.range(study.device)
        share = torch.rand(*study.cells, generator=generator(self.seed, 2), dtype=torch.float64)
        bench = SimulatedBench(study.device, study.cells, seed=self.seed + 1)
        target = low + (high - low) * share
        result = program(bench, scheme, target, tolerance=study.goal, max_pulses=50)
        return {
            f"others_converged_{stage}": result.converged.double().mean(),
            f"others_pulses_{stage}": result.pulses.double().mean(),
            f"others_time_{stage}": result.time.mean(),
            f"others_energy_{stage}": result.energy.mean(),
        }

    def _cost(self, scheme: PulsePredictor) -> dict[str, Any]:
        """Of the cells, of their programming and of one prediction."""
        assert scheme.learned is not None
        records, reading = self.records, self.study.reading
        inputs = scheme.learned.encoding.inputs(records.start, records.target).float()
        energy, weights = 0.0, 0
        with torch.no_grad():
            for module in scheme.learned.network.modules():
                if isinstance(module, nn.Sequential):
                    for layer in module:
                        if isinstance(layer, Linear):
                            energy += reading.energy(layer, inputs)
                            weights += layer.in_features * layer.out_features
                        inputs = layer(inputs)
        cells = sum(tile.conductance.numel() for tile in self.written)
        return {
            "cells": float(cells),
            "weights": float(weights),
            "pulses_per_cell": sum(tile.pulses.sum() for tile in self.written) / cells,
            "programming_time": sum(tile.time.sum() for tile in self.written),
            "programming_energy": sum(tile.energy.sum() for tile in self.written),
            "prediction_time": reading.time * len(_layers(scheme)),
            "prediction_energy": energy,
        }


@dataclass(frozen=True)
class _AsWritten(Writer):
    """Tiles that were written before, in order."""

    written: tuple[Written, ...]

    def write(
        self, target: Tensor, *, tile: int, before: int = 0, last: Written | None = None
    ) -> Written:
        return self.written[tile]


def _layers(predictor: PulsePredictor) -> list[Linear]:
    assert predictor.learned is not None
    return [m for m in predictor.learned.network.modules() if isinstance(m, Linear)]

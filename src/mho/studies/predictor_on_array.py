"""The predictor on the cells that it programs: what it loses there, and what a prediction costs."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import torch
from torch import Tensor, nn

from mho.bench import SimulatedBench
from mho.calibration import Calibrator, ColumnGain
from mho.core import Device
from mho.core.check import argument_error, check_number
from mho.core.random import generator
from mho.core.units import si
from mho.crossbar import ADC, DAC, Crossbar, Noise, RelativeReadNoise
from mho.devices import DEVICES, JartTUD
from mho.nn import (
    DifferentialPair,
    IdealWriter,
    LevelWriter,
    Linear,
    PulseWriter,
    Tile,
    Writer,
    Written,
    convert,
)
from mho.programming import PulsePredictor, program
from mho.programming.predictor import PulseRecords, Recording

from .settings import OneOf
from .spread import spread
from .study import Progress, Shards, Study

STAGES = {
    "digital": "digital network",
    "mapped": "mapped to conductances",
    "programmed": "+ programmed by its own pulses",
    "noise": "+ read noise",
    "wires": "+ wire resistance",
    "converters": "+ converters",
    "calibrated": "+ calibration",
}
"""What each stage adds to the one before."""


@dataclass(frozen=True, kw_only=True)
class ReadingCost:
    """What is assumed of one read of a tile.

    Args:
        time: s. From the voltages on the rows to the digital outputs.
        dac_energy: J. Of setting one row.
        adc_energy: J. Of one conversion.
    """

    time: float = 100e-9
    dac_energy: float = 0.2e-12
    adc_energy: float = 2e-12

    def __post_init__(self) -> None:
        for name in ("time", "dac_energy", "adc_energy"):
            check_number(name, getattr(self, name), low=0.0)


@dataclass(frozen=True, kw_only=True)
class PredictorOnArray(Study):
    """What does a pulse predictor lose when it runs on the kind of cells that it programs?

    The predictor's weights become cells of the device, programmed by the predictor itself as a
    digital network. Stage by stage it is then judged by one pulse on recorded cells, and in the end
    it programs other cells by write-and-verify.

    Args:
        device: Model of the cells, those that hold the predictor and those that it programs.
        predictor: File, or name of a predictor that comes along.
        test: Records of cells that the predictor was not trained on.
        mapping: How weights become conductances.
        bits: Resolutions of the weights that are tried by themselves.
        tolerance: Relative error at which a cell of the predictor counts as programmed.
        max_pulses: Pulses for each of them after which to give up.
        noise: What every reading is disturbed by.
        crossbar: Wires of the tiles.
        dac: Converter of the rows.
        adc: Converter of the columns.
        calibrator: Repair of the currents, fitted to each tile.
        reading: What one read of a tile is assumed to cost.
        cells: Rows and columns of the other cells.
        goal: Relative error at which one of the other cells counts as programmed.
        seeds: Each selects other cells and other noise.
    """

    device: Annotated[Device[Any], OneOf(*DEVICES)] = field(
        default_factory=lambda: JartTUD.preset("yu2024")
    )
    predictor: str = "jart_tud_yu2024"
    test: Recording = field(default_factory=lambda: Recording(cells=200, seed=1000))
    mapping: DifferentialPair = field(
        default_factory=lambda: DifferentialPair(g_min=110e-6, g_max=520e-6)
    )
    bits: tuple[int, ...] = (2, 3, 4, 5, 6, 8)
    tolerance: float = 0.02
    max_pulses: int = 100
    noise: tuple[Noise, ...] = (RelativeReadNoise(sigma=0.01),)
    crossbar: Crossbar = field(default_factory=Crossbar)
    dac: DAC = field(default_factory=DAC)
    adc: ADC = field(default_factory=ADC)
    calibrator: Annotated[Calibrator, OneOf(ColumnGain)] = field(default_factory=ColumnGain)
    reading: ReadingCost = field(default_factory=ReadingCost)
    cells: tuple[int, int] = (64, 64)
    goal: float = 0.05
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        check_number("tolerance", self.tolerance, low=0.0)
        check_number("goal", self.goal, low=0.0)
        check_number("max_pulses", self.max_pulses, low=1)
        for name in ("bits", "seeds"):
            if not getattr(self, name):
                raise argument_error(name, "hold at least one", "is empty")

    def run(self, folder: Shards, progress: Progress) -> "ArrayPrediction":
        missing = [seed for seed in self.seeds if not folder.has(f"seed{seed}")]
        with progress.stage("Predictors on arrays", len(self.seeds)) as advance:
            advance(len(self.seeds) - len(missing))
            for seed in missing:
                folder.write(f"seed{seed}", **self._seed(seed))
                advance(1)
        stored = [folder.read(f"seed{seed}") for seed in self.seeds]
        metrics: dict[str, Any] = {"seeds": list(self.seeds), "bits": list(self.bits)}
        for name in stored[0]:
            values = [torch.as_tensor(each[name]).tolist() for each in stored]
            if isinstance(values[0], list):
                metrics[name] = {
                    str(bits): spread([value[k] for value in values])
                    for k, bits in enumerate(self.bits)
                }
            else:
                metrics[name] = spread(values)
        return ArrayPrediction(metrics)

    def _seed(self, seed: int) -> dict[str, Any]:
        digital = PulsePredictor.load(self.predictor).fit(self.device)
        recording = replace(self.test, seed=self.test.seed + seed)
        records = recording.record(self.device)
        written = self._written(digital, records, seed)
        answer: dict[str, Any] = {}
        for stage in STAGES:
            scheme = self._at(stage, digital, records, _AsWritten(written), seed)
            error = _error(scheme, records)
            answer[f"error_{stage}"] = error.mean()
            answer[f"within_half_{stage}"] = (error < 0.5).double().mean()
            if stage in ("digital", "calibrated"):
                answer |= self._others(scheme, stage, seed)
        low, high = self.mapping.g_min, self.mapping.g_max
        answer["error_at_bits"] = torch.stack(
            [
                _error(
                    self._converted(
                        digital, records, LevelWriter(low=low, high=high, levels=2**bits)
                    ),
                    records,
                ).mean()
                for bits in self.bits
            ]
        )
        return answer | self._cost(scheme, written, records)

    def _written(
        self, digital: PulsePredictor, records: PulseRecords, seed: int
    ) -> tuple[Written, ...]:
        """The predictor's own cells, programmed by the predictor."""
        writer = PulseWriter(
            device=self.device,
            programmer=digital,
            tolerance=self.tolerance,
            max_pulses=self.max_pulses,
            seed=seed,
        )
        layers = _layers(self._converted(digital, records, writer))
        return tuple(tile for layer in layers for tile in layer.written)

    def _at(
        self,
        stage: str,
        digital: PulsePredictor,
        records: PulseRecords,
        programmed: Writer,
        seed: int,
    ) -> PulsePredictor:
        """The predictor with everything up to a stage."""
        last = list(STAGES).index(stage)
        if last == 0:
            return digital
        faults: dict[str, Any] = {}
        if last >= 3:
            faults |= {"noise": self.noise, "noise_seed": seed}
        if last >= 4:
            faults["crossbar"] = self.crossbar
        if last >= 5:
            faults |= {"dac": self.dac, "adc": self.adc}
        if last >= 6:
            faults["calibrator"] = self.calibrator
        writer = programmed if last >= 2 else IdealWriter()
        return self._converted(digital, records, writer, **faults)

    def _converted(
        self, digital: PulsePredictor, records: PulseRecords, writer: Writer, **faults: Any
    ) -> PulsePredictor:
        learned = digital.learned
        assert learned is not None
        inputs = learned.encoding.inputs(records.start, records.target).float()
        tile = Tile(mapping=self.mapping, writer=writer, **faults)
        analog = convert(learned.network, tile, inputs)
        return replace(digital, learned=replace(learned, network=analog))

    def _others(self, scheme: PulsePredictor, stage: str, seed: int) -> dict[str, Any]:
        """Write-and-verify of other cells."""
        low, high = self.test.range(self.device)
        share = torch.rand(*self.cells, generator=generator(seed, 2), dtype=torch.float64)
        bench = SimulatedBench(self.device, self.cells, seed=seed + 1)
        target = low + (high - low) * share
        result = program(bench, scheme, target, tolerance=self.goal, max_pulses=50)
        return {
            f"others_converged_{stage}": result.converged.double().mean(),
            f"others_pulses_{stage}": result.pulses.double().mean(),
            f"others_time_{stage}": result.time.mean(),
            f"others_energy_{stage}": result.energy.mean(),
        }

    def _cost(
        self, scheme: PulsePredictor, written: tuple[Written, ...], records: PulseRecords
    ) -> dict[str, Any]:
        """Of the cells, of their programming and of one prediction."""
        assert scheme.learned is not None
        inputs = scheme.learned.encoding.inputs(records.start, records.target).float()
        energy, weights = 0.0, 0
        with torch.no_grad():
            for module in scheme.learned.network.modules():
                if isinstance(module, nn.Sequential):
                    for layer in module:
                        if isinstance(layer, Linear):
                            energy += self._read_energy(layer, inputs)
                            weights += layer.in_features * layer.out_features
                        inputs = layer(inputs)
        cells = sum(tile.conductance.numel() for tile in written)
        return {
            "cells": float(cells),
            "weights": float(weights),
            "pulses_per_cell": sum(tile.pulses.sum() for tile in written) / cells,
            "programming_time": sum(tile.time.sum() for tile in written),
            "programming_energy": sum(tile.energy.sum() for tile in written),
            "prediction_time": self.reading.time * len(_layers(scheme)),
            "prediction_energy": energy,
        }

    def _read_energy(self, layer: Linear, inputs: Tensor) -> float:
        """Of one read of a layer's tiles, on average over inputs: in cells and converters, J."""
        voltage = layer.voltages(inputs).double()
        power = (voltage.square() @ layer.effective.double().sum(-1, keepdim=True)).sum((0, 1))
        rows, cols = layer.in_features, 2 * layer.out_features
        converters = rows * self.reading.dac_energy + cols * self.reading.adc_energy
        return power.mean().item() * self.reading.time + converters


def _error(predictor: PulsePredictor, records: PulseRecords) -> Tensor:
    return (records.reached(predictor) - records.target).abs() / records.target


@dataclass(frozen=True)
class _AsWritten(Writer):
    """Tiles that were written before, in order."""

    written: tuple[Written, ...]

    def write(self, target: Tensor, *, tile: int, before: int = 0) -> Written:
        return self.written[tile]


def _layers(predictor: PulsePredictor) -> list[Linear]:
    assert predictor.learned is not None
    return [m for m in predictor.learned.network.modules() if isinstance(m, Linear)]


@dataclass(frozen=True)
class ArrayPrediction:
    """How a predictor does on arrays, and what it costs there.

    Args:
        metrics: Each with its spread over the seeds: mean relative error of one pulse and share
            within half of the target at every stage and at every resolution of the weights; how
            the digital and the analog predictor program other cells; cells, pulses, time (s) and
            energy (J) of programming the predictor, time and energy of a prediction.
    """

    metrics: dict[str, Any]

    def __str__(self) -> str:
        m = {
            key: v["mean"] for key, v in self.metrics.items() if isinstance(v, dict) and "mean" in v
        }
        lines = [f"PredictorOnArray: {m['weights']:.0f} weights on {m['cells']:.0f} cells"]
        lines += [
            f"{label:<34}{100 * m[f'error_{stage}']:>6.1f} %"
            f"{100 * m[f'within_half_{stage}']:>8.1f} % within half"
            for stage, label in STAGES.items()
        ]
        lines += [
            f"{bits:>2}-bit weights alone{'':<17}"
            f"{100 * self.metrics['error_at_bits'][str(bits)]['mean']:>6.1f} %"
            for bits in self.metrics["bits"]
        ]
        for stage, label in (("digital", "digital"), ("calibrated", "on arrays")):
            lines.append(
                f"other cells, predictor {label}: {100 * m[f'others_converged_{stage}']:.1f} %"
                f" programmed, {m[f'others_pulses_{stage}']:.2f} pulses,"
                f" {si(m[f'others_time_{stage}'], 's')} and"
                f" {si(m[f'others_energy_{stage}'], 'J')} per cell"
            )
        lines.append(
            f"programming the predictor: {m['pulses_per_cell']:.2f} pulses per cell,"
            f" {si(m['programming_time'], 's')} and {si(m['programming_energy'], 'J')} in all;"
            f" one prediction: {si(m['prediction_time'], 's')}, {si(m['prediction_energy'], 'J')}"
        )
        return "\n".join(lines)

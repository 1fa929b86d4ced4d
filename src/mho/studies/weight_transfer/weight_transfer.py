"""What accuracy trained networks keep when their weights are written into cells."""

from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor, nn

from mho.core.check import argument_error, check_number
from mho.crossbar import ADC, DAC, Crossbar, Noise
from mho.nn import (
    DifferentialPair,
    Layer,
    LayerRange,
    Mapping,
    Offset,
    Tile,
    convert,
    cost,
    rewrite,
)
from mho.studies.networks import MnistMlp, Network, Pictures, accuracy
from mho.studies.program_errors import Swept
from mho.studies.study import Progress, Shards, Study

from .result import TransferredWeights, shard_name
from .schemes import Exact, Fitted, WritingScheme

_COSTED = 20  # pictures whose cost is estimated


@dataclass(frozen=True, kw_only=True)
class WeightTransfer(Study):
    """What accuracy does a trained network keep when its weights are written into cells?

    For every number of bits a cell has two to the power of it levels. Each mapping, scheme and
    number of bits is drawn several times.

    Args:
        network: Trained network with its pictures.
        mappings: How weights become conductances, by name; `g_min` and `g_max` are replaced by
            those of each scheme's cells.
        schemes: How levels get into cells, by name.
        bits: Resolutions of the cells.
        rows: Largest number of rows of a tile.
        cols: Largest number of columns of a tile.
        crossbar: Wires and cells of a tile, ideal if left out.
        noise: What every reading is disturbed by.
        dac: Converter of the rows, none if left out.
        adc: Converter of the columns, none if left out.
        images: Test pictures.
        calibration_images: Training pictures that set voltage scales and ranges.
        points: Loss of accuracy, in points, up to which a resolution counts as enough.
        seeds: One for each draw.
    """

    network: Network = field(default_factory=MnistMlp)
    mappings: dict[str, Mapping] = field(
        default_factory=lambda: {
            "pair": DifferentialPair(g_min=1e-6, g_max=1e-4, weights=LayerRange()),
            "one_cell": Offset(g_min=1e-6, g_max=1e-4, weights=LayerRange()),
        }
    )
    schemes: dict[str, WritingScheme] = field(
        default_factory=lambda: {
            "quantised": Exact(),
            "feedforward": Fitted(source=Swept.preset("ffp2025")),
        }
    )
    bits: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7, 8, 9)
    rows: int = 128
    cols: int = 128
    crossbar: Crossbar = field(default_factory=Crossbar.ideal)
    noise: tuple[Noise, ...] = ()
    dac: DAC | None = None
    adc: ADC | None = None
    images: int = 10_000
    calibration_images: int = 200
    points: float = 1.0
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)

    def __post_init__(self) -> None:
        for name in ("rows", "cols", "images", "calibration_images"):
            check_number(name, getattr(self, name), low=1)
        check_number("points", self.points, low=0.0)
        for name in ("mappings", "schemes", "bits", "seeds"):
            if not getattr(self, name):
                raise argument_error(name, "hold at least one", "is empty")
        for bits in self.bits:
            check_number("bits", bits, low=1, high=16)

    def run(self, folder: Shards, progress: Progress) -> TransferredWeights:
        model = self.network.trained(folder, progress)
        test = self.network.test(self.images)
        inputs = self.network.calibration(self.calibration_images)
        if not folder.has("digital"):
            weights = sum(p.numel() for p in model.parameters() if p.dim() > 1)
            folder.write(
                "digital",
                accuracy=accuracy(model, test),
                images=len(test.labels),
                parameters=sum(p.numel() for p in model.parameters()),
                weights=weights,
            )
        stages = len(self.mappings) * len(self.schemes) * len(self.bits)
        with progress.stage("Transferring weights", stages) as advance:
            for mapping in self.mappings:
                for scheme in self.schemes:
                    parts = [shard_name(mapping, scheme, bits) for bits in self.bits]
                    missing = [part for part in parts if not folder.has(part)]
                    advance(len(parts) - len(missing))
                    analog = self._analog(model, inputs, mapping, scheme) if missing else model
                    for part, bits in zip(parts, self.bits, strict=True):
                        if part in missing:
                            scores = self._scores(analog, test, scheme, bits, folder)
                            folder.write(part, **scores)
                            advance(1)
        return TransferredWeights.gather(
            folder,
            mappings=list(self.mappings),
            schemes=list(self.schemes),
            bits=self.bits,
            seeds=self.seeds,
            points=self.points,
        )

    def _analog(self, model: nn.Module, inputs: Tensor, mapping: str, scheme: str) -> nn.Module:
        low, high = self.schemes[scheme].limits()
        tile = Tile(
            mapping=replace(self.mappings[mapping], g_min=low, g_max=high),
            rows=self.rows,
            cols=self.cols,
            crossbar=self.crossbar,
            noise=self.noise,
            dac=self.dac,
            adc=self.adc,
        )
        return convert(model, tile, inputs)

    def _scores(
        self, analog: nn.Module, test: Pictures, scheme: str, bits: int, folder: Shards
    ) -> dict[str, Any]:
        """Accuracy of each draw; one is all of them where nothing is random."""
        way = self.schemes[scheme]
        scores = []
        for seed in self.seeds if way.random else self.seeds[:1]:
            rewrite(analog, way.writer(2**bits, seed, folder, scheme))
            scores.append(accuracy(analog, test))
        layers = [layer for layer in analog.modules() if isinstance(layer, Layer)]
        clipped = sum(layer.clipped * layer.weight.numel() for layer in layers)
        total = sum(layer.weight.numel() for layer in layers)
        weights = [layer.weight.detach() for layer in layers]
        missed = sum(
            float((layer.kernel - weight).square().sum())
            for layer, weight in zip(layers, weights, strict=True)
        )
        size = sum(float(weight.square().sum()) for weight in weights)
        one = cost(analog, test.images[:_COSTED]).inference
        return {
            "accuracy": scores,
            "energy": one.energy,
            "time": one.time,
            "conversions": one.conversions,
            "clipped": clipped / total,
            "relative_error": (missed / size) ** 0.5,
            "cells": sum(int((layer.target > 0).sum()) for layer in layers),
        }

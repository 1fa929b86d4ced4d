"""What training with the cells in mind gives over writing a trained network into them."""

import copy
from dataclasses import dataclass, field, replace
from statistics import mean
from typing import Any

from torch import nn

from mho.core.check import argument_error, check_number
from mho.crossbar import ADC, DAC, Noise
from mho.nn import LayerRange, Mapping, Offset, Tile, convert, rewrite

from .accuracies import table
from .in_memory_training import MnistByMlp, Task
from .networks import Training, accuracy
from .networks.pictures import Pictures
from .program_errors import Swept
from .spread import spread
from .study import Progress, Shards, Silent, Study
from .weight_transfer import Fitted, WritingScheme

PLAIN, AWARE = "plain", "aware"
_UNSEEN = 1000  # seeds of the errors that a network is tested with; no training goes so far


@dataclass(frozen=True, kw_only=True)
class HardwareAware(Study):
    """What accuracy does a network keep in cells that it was trained to live with?

    Every network is trained digitally, and then goes on learning in two ways: digitally, and on
    tiles whose cells are written anew for every step, with rounding and error, while its weights
    stay as fine as ever. Both are then written into cells with errors that neither has met.

    Args:
        task: Network and pictures.
        mappings: How weights become conductances, by name; `g_min` and `g_max` are replaced by
            those of the scheme's cells.
        scheme: How levels get into cells.
        bits: Resolutions of the cells; the network learns for each of them.
        digital: How it is trained at first.
        further: How it goes on learning, in both ways.
        rows: Largest number of rows of a tile.
        cols: Largest number of columns of a tile.
        noise: What every reading is disturbed by.
        dac: Converter of the rows, none if left out.
        adc: Converter of the columns, none if left out.
        images: Training pictures for further learning, at most.
        test_images: Test pictures, at most.
        calibration_images: Training pictures that set voltage scales and ranges.
        draws: How often each network is written.
        seeds: Each selects other weights, another order and other errors.
    """

    task: Task = field(default_factory=MnistByMlp)
    mappings: dict[str, Mapping] = field(
        default_factory=lambda: {"one_cell": Offset(g_min=1e-6, g_max=1e-4, weights=LayerRange())}
    )
    scheme: WritingScheme = field(default_factory=lambda: Fitted(source=Swept.preset("ffp2025")))
    bits: tuple[int, ...] = (2, 3, 4, 5)
    digital: Training = field(default_factory=lambda: Training(epochs=4, learning_rate=0.1))
    further: Training = field(default_factory=lambda: Training(epochs=1, learning_rate=0.05))
    rows: int = 128
    cols: int = 128
    noise: tuple[Noise, ...] = ()
    dac: DAC | None = None
    adc: ADC | None = None
    images: int = 20_000
    test_images: int = 10_000
    calibration_images: int = 200
    draws: int = 3
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        for name in ("rows", "cols", "images", "test_images", "calibration_images", "draws"):
            check_number(name, getattr(self, name), low=1)
        for name in ("mappings", "bits", "seeds"):
            if not getattr(self, name):
                raise argument_error(name, "hold at least one", "is empty")
        for bits in self.bits:
            check_number("bits", bits, low=1, high=16)

    def run(self, folder: Shards, progress: Progress) -> "KeptByLearning":
        missing = [seed for seed in self.seeds if not folder.has(f"seed{seed}")]
        with progress.stage("Training", len(self.seeds)) as advance:
            advance(len(self.seeds) - len(missing))
            pictures = self.task.pictures() if missing else None
            for seed in missing:
                assert pictures is not None
                folder.write(f"seed{seed}", **self._scores(seed, *pictures, folder))
                advance(1)
        return KeptByLearning.gather(
            {seed: folder.read(f"seed{seed}") for seed in self.seeds},
            list(self.mappings),
            self.bits,
        )

    def _scores(self, seed: int, train: Pictures, test: Pictures, folder: Shards) -> dict[str, Any]:
        """Accuracy of the digital network, and by mapping, way and bits of those in cells."""
        test, inputs = test.some(self.test_images), train.some(self.calibration_images).images
        start = replace(self.digital, seed=seed).train(self.task.first(seed), train, Silent())
        some = train.some(self.images)
        further = replace(self.further, seed=seed)
        plain = further.train(copy.deepcopy(start), some, Silent())
        scores = {"digital": accuracy(plain, test)}
        for name in self.mappings:
            for bits in self.bits:
                tile = self._tile(name, bits, seed, folder)
                aware = further.train(convert(start, tile, inputs), some, Silent())
                for way, model in ((PLAIN, convert(plain, tile, inputs)), (AWARE, aware)):
                    kept = self._kept(model, test, bits, folder)
                    scores[f"{name}-{way}-{bits}"] = kept
        return scores

    def _tile(self, mapping: str, bits: int, seed: int, folder: Shards) -> Tile:
        low, high = self.scheme.limits()
        return Tile(
            mapping=replace(self.mappings[mapping], g_min=low, g_max=high),
            writer=self.scheme.writer(2**bits, seed, folder, "scheme"),
            rows=self.rows,
            cols=self.cols,
            noise=self.noise,
            dac=self.dac,
            adc=self.adc,
            noise_seed=seed,
        )

    def _kept(self, model: nn.Module, test: Pictures, bits: int, folder: Shards) -> float:
        """Mean accuracy over draws of errors."""
        scores = []
        for draw in range(self.draws):
            rewrite(model, self.scheme.writer(2**bits, _UNSEEN + draw, folder, "scheme"))
            scores.append(accuracy(model, test))
        return mean(scores)


@dataclass(frozen=True)
class KeptByLearning:
    """What networks keep that learnt with the cells in mind, beside those that did not.

    Args:
        metrics: Mean accuracy of the digital networks (per cent); by mapping, way and bits the
            accuracy, by mapping and bits what the aware way gains over the plain one (points), and
            by bits what it gains where each way has the mapping that is best for it on average, as
            mean, standard deviation and values of the seeds.
    """

    metrics: dict[str, Any]

    @classmethod
    def gather(
        cls, seeds: dict[int, dict[str, Any]], mappings: list[str], bits: tuple[int, ...]
    ) -> "KeptByLearning":
        """The answer out of the accuracies of each seed.

        Args:
            seeds: Of each seed, by mapping, way and bits.
            mappings: Names of the mappings.
            bits: Resolutions.
        """

        def over(way: str, mapping: str, n: int) -> list[float]:
            return [float(scores[f"{mapping}-{way}-{n}"]) for scores in seeds.values()]

        def best(way: str, n: int) -> list[float]:
            return max((over(way, mapping, n) for mapping in mappings), key=mean)

        def gain(aware: list[float], plain: list[float]) -> dict[str, Any]:
            return spread([a - p for a, p in zip(aware, plain, strict=True)])

        accuracies = {
            mapping: {
                way: {str(n): spread(over(way, mapping, n)) for n in bits} for way in (PLAIN, AWARE)
            }
            for mapping in mappings
        }
        gains = {
            mapping: {str(n): gain(over(AWARE, mapping, n), over(PLAIN, mapping, n)) for n in bits}
            for mapping in mappings
        }
        at_best = {str(n): gain(best(AWARE, n), best(PLAIN, n)) for n in bits}
        digital = [float(scores["digital"]) for scores in seeds.values()]
        metrics = {"seeds": list(seeds), "digital": mean(digital), "bits": list(bits)}
        return cls(metrics | {"accuracy": accuracies, "gain": gains, "gain_at_best": at_best})

    def __str__(self) -> str:
        metrics = self.metrics
        head = f"HardwareAware: digital {metrics['digital']:.2f} %"
        titles = {n: f"{n} bit" for n in metrics["bits"]}
        return "\n".join([head, *table(metrics["accuracy"], titles)])

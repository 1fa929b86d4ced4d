"""The neural pulse predictor: one pulse to the target, learned from what cells did."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from mho.core import Bench, Device, Past, Pulse
from mho.core.check import argument_error, check_number
from mho.core.past import NO_PAST
from mho.core.random import generator
from mho.programming.programmer import Programmer, fitted

from .criteria import Examples, RelativeConductance, SquaredTime
from .encoding import Encoding, LogarithmicTime, TimeEncoding
from .identity import DeviceIdentity
from .network import PulseNetwork
from .records import PulseRecords, Recording
from .training import Stage, train

TRAINING = (
    Stage(loss=SquaredTime(), epochs=40, final_learning_rate=1e-4),
    Stage(loss=RelativeConductance(secant=0.3), epochs=60, final_learning_rate=3e-5),
)
"""First the time, then the relative error of the conductance itself."""


Kind = TypeVar("Kind", bound=Encoding)


@dataclass(frozen=True)
class Learned(Generic[Kind]):
    """What a predictor knows after training.

    Args:
        network: From encoded inputs to an encoded pulse; any module that does this.
        encoding: Encoding with its scales.
        set_amplitude: V. Of every pulse towards `g_max`, or the largest.
        reset_amplitude: V. Of every pulse towards `g_min`, or the largest.
        longest: s. Widest pulse that was ever right, or the width of all.
        low: S. Lowest target learned.
        high: S. Highest target learned.
        device: Device that it was learned from.
    """

    network: nn.Module
    encoding: Kind
    set_amplitude: float
    reset_amplitude: float
    longest: float
    low: float
    high: float
    device: DeviceIdentity


@dataclass(frozen=True, kw_only=True)
class PulsePredictor(Programmer):
    """A small network that predicts the width of the one pulse from a conductance to its target.

    `fit` records what cells of the device do and trains the network on it; `load` takes one that
    was trained before. Source: Yu et al., AICAS 2024 (arXiv 2403.06712), which is the special case
    of `SignedTime`, `PAPER_TRAINING` and `PAPER_FINE_TUNING`.

    Args:
        recording: What is recorded for training.
        encoding: What the network sees and says.
        stages: Training, in order.
        sizes: Neurons of each hidden layer.
        seed: Selects the first weights and the order of the examples.
        learned: What training made, filled in by `fit` and `load`.
    """

    recording: Recording = field(default_factory=Recording)
    encoding: TimeEncoding = field(default_factory=LogarithmicTime)
    stages: tuple[Stage, ...] = TRAINING
    sizes: tuple[int, ...] = (32, 64, 32)
    seed: int = 0
    learned: Learned[TimeEncoding] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not self.stages:
            raise argument_error("stages", "hold at least one", "is empty")
        for size in self.sizes:
            check_number("sizes", size, low=1)

    def fit(self, device: Device[Any]) -> "PulsePredictor":
        if self.learned is None:
            training, validation, _ = self.recording.record(device).split(0.8, 0.1, 0.1)
            return self.learn(device, training, validation)
        self._known().device.check(device)
        return self

    def learn(
        self,
        device: Device[Any],
        training: PulseRecords,
        validation: PulseRecords,
        *,
        watch: Callable[[int, float], None] | None = None,
    ) -> "PulsePredictor":
        """The predictor trained on records; a network it has already is trained further.

        Args:
            device: Model that the records are of.
            training: Records to learn from.
            validation: Records by which the best epoch is chosen.
            watch: Called after every epoch with its number and its error on the validation part.
        """
        source = generator(self.seed)
        if self.learned is None:
            encoding = self.encoding.fit(training)
            network: nn.Module = PulseNetwork(self.sizes, generator=source)
        else:
            encoding, network = self.learned.encoding, self.learned.network
        examples = [Examples(records, encoding) for records in (training, validation)]
        network = train(network, self.stages, *examples, generator=source, watch=watch)
        learned = Learned(
            network=network.requires_grad_(False),
            encoding=encoding,
            set_amplitude=device.set_voltage,
            reset_amplitude=device.reset_voltage,
            longest=training.time.abs().max().item(),
            low=training.target.min().item(),
            high=training.target.max().item(),
            device=DeviceIdentity.of(device),
        )
        return replace(self, learned=learned)

    def pulse(self, conductance: Tensor, target: Tensor, past: Past = NO_PAST) -> Pulse:
        learned = self._known()
        time = self.time(conductance, target)
        up, down = conductance.new_tensor([learned.set_amplitude, learned.reset_amplitude])
        return Pulse(torch.where(time > 0, up, down), time.abs().clamp(max=learned.longest))

    def time(self, conductance: Tensor, target: Tensor) -> Tensor:
        """Predicted pulse time, positive for SET and negative for RESET: (...), s.

        Args:
            conductance: (...), S. Conductance now.
            target: (...), S. Conductance wanted.
        """
        learned = self._known()
        upwards = (target > conductance).flatten()
        # Part by part, so that the layers of a million cells need not fit the memory at once.
        pairs = zip(conductance.flatten().split(_PART), target.flatten().split(_PART), strict=True)
        with torch.no_grad():
            outputs = [learned.network(learned.encoding.inputs(*p).float()) for p in pairs]
        time = learned.encoding.time(torch.cat(outputs).to(conductance), upwards)
        return time.reshape(conductance.shape)

    @property
    def reach(self) -> tuple[float, float] | None:
        return None if self.learned is None else (self.learned.low, self.learned.high)

    def check(self, bench: Bench) -> None:
        device = getattr(bench, "device", None)  # a bench of real cells has no model
        if isinstance(device, Device):
            self._known().device.check(device)

    def save(self, path: str | Path) -> None:
        """Write what was learned to a file.

        Args:
            path: File to write, in safetensors.
        """
        from .files import save

        save(self._known(), Path(path))

    @classmethod
    def load(cls, name: str | Path) -> "PulsePredictor":
        """A predictor that was trained before.

        Args:
            name: Name of a predictor that comes along, or path of a file.
        """
        from .files import load

        return cls(learned=load(name, TimeEncoding))

    def _known(self) -> Learned[TimeEncoding]:
        return fitted("learned", self.learned)


_PART = 1 << 15

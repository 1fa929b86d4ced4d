"""The pulse predictor for cells that answer to amplitude rather than to width."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from mho.core import Device, Past, Pulse
from mho.core.check import check_number
from mho.core.past import NO_PAST
from mho.core.random import generator
from mho.programming.programmer import fitted

from .criteria import Answered, Criterion
from .encoding import SignedAmplitude
from .identity import DeviceIdentity
from .learner import Knowledge, Learner
from .network import PulseNetwork
from .sent import RandomPulses, SentPulses
from .training import Stage, train


@dataclass(frozen=True, kw_only=True)
class SquaredAmplitude(Criterion):
    """Square of the difference to the amplitude that was sent, V^2."""

    def error(self, output: Tensor, index: Tensor, examples: Answered) -> Tensor:
        return (output - examples.outputs[index]) ** 2


TRAINING = (
    Stage(
        loss=SquaredAmplitude(),
        keep=SquaredAmplitude(),
        epochs=60,
        final_learning_rate=1e-5,
        batch=128,
    ),
)
"""On the amplitude, since a cell that switches at once has no history to train through."""


@dataclass(frozen=True, kw_only=True)
class LearnedAmplitude(Knowledge):
    """What an amplitude predictor knows after training.

    Args:
        network: From encoded conductances to an amplitude in volts.
        encoding: Encoding with its scales.
        set_amplitude: V. Largest towards `g_max`.
        reset_amplitude: V. Largest towards `g_min`.
        low: S. Lowest conductance that a pulse led to.
        high: S. Highest conductance that a pulse led to.
        device: Device that it was learned from.
        width: s. Of every pulse.
    """

    encoding: SignedAmplitude
    width: float


@dataclass(frozen=True, kw_only=True)
class AmplitudePredictor(Learner):
    """A small network that predicts the amplitude of the one pulse to a target.

    It learns from random pulses on cells: whatever a pulse led to, its amplitude was the right one
    for. While programming it learns on: by how much the last pulse of a cell was higher than the
    network would have it for what the pulse did, the next one in this direction is higher too. A
    pulse that fell short is followed by a higher one, and in the end by one the other way.
    Source: Yu et al., AICAS 2024 (arXiv 2403.06712), section IV-B; learning on is not in the paper.

    Args:
        stages: Training, in order.
        sizes: Neurons of each hidden layer.
        seed: Selects the first weights and the order of the examples.
        learned: What training made, filled in by `fit` and `load`.
        recording: What is recorded for training.
        least: Relative change of conductance below which a pulse left its cell alone.
        step: V. By how much the pulse after one that fell short is higher at least.
        trust: Part of a deviation that is still believed in after a pulse the other way.
    """

    kind = LearnedAmplitude

    stages: tuple[Stage, ...] = TRAINING
    learned: LearnedAmplitude | None = field(default=None, compare=False)
    recording: RandomPulses = field(default_factory=RandomPulses)
    least: float = 0.01
    step: float = 0.02
    trust: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("least", self.least, low=0.0)
        check_number("step", self.step, low=0.0)
        check_number("trust", self.trust, low=0.0, high=1.0)

    def fit(self, device: Device[Any]) -> "AmplitudePredictor":
        if self.learned is None:
            return self.learn(device, *self.recording.record(device).split(0.9, 0.1))
        self.learned.device.check(device)
        return self

    def learn(
        self,
        device: Device[Any],
        training: SentPulses,
        validation: SentPulses,
        *,
        watch: Callable[[int, float], None] | None = None,
    ) -> "AmplitudePredictor":
        """The predictor trained on pulses, recorded from a model or from real cells.

        Args:
            device: Model of the cells, or with their voltages at least.
            training: Pulses to learn from.
            validation: Pulses by which the best epoch is chosen.
            watch: Called after every epoch with its number and its error on the validation part.
        """
        source, moved = generator(self.seed), training.moved(self.least)
        before, after = training.before[moved], training.after[moved]
        known = self.learned
        encoding = SignedAmplitude().fit(before, after) if known is None else known.encoding
        network = PulseNetwork(self.sizes, generator=source) if known is None else known.network
        examples = [_Moves.of(part, encoding, self.least) for part in (training, validation)]
        network = train(network, self.stages, *examples, generator=source, watch=watch)
        learned = LearnedAmplitude(
            network=network.requires_grad_(False),
            encoding=encoding,
            set_amplitude=device.set_voltage,
            reset_amplitude=device.reset_voltage,
            width=training.width.max().item(),
            low=after.min().item(),
            high=after.max().item(),
            device=DeviceIdentity.of(device),
        )
        return replace(self, learned=learned)

    def pulse(self, conductance: Tensor, target: Tensor, past: Past = NO_PAST) -> Pulse:
        learned, upwards = self._known(), target > conductance
        up, down = conductance.new_tensor([learned.set_amplitude, learned.reset_amplitude])
        largest = torch.where(upwards, up, down)
        # In units of the largest amplitude of its direction a strength is never negative.
        strength = self.amplitude(conductance, target) / largest
        if past.pulses:
            strength = strength + self._deviation(conductance, target, past) / largest
            last = past.pulses[-1]
            short = (last.width > 0) & (last.amplitude * largest > 0)
            higher = (last.amplitude / largest) + self.step / largest.abs()
            strength = torch.where(short, strength.maximum(higher), strength)
            moved = self._moved(past.reads[-1], last, conductance)
            spent = short & ~moved & (last.amplitude.abs() >= largest.abs())
            largest = torch.where(spent, up + down - largest, largest)
            strength = torch.where(spent, 1.0, strength)
        width = torch.full_like(conductance, learned.width)
        return Pulse(largest * strength.clamp(0.0, 1.0), width)

    def amplitude(self, conductance: Tensor, target: Tensor) -> Tensor:
        """Predicted amplitude, as the network says it: (...), V.

        Args:
            conductance: (...), S. Conductance now.
            target: (...), S. Conductance wanted.
        """
        learned = self._known()
        with torch.no_grad():
            output: Tensor = learned.network(learned.encoding.inputs(conductance, target).float())
        return output.to(conductance)

    def _deviation(self, conductance: Tensor, target: Tensor, past: Past) -> Tensor:
        """By how much the latest pulse in the same direction was off: (..., rows, cols), V.

        One that went only a part of the way tells as small a part.
        """
        upwards, deviation = target > conductance, torch.zeros_like(conductance)
        afters = (*past.reads[1:], conductance)
        for before, pulse, after in zip(past.reads, past.pulses, afters, strict=True):
            moved = self._moved(before, pulse, after)
            turned = moved & ((after > before) != upwards)
            way = (after.log() - before.log()) / (target.log() - before.log())
            found = (pulse.amplitude - self.amplitude(before, after)) * way.clamp(0.0, 1.0)
            deviation = torch.where(turned, self.trust * deviation, deviation)
            deviation = torch.where(moved & ~turned, found, deviation)
        return deviation

    def _moved(self, before: Tensor, pulse: Pulse, after: Tensor) -> Tensor:
        return (pulse.width > 0) & ((after / before - 1.0).abs() > self.least)

    def _known(self) -> LearnedAmplitude:
        return fitted("learned", self.learned)


@dataclass(frozen=True)
class _Moves:
    """Pulses that moved their cells, as a network in single precision sees them."""

    inputs: Tensor
    outputs: Tensor

    @classmethod
    def of(cls, outcomes: SentPulses, encoding: SignedAmplitude, least: float) -> "_Moves":
        moved = outcomes.moved(least)
        inputs = encoding.inputs(outcomes.before[moved], outcomes.after[moved])
        return cls(inputs.float(), outcomes.amplitude[moved].float())

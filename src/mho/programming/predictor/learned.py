"""What predictors of pulses share: how they use and keep what they learned."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self

import torch
from torch import Tensor, nn

from mho.core import Device, Past, Pulse
from mho.core.check import argument_error
from mho.core.past import NO_PAST
from mho.core.random import generator
from mho.programming.programmer import fitted

from .criteria import Examples
from .earlier import earlier_pulses
from .encoding import Encoding, LogarithmicTime
from .identity import DeviceIdentity
from .landing import Landing, LandingNetwork, train_landing
from .learner import Knowledge, Learner
from .practice import Practice
from .records import PulseRecords
from .training import train


@dataclass(frozen=True, kw_only=True)
class Learned(Knowledge):
    """What a predictor of widths knows after training.

    Args:
        network: From encoded inputs to an encoded time; any module that does this.
        encoding: Encoding with its scales.
        set_amplitude: V. Of every pulse towards `g_max`.
        reset_amplitude: V. Of every pulse towards `g_min`.
        low: S. Lowest target learned.
        high: S. Highest target learned.
        device: Device that it was learned from.
        longest: s. Widest pulse that was ever right.
        remembered: Earlier pulses that the network sees.
        landing: Network that knows where pulses land, if that was learned.
    """

    encoding: Encoding
    longest: float
    remembered: int = 0
    landing: LandingNetwork | None = None

    def inputs(self, conductance: Tensor, target: Tensor, earlier: Tensor) -> Tensor:
        """What the network sees: (n, 2 + 5 pulses).

        Args:
            conductance: (n,), S. Conductance before the pulse.
            target: (n,), S. Conductance wanted.
            earlier: (n, pulses, 3). Earlier pulses, as in `PulseRecords`.
        """
        now = self.encoding.inputs(conductance, target)
        return torch.cat([now, self.encoding.recall(earlier)], -1).float()


@dataclass(frozen=True, kw_only=True)
class Predictor(Learner):
    """A scheme that learned how wide pulses must be.

    Args:
        stages: Training, in order.
        sizes: Neurons of each hidden layer.
        seed: Selects the first weights and the order of the examples.
        learned: What training made, filled in by `fit` and `load`.
        encoding: What the network sees and says.
    """

    kind = Learned

    learned: Learned | None = field(default=None, compare=False)
    encoding: Encoding = field(default_factory=LogarithmicTime)

    @abstractmethod
    def _untrained(self, source: torch.Generator) -> nn.Module:
        """Network that training starts from."""

    def learn(
        self,
        device: Device[Any],
        training: PulseRecords,
        validation: PulseRecords,
        *,
        watch: Callable[[int, float], None] | None = None,
    ) -> Self:
        """The predictor trained on records; a network it has already is trained further.

        Args:
            device: Model that the records are of.
            training: Records to learn from.
            validation: Records by which the best epoch is chosen.
            watch: Called after every epoch with its number and its error on the validation part.
        """
        for name, records in (("training", training), ("validation", validation)):
            if not len(records):
                remedy = "Record more cells or targets, or for longer."
                raise argument_error(name, "hold records", "has none", remedy)
        source = generator(self.seed)
        if self.learned is None:
            encoding = self.encoding.fit(training)
            network = self._untrained(source)
        else:
            encoding, network = self.learned.encoding, self.learned.network
        examples = [Examples(records, encoding) for records in (training, validation)]
        network = train(network, self.stages, *examples, generator=source, watch=watch)
        longest, low, high = (
            training.time.abs().max().item(),
            training.target.min().item(),
            training.target.max().item(),
        )
        if self.learned is not None:  # what was learned before still holds
            longest = max(longest, self.learned.longest)
            low, high = min(low, self.learned.low), max(high, self.learned.high)
        learned = Learned(
            network=network.requires_grad_(False),
            encoding=encoding,
            set_amplitude=device.set_voltage,
            reset_amplitude=device.reset_voltage,
            longest=longest,
            low=low,
            high=high,
            device=DeviceIdentity.of(device),
            remembered=training.earlier.shape[1],
        )
        return replace(self, learned=learned)

    def pulse(self, conductance: Tensor, target: Tensor, past: Past = NO_PAST) -> Pulse:
        learned = self._known()
        time = self.time(conductance, target, past)
        up, down = conductance.new_tensor([learned.set_amplitude, learned.reset_amplitude])
        return Pulse(torch.where(time > 0, up, down), time.abs().clamp(max=learned.longest))

    def time(self, conductance: Tensor, target: Tensor, past: Past = NO_PAST) -> Tensor:
        """Predicted pulse time, positive for SET and negative for RESET: (...), s.

        Args:
            conductance: (...), S. Conductance now.
            target: (...), S. Conductance wanted.
            past: Reads and pulses of the same cells before.
        """
        learned = self._known()
        output = [said for _, said in self._said(conductance, target, past)]
        upwards = (target > conductance).flatten()
        time = learned.encoding.time(torch.cat(output).to(conductance), upwards)
        return time.reshape(conductance.shape)

    def landing(self, conductance: Tensor, target: Tensor, past: Past = NO_PAST) -> Landing:
        """Where the predicted pulses are expected to land.

        Args:
            conductance: (...), S. Conductance now.
            target: (...), S. Conductance wanted.
            past: Reads and pulses of the same cells before.
        """
        network = self._known().landing
        if network is None:
            raise argument_error("learned", "know landings", "does not", "Call `foresee(device)`.")
        parts = []
        for inputs, said in self._said(conductance, target, past):
            with torch.no_grad():
                parts.append(network(_with_time(inputs, said)))
        expected, quantiles = (torch.cat(part).to(conductance) for part in zip(*parts, strict=True))
        bounds = target.reshape(-1, 1) * quantiles.exp()
        return Landing(expected.reshape(conductance.shape), bounds.reshape(*conductance.shape, -1))

    def foresee(self, device: Device[Any], practice: Practice | None = None) -> Self:
        """The predictor that also knows where its pulses land.

        Its pulses are sent to cells, and a small network learns the mean error and the quantiles of
        what they reach, given what the predictor saw and said.

        Args:
            device: Model of the cells.
            practice: How the cells are used, write and verify in general if left out.
        """
        learned, source = self._known(), generator(self.seed, 1)
        practice = practice or Practice()
        landings = replace(practice, remembered=learned.remembered).land(device, self)
        inputs = learned.inputs(landings.start, landings.target, landings.earlier)
        with torch.no_grad():
            seen = _with_time(inputs, learned.network(inputs))
        deviation = (landings.landed / landings.target).log().float()
        network = LandingNetwork(generator=source)
        network = train_landing(network, seen, deviation, generator=source)
        return replace(self, learned=replace(learned, landing=network.requires_grad_(False)))

    def _said(self, conductance: Tensor, target: Tensor, past: Past) -> list[tuple[Tensor, Tensor]]:
        """What the network sees and says, part by part: a million cells need not fit at once."""
        learned = self._known()
        columns = (
            conductance.flatten(),
            target.flatten(),
            earlier_pulses(past, conductance, learned.set_amplitude, learned.remembered).flatten(
                0, -3
            ),
        )
        parts = zip(*(column.split(_PART) for column in columns), strict=True)
        said = []
        with torch.no_grad():
            for part in parts:
                inputs = learned.inputs(*part)
                said.append((inputs, learned.network(inputs)))
        return said

    def _known(self) -> Learned:
        return fitted("learned", self.learned)


def _with_time(inputs: Tensor, said: Tensor) -> Tensor:
    return torch.cat([inputs[:, :2], said[:, None]], 1)


_PART = 1 << 15

"""What schemes share that learned from cells of a device: they know it, and keep it in files."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

from torch import nn

from mho.core import Bench
from mho.core.check import argument_error, check_number
from mho.programming.programmer import Programmer, fitted

from .identity import DeviceIdentity
from .training import Stage


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """What a scheme knows after training, whatever it predicts.

    Args:
        network: From encoded inputs to an encoded pulse; any module that does this.
        encoding: Encoding with its scales.
        set_amplitude: V. Of pulses towards `g_max`, the largest if they vary.
        reset_amplitude: V. Of pulses towards `g_min`, the largest if they vary.
        low: S. Lowest conductance that is within reach.
        high: S. Highest conductance that is within reach.
        device: Device that it was learned from.
    """

    network: nn.Module
    encoding: Any
    set_amplitude: float
    reset_amplitude: float
    low: float
    high: float
    device: DeviceIdentity


@dataclass(frozen=True, kw_only=True)
class Learner(Programmer):
    """A scheme with a network that was trained on what cells did.

    Args:
        stages: Training, in order.
        sizes: Neurons of each hidden layer.
        seed: Selects the first weights and the order of the examples.
        learned: What training made, filled in by `fit` and `load`.
    """

    kind: ClassVar[type[Knowledge]]
    """What training makes."""

    stages: tuple[Stage, ...] = ()
    sizes: tuple[int, ...] = (32, 64, 32)
    seed: int = 0
    learned: Any = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not self.stages:
            raise argument_error("stages", "hold at least one", "is empty")
        for size in self.sizes:
            check_number("sizes", size, low=1)

    @property
    def reach(self) -> tuple[float, float] | None:
        return None if self.learned is None else (self.learned.low, self.learned.high)

    def check(self, bench: Bench) -> None:
        fitted("learned", self.learned).device.check_bench(bench)

    def save(self, path: str | Path) -> None:
        """Write what was learned to a file.

        Args:
            path: File to write, in safetensors.
        """
        from .files import save

        save(fitted("learned", self.learned), Path(path))

    @classmethod
    def load(cls, name: str | Path) -> Self:
        """A predictor that was trained before.

        Args:
            name: Name of a predictor that comes along, or path of a file.
        """
        from .files import load

        return cls(learned=load(name, cls.kind))

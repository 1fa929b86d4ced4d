"""Noise of a read, one source an object: what makes two readings of the same array differ."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mho.core.check import check_number
from mho.core.units import BOLTZMANN, ELEMENTARY_CHARGE

from .input_noise import InputNoise
from .product import product


class Noise(ABC):
    """Gaussian noise of the currents of an array, independent for each column and each vector."""

    def apply(
        self, current: Tensor, conductance: Tensor, voltage: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Currents as one reading gives them: (..., vectors, cols), A.

        Gradients pass as if the noise were a constant.

        Args:
            current: (..., vectors, cols), A. Currents without this noise.
            conductance: (..., rows, cols), S. Conductance of the cells, or what the wires leave
                of it: the array's effective conductance.
            voltage: (..., vectors, rows), V. Voltages driving the rows.
            generator: Source of randomness.
        """
        return together((self,), current, conductance, voltage, generator).on(current)

    def deviation(self, current: Tensor, conductance: Tensor, voltage: Tensor) -> Tensor:
        """Standard deviation of the noise, of a shape that broadcasts to that of `current`, A.

        Args:
            current: (..., vectors, cols), A. Currents without this noise.
            conductance: (..., rows, cols), S. Conductance of the cells.
            voltage: (..., vectors, rows), V. Voltages driving the rows.
        """
        return self.variance(current, conductance, voltage).sqrt()

    @abstractmethod
    def variance(self, current: Tensor, conductance: Tensor, voltage: Tensor) -> Tensor:
        """Variance of the noise, of a shape that broadcasts to that of `current`, A^2.

        Args:
            current: (..., vectors, cols), A. Currents without this noise.
            conductance: (..., rows, cols), S. Conductance of the cells.
            voltage: (..., vectors, rows), V. Voltages driving the rows.
        """


def together(
    noises: Sequence[Noise],
    current: Tensor,
    conductance: Tensor,
    voltage: Tensor,
    generator: torch.Generator,
) -> InputNoise:
    """Several sources as one: they know nothing of each other, so that their variances add up.

    Args:
        noises: Sources, one at least.
        current: (..., vectors, cols), A. Currents without noise.
        conductance: (..., rows, cols), S. Conductance of the cells.
        voltage: (..., vectors, rows), V. Voltages driving the rows.
        generator: Source of randomness.
    """
    with torch.no_grad():
        each = [noise.variance(current, conductance, voltage) for noise in noises]
        return InputNoise.of(each, generator)


@dataclass(frozen=True, kw_only=True)
class WhiteNoise(Noise):
    """The same noise on every current, such as that of the amplifiers.

    Args:
        sigma: A. Standard deviation.
    """

    sigma: float

    def __post_init__(self) -> None:
        check_number("sigma", self.sigma, low=0.0)

    def variance(self, current: Tensor, conductance: Tensor, voltage: Tensor) -> Tensor:
        return current.new_tensor(self.sigma**2)


@dataclass(frozen=True, kw_only=True)
class ThermalNoise(Noise):
    r"""Johnson-Nyquist noise of the cells of each column.

    .. math:: \sigma^2 = 4 k T B \sum_r G_{rc}

    The conductances are those of whole cells: with access transistors, what `zero_bias_conductance`
    of the cell or `effective_conductance` of the array makes of the memristors'. At read voltages,
    where the channel is nearly in equilibrium, that takes in the noise of the transistors too.

    Args:
        bandwidth: Hz. Bandwidth B of the read.
        temperature: K. Temperature T of the cells.
    """

    bandwidth: float
    temperature: float = 300.0

    def __post_init__(self) -> None:
        check_number("bandwidth", self.bandwidth, low=0.0)
        check_number("temperature", self.temperature, low=0.0)

    def variance(self, current: Tensor, conductance: Tensor, voltage: Tensor) -> Tensor:
        per_siemens = 4 * BOLTZMANN * self.temperature * self.bandwidth
        return per_siemens * conductance.sum(-2, keepdim=True)


@dataclass(frozen=True, kw_only=True)
class ShotNoise(Noise):
    r"""Noise of a current that crosses barriers charge by charge, independently.

    Charges that feel each other, as those in an ohmic conductor, make less of it.

    .. math:: \sigma^2 = 2 q B |I|

    Args:
        bandwidth: Hz. Bandwidth B of the read.
    """

    bandwidth: float

    def __post_init__(self) -> None:
        check_number("bandwidth", self.bandwidth, low=0.0)

    def variance(self, current: Tensor, conductance: Tensor, voltage: Tensor) -> Tensor:
        return 2 * ELEMENTARY_CHARGE * self.bandwidth * current.abs()


@dataclass(frozen=True, kw_only=True)
class RelativeReadNoise(Noise):
    r"""Conductances that fluctuate from reading to reading, each cell independently.

    The sum over a column's cells is drawn at once, with its exact variance.

    .. math:: \sigma_I^2 = \sigma^2 \sum_r (V_r G_{rc})^2

    Args:
        sigma: Standard deviation of a conductance, relative.
    """

    sigma: float

    def __post_init__(self) -> None:
        check_number("sigma", self.sigma, low=0.0)

    def variance(self, current: Tensor, conductance: Tensor, voltage: Tensor) -> Tensor:
        return product((self.sigma * voltage).square(), conductance.square())

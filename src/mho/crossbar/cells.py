"""What stands at each crossing of an array: a memristor, alone or with an access transistor.

In a passive array (1R) each cell is a memristor between its row wire and its column wire. In an
active one (1T1R) a transistor separates them, whose gate is on a third wire, the word line, that
carries no current::

    row ───┬────────────            row ───┬────────────      the row is the bit line,
           │                               │                  the column the source line
       memristor                       memristor
           │                               │
           │                             drain
           │                  gate ──────┤ transistor
           │                             source
           │                               │
    ───────┴── column               ───────┴── column
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mho.core.check import argument_error, check_number

from .noise import BOLTZMANN, ELEMENTARY_CHARGE


class Law(ABC):
    r"""How the current of a memristor follows its voltage, :math:`i = g f(v)`.

    Both signs of voltage give the same current, and the current rises with the voltage.
    """

    @property
    @abstractmethod
    def coefficients(self) -> tuple[float, float, float]:
        r"""k, s in 1/V and c in 1/V^2 of :math:`f(v) = k (\sinh(s v)/s + c v^3)`."""

    @abstractmethod
    def voltage(self, ratio: Tensor) -> Tensor:
        """Voltage at which f is this large, differentiable: (...), V.

        Args:
            ratio: (...), V. Current over conductance.
        """


@dataclass(frozen=True, kw_only=True)
class Ohmic(Law):
    """The current is proportional to the voltage."""

    @property
    def coefficients(self) -> tuple[float, float, float]:
        return 1.0, 0.0, 0.0

    def voltage(self, ratio: Tensor) -> Tensor:
        return ratio


@dataclass(frozen=True, kw_only=True)
class Sinh(Law):
    r"""Hopping or tunnelling: exponential at high voltage.

    .. math:: f(v) = v_r \frac{\sinh(v / v_0)}{\sinh(v_r / v_0)}

    Args:
        scale: V. Voltage v_0 above which the law bends.
        read_voltage: V. Voltage v_r at which a cell's conductance is its current over its voltage;
            at 0 it is the slope there.
    """

    scale: float
    read_voltage: float = 0.0

    def __post_init__(self) -> None:
        _check_scale(self)

    @property
    def coefficients(self) -> tuple[float, float, float]:
        steepness = 1.0 / self.scale
        if isinstance(self.read_voltage, float | int) and not self.read_voltage:
            return 1.0, steepness, 0.0
        at = steepness * self.read_voltage
        up = math.e**at
        return 2 * at / (up - 1 / up), steepness, 0.0

    def voltage(self, ratio: Tensor) -> Tensor:
        slope, steepness, _ = self.coefficients
        return torch.asinh(steepness / slope * ratio) / steepness


@dataclass(frozen=True, kw_only=True)
class Cubic(Law):
    r"""The first odd term beyond Ohm's law.

    .. math:: f(v) = v \frac{1 + (v / v_0)^2}{1 + (v_r / v_0)^2}

    Args:
        scale: V. Voltage v_0 at which the current is twice that of Ohm's law.
        read_voltage: V. Voltage v_r at which a cell's conductance is its current over its voltage;
            at 0 it is the slope there.
    """

    scale: float
    read_voltage: float = 0.0

    def __post_init__(self) -> None:
        _check_scale(self)

    @property
    def coefficients(self) -> tuple[float, float, float]:
        bend = self.scale**-2
        return 1.0 / (1.0 + bend * self.read_voltage**2), 0.0, bend

    def voltage(self, ratio: Tensor) -> Tensor:
        slope, _, bend = self.coefficients
        root = math.sqrt(3.0 * bend)  # the one real root of a cubic without a square
        return 2.0 / root * torch.sinh(torch.asinh(1.5 * root / slope * ratio) / 3.0)


def _check_scale(law: Sinh | Cubic) -> None:
    check_number("scale", law.scale, low=0.0, above=True)
    check_number("read_voltage", law.read_voltage, low=0.0)


@dataclass(frozen=True, kw_only=True)
class AccessTransistor:
    r"""n-channel transistor of the EKV kind, symmetric in drain and source, bulk at 0 V.

    .. math::
        I = 2 n \beta W U_T^2 \left(h(q_s) - h(q_d)\right), \qquad
        h(q) = \frac{q^2}{1 + \lambda q}, \qquad
        q_x = \ln\left(1 + e^{(V_P - V_x) / 2 U_T}\right)

    .. math::
        V_P = \frac{1}{n}\left(V_G - V_T
        + \sigma \left(\sqrt{(V_d - V_s)^2 + \delta^2} - \delta\right)\right), \quad
        \delta = 50\,\mathrm{mV}

    The charges q are those of Enz, Krummenacher and Vittoz, Analog Integrated Circuits and Signal
    Processing 8 (1995) 83; h bends the square law, as velocity saturation and mobility reduction
    do, and :math:`\sigma` is the drain-induced barrier lowering. The current rises with the drain
    voltage and falls with the source voltage everywhere.

    The defaults are fitted to the on-resistance (348, 231, 205, 195 ohm um at gate voltages of
    0.6, 0.8, 1.0, 1.2 V), the saturation current (0.81, 1.38, 1.93, 2.46 mA/um) and the
    subthreshold swing (93 mV per decade) of the 22 nm high-performance n-channel predictive
    technology model (Zhao and Cao, IEEE Trans. Electron Devices 53 (2006) 2816).

    Args:
        width: m. Width W of the channel.
        gain: A/V^2/m. Transconductance factor :math:`\beta` of a unit of width.
        threshold: V. Gate voltage V_T at which the channel opens.
        slope: Subthreshold slope factor n.
        saturation: Bend :math:`\lambda` of the square law.
        barrier_lowering: V/V. Fall :math:`\sigma` of the threshold with the drain voltage.
        temperature: K. Temperature in the thermal voltage U_T.
    """

    width: float = 0.75e-6
    gain: float = 34.95e3
    threshold: float = 0.42085
    slope: float = 1.56
    saturation: float = 0.25189
    barrier_lowering: float = 0.2797
    temperature: float = 300.0

    def __post_init__(self) -> None:
        for name in ("width", "gain", "temperature"):
            check_number(name, getattr(self, name), low=0.0, above=True)
        check_number("slope", self.slope, low=1.0)
        check_number("saturation", self.saturation, low=0.0)
        check_number("barrier_lowering", self.barrier_lowering, low=0.0)
        if self.barrier_lowering >= self.slope:
            but = f"is {self.barrier_lowering:.6g}"
            raise argument_error("barrier_lowering", f"be below the slope, {self.slope:.6g}", but)

    @property
    def thermal_voltage(self) -> float:
        """V. U_T = k T / q."""
        return BOLTZMANN * self.temperature / ELEMENTARY_CHARGE

    @property
    def specific_current(self) -> float:
        """A. Factor in front of the charges."""
        return 2 * self.slope * self.gain * self.width * self.thermal_voltage**2

    def on_conductance(self, gate_voltage: NDArray[np.float64]) -> NDArray[np.float64]:
        """Slope of the current at 0 V between drain and source, which are at 0 V: S.

        Args:
            gate_voltage: V. Of any shape.
        """
        twice = 2 * self.thermal_voltage
        pinch_off = (gate_voltage - self.threshold) / self.slope
        charge = np.logaddexp(0.0, pinch_off / twice)
        bend = 1 + self.saturation * charge
        rise = charge * (1 + bend) / bend**2 * -np.expm1(-charge)
        return self.specific_current / twice * rise


class Cell(ABC):
    """What joins a row node to a column node, given the memristor's conductance."""

    law: Law

    @abstractmethod
    def zero_bias_conductance(self, conductance: Tensor) -> Tensor:
        """Slope of the cell's current at 0 V, differentiable: (..., rows, cols), S.

        Args:
            conductance: (..., rows, cols), S. Conductance of the memristors.
        """

    @property
    @abstractmethod
    def ohmic(self) -> bool:
        """Whether the current is the conductance times the voltage across the cell."""

    @abstractmethod
    def parameters(self, shape: tuple[int, int]) -> tuple[tuple[float, ...], NDArray[np.float64]]:
        """What the compiled equations in `cell_kernel` need, and the gate voltage of each cell.

        Args:
            shape: Rows and columns of the array.

        Returns:
            Parameters, those of the law first; and (rows, cols), V.
        """

    def current(self, conductance: Tensor, row_voltage: Tensor, column_voltage: Tensor) -> Tensor:
        """Current from the row through each cell to the column: (..., rows, cols), A.

        Args:
            conductance: (..., rows, cols), S. Conductance of the memristors.
            row_voltage: (..., rows, cols), V. At the row's end of each cell.
            column_voltage: (..., rows, cols), V. At the column's end of each cell.
        """
        return self.linearised(conductance, row_voltage, column_voltage)[0]

    def linearised(
        self, conductance: Tensor, row_voltage: Tensor, column_voltage: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Current of each cell, and how it rises with one voltage and falls with the other.

        Args:
            conductance: (..., rows, cols), S. Conductance of the memristors.
            row_voltage: (..., rows, cols), V. At the row's end of each cell.
            column_voltage: (..., rows, cols), V. At the column's end of each cell.

        Returns:
            Current, A; its derivative with respect to the row's voltage, S; minus that with
            respect to the column's, S. Each (..., rows, cols).
        """
        from .solve import cell_kernel

        tensors = torch.broadcast_tensors(conductance, row_voltage, column_voltage)
        rows, cols = tensors[0].shape[-2:]
        arrays = [x.detach().reshape(-1, rows, cols).numpy() for x in tensors]
        answer = np.empty((3, *arrays[0].shape))
        equations = self.parameters((rows, cols))
        cell_kernel.linearise(*arrays, *equations, answer)
        current, rise, fall = torch.from_numpy(answer).reshape(3, *tensors[0].shape)
        return current, rise, fall


@dataclass(frozen=True, kw_only=True)
class Cell1R(Cell):
    """A memristor alone.

    Args:
        law: Current against voltage.
    """

    law: Law = field(default_factory=Ohmic)

    @property
    def ohmic(self) -> bool:
        return isinstance(self.law, Ohmic)

    def zero_bias_conductance(self, conductance: Tensor) -> Tensor:
        return self.law.coefficients[0] * conductance

    def parameters(self, shape: tuple[int, int]) -> tuple[tuple[float, ...], NDArray[np.float64]]:
        return (*self.law.coefficients, *_NO_TRANSISTOR), np.zeros(shape)


GateVoltage = float | tuple[float, ...] | tuple[tuple[float, ...], ...]
"""V. Of every cell, of each column, or nested: (rows, 1) for rows, (rows, cols) for cells."""


@dataclass(frozen=True, kw_only=True)
class Cell1T1R(Cell):
    """A memristor on the row, in series with a transistor on the column.

    Args:
        access: The transistor.
        gate_voltage: V. One number, or any that broadcast to (rows, cols): (cols,) for one per
            column, (rows, 1) for one per row, (rows, cols) for one per cell.
        law: Current of the memristor against its voltage.
    """

    access: AccessTransistor = field(default_factory=AccessTransistor)
    gate_voltage: GateVoltage = 1.2
    law: Law = field(default_factory=Ohmic)

    def __post_init__(self) -> None:
        try:
            values = np.asarray(self.gate_voltage, dtype=np.float64)
        except (TypeError, ValueError):
            raise argument_error("gate_voltage", "be numbers", "is none or uneven") from None
        if not np.isfinite(values).all():
            raise argument_error("gate_voltage", "be finite", "has a value that is not")

    @property
    def ohmic(self) -> bool:
        return False

    def zero_bias_conductance(self, conductance: Tensor) -> Tensor:
        memristor = self.law.coefficients[0] * conductance
        gate = self._gate((conductance.shape[-2], conductance.shape[-1]))
        transistor = torch.from_numpy(self.access.on_conductance(gate))
        return memristor * transistor / (memristor + transistor)

    def parameters(self, shape: tuple[int, int]) -> tuple[tuple[float, ...], NDArray[np.float64]]:
        access = self.access
        transistor = (
            access.specific_current,
            2 * access.thermal_voltage,
            access.slope,
            access.threshold,
            access.saturation,
            access.barrier_lowering,
        )
        return (*self.law.coefficients, *transistor), self._gate(shape)

    def _gate(self, shape: tuple[int, int]) -> NDArray[np.float64]:
        values = np.asarray(self.gate_voltage, dtype=np.float64)
        try:
            return np.ascontiguousarray(np.broadcast_to(values, shape))
        except ValueError:
            must = f"broadcast to the array's shape, {shape}"
            remedy = "Give one number, (cols,), (rows, 1) or (rows, cols) of them."
            raise argument_error(
                "gate_voltage", must, f"has shape {values.shape}", remedy
            ) from None


# The kernel takes a transistor with this specific current for none at all.
_NO_TRANSISTOR = (0.0, 1.0, 1.0, 0.0, 0.0, 0.0)

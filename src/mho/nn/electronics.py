"""What is assumed of everything around the cells, to estimate what a model costs."""

from dataclasses import dataclass

from mho.core.check import check_number
from mho.crossbar import ADC, DAC


@dataclass(frozen=True, kw_only=True)
class Electronics:
    """Speed and energy of converters and of digital arithmetic.

    The defaults are published parts, not of one technology: a converter of 8 bits that takes 3.1 mW
    at 1.2 billion conversions a second (Kull et al., IEEE J. Solid-State Circuits 48 (2013) 3049,
    32 nm), whose energy counts for each of its 256 steps; a crossbar read in 100 ns with one
    converter for 128 columns (Shafiee et al., ISCA 2016); a multiplication of 16-bit floating point
    of 1.1 pJ (Horowitz, ISSCC 2014, 45 nm).

    Args:
        settling: s. From the voltages of a vector to currents that can be converted.
        conversion_time: s. Of one column's current.
        columns_per_converter: Columns that are converted one after the other.
        step_energy: J. Of a conversion, row or column, for each of its two to the power of bits
            steps.
        bits: Of converters that a layer is without.
        multiplication_energy: J. Of a digital multiplication.
    """

    settling: float = 100e-9
    conversion_time: float = 1 / 1.2e9
    columns_per_converter: int = 128
    step_energy: float = 3.1e-3 / 1.2e9 / 256
    bits: int = 8
    multiplication_energy: float = 1.1e-12

    def __post_init__(self) -> None:
        for name in ("settling", "conversion_time", "step_energy", "multiplication_energy"):
            check_number(name, getattr(self, name), low=0.0)
        check_number("columns_per_converter", self.columns_per_converter, low=1)
        check_number("bits", self.bits, low=1, high=24)

    def vector_time(self, columns: int) -> float:
        """Time from one vector's voltages to all of its currents, s.

        Args:
            columns: Columns of a tile, or differences of them, that are converted.
        """
        turns = min(columns, self.columns_per_converter)
        return self.settling + turns * self.conversion_time

    def conversion_energy(self, converter: DAC | ADC | None) -> float:
        """Energy of one conversion, J.

        Args:
            converter: What converts; one of `bits` counts where there is none.
        """
        return self.step_energy * 2.0 ** (self.bits if converter is None else converter.bits)

"""What gradients meet on their way back through tiles."""

from dataclasses import dataclass, replace

from mho.core.check import check_number
from mho.crossbar import ADC, DAC, Noise


@dataclass(frozen=True, kw_only=True)
class Backward:
    """Converters and noise of tiles whose columns are driven and whose rows are sensed.

    The gradient with respect to the outputs drives the columns, and the currents out of the rows
    are that with respect to the inputs. Gradients shrink as a network learns, and differ from
    picture to picture: each vector is scaled digitally on its way into each tile, so that its
    largest voltage is the tile's read voltage, and back on its way out. What is left out is ideal.

    Args:
        dac: Converter of the columns, with as many values above zero as below, and zero.
        adc: Converter of the rows. The first gradients after its layer was fitted set its range.
        noise: What every reading is disturbed by, one source after the other.
    """

    dac: DAC | None = None
    adc: ADC | None = None
    noise: tuple[Noise, ...] = ()

    def __post_init__(self) -> None:
        if self.dac is not None:
            check_number("dac.bits", self.dac.bits, low=2)

    def driver(self, volt: float) -> DAC | None:
        """The converter of the columns for voltages of either sign.

        Zero is one of its values: most gradients are zero behind neurons that are silent.

        Args:
            volt: V. Largest voltage.
        """
        if self.dac is None:
            return None
        half = 2 ** (self.dac.bits - 1)
        return replace(self.dac, low=-volt * half / (half - 1), high=volt)

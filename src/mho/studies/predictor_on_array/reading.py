"""What one read of a tile is assumed to cost."""

from dataclasses import dataclass

from torch import Tensor

from mho.core.check import check_number
from mho.nn import Linear


@dataclass(frozen=True, kw_only=True)
class ReadingCost:
    """What is assumed of one read of a tile.

    Args:
        time: s. From the voltages on the rows to the digital outputs.
        dac_energy: J. Of setting one row.
        adc_energy: J. Of one conversion.
    """

    time: float = 100e-9
    dac_energy: float = 0.2e-12
    adc_energy: float = 2e-12

    def __post_init__(self) -> None:
        for name in ("time", "dac_energy", "adc_energy"):
            check_number(name, getattr(self, name), low=0.0)

    def energy(self, layer: Linear, inputs: Tensor) -> float:
        """Of one read of a layer's tiles, on average over inputs: in cells and converters, J.

        Args:
            layer: Layer on tiles.
            inputs: (inputs, in_features), 1. What it is given.
        """
        voltage = layer.voltages(inputs).double()
        power = (voltage.square() @ layer.effective.double().sum(-1, keepdim=True)).sum((0, 1))
        rows, cols = layer.in_features, 2 * layer.out_features
        converters = rows * self.dac_energy + cols * self.adc_energy
        return power.mean().item() * self.time + converters

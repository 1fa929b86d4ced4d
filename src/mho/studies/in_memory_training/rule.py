"""What all rules of learning share: the tiles, what they start from, and what they answer."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn
from torch.optim import Optimizer

from mho.crossbar import ADC, DAC, Noise
from mho.nn import Backward, DifferentialPair, ErrorWriter, Tile, WeightRange, Writer, convert
from mho.programming import ProgramError

Errors = Callable[[int], ProgramError]
"""Program error of so many bits, for the cells of the tiles."""


@dataclass(frozen=True, kw_only=True)
class Tiles:
    """What all rules have in common: cells, and what is around them.

    Args:
        g_min: S. Lowest conductance of the cells.
        g_max: S. Highest conductance of the cells.
        rows: Largest number of rows of a tile.
        cols: Largest number of columns of a tile.
        dac: Converter of the rows, none if left out.
        adc: Converter of the columns, none if left out.
        noise: What every reading is disturbed by.
        backward: What gradients meet on their way back through the tiles; none is exact.
    """

    g_min: float = 10e-6
    g_max: float = 100e-6
    rows: int = 128
    cols: int = 128
    dac: DAC | None = None
    adc: ADC | None = None
    noise: tuple[Noise, ...] = ()
    backward: Backward | None = None

    def pair(self, weights: WeightRange, seed: int, writer: Writer | None = None) -> Tile:
        """A tile with two cells for each weight, whose currents are subtracted.

        A column of lone cells carries the current of weights in the middle of the range too, in
        which converters lose what a network learns.

        Args:
            weights: Which weights the cells stand for.
            seed: Of the noise.
            writer: Writes the cells; they take what is asked for if it is left out.
        """
        mapping = DifferentialPair(g_min=self.g_min, g_max=self.g_max, weights=weights)
        written = {} if writer is None else {"writer": writer}
        return Tile(mapping=mapping, noise_seed=seed, **self._around(), **written)  # type: ignore[arg-type]

    def _around(self) -> dict[str, object]:
        names = ("rows", "cols", "dac", "adc", "noise", "backward")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Beginning:
    """What a rule starts from.

    Args:
        network: Network with its first weights.
        inputs: (images, ...), 1. Pictures that stand for those to come.
        tiles: Cells, and what is around them.
        errors: Program error of so many bits.
        seed: Selects the noise and the errors.
    """

    network: nn.Module
    inputs: Tensor
    tiles: Tiles
    errors: Errors
    seed: int

    def written(self, weights: WeightRange, bits: int | None = None) -> nn.Module:
        """The network on the tiles.

        Args:
            weights: Which weights the cells stand for.
            bits: Bits of each cell; they take what is asked for exactly if it is left out.
        """
        writer = None
        if bits is not None:
            writer = ErrorWriter(error=self.errors(bits), seed=self.seed)
        return convert(self.network, self.tiles.pair(weights, self.seed, writer), self.inputs)


class Rule(ABC):
    """Says how a network learns. Subclasses are frozen dataclasses."""

    @abstractmethod
    def begin(self, start: Beginning) -> tuple[nn.Module, Optimizer]:
        """The network as it learns, and its optimiser.

        Args:
            start: What it starts from.
        """

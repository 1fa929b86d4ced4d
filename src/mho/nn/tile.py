"""What a layer is made of: the settings of a crossbar tile and of everything around it."""

from dataclasses import dataclass, field

from mho.calibration import Calibrator
from mho.core.check import argument_error, check_number
from mho.crossbar import ADC, DAC, TIA, Crossbar, Noise

from .backward import Backward
from .mapping import DifferentialPair, Mapping
from .reader import Folded, Reader
from .slicing import Slicing, Whole
from .writer import IdealWriter, Writer


@dataclass(frozen=True, kw_only=True)
class Tile:
    """Array of cells with its writer, wires, converters and calibrator.

    A layer larger than one tile is spread over several, as evenly as it goes; their currents are
    converted and calibrated tile by tile and added digitally.

    Args:
        mapping: How weights become conductances.
        rows: Largest number of rows, that is of inputs.
        cols: Largest number of columns; a differential pair takes two.
        slicing: How a weight is spread over several cells; it is in one piece if left out.
        read_voltage: V. Voltage that the largest input is turned into.
        writer: How conductances get into the cells.
        crossbar: Wires between the cells, and the cells' kind.
        reader: How the currents are found.
        noise: What every reading is disturbed by. Sources know nothing of each other: their
            variances add up.
        noise_seed: Of the noise. Each layer draws numbers of its own, and new ones every reading.
        dac: Converter of the rows, none if left out.
        tia: Amplifier of the columns, ideal if left out.
        adc: Converter of the columns, none if left out.
        calibrator: Repair of the currents, none if left out. One that was not fitted before is
            fitted to each tile. One that learns from conductances cannot repair the differences of
            columns that are subtracted before they are converted.
        backward: What gradients meet on their way back through the tile. If left out, they are
            exactly those of the weights that the cells hold.
    """

    mapping: Mapping
    rows: int = 128
    cols: int = 128
    slicing: Slicing = field(default_factory=Whole)
    read_voltage: float = 0.2
    writer: Writer = field(default_factory=IdealWriter)
    crossbar: Crossbar = field(default_factory=Crossbar.ideal)
    reader: Reader = field(default_factory=Folded)
    noise: tuple[Noise, ...] = ()
    noise_seed: int = 0
    dac: DAC | None = None
    tia: TIA | None = None
    adc: ADC | None = None
    calibrator: Calibrator | None = None
    backward: Backward | None = None

    def __post_init__(self) -> None:
        check_number("rows", self.rows, low=1)
        check_number("cols", self.cols, low=1)
        check_number("read_voltage", self.read_voltage, low=0.0, above=True)
        if self.slicing.through_wires and not isinstance(self.mapping, DifferentialPair):
            must = "be a `DifferentialPair` where slices make up for wires"
            but = f"is {type(self.mapping).__name__}, whose weights of zero lose current to them"
            raise argument_error("mapping", must, but)
        calibrator, subtracts = self.calibrator, self.mapping.subtracts_first
        if subtracts and calibrator is not None and calibrator.reads_cells:
            must = "do without the cells' conductances where columns are subtracted first"
            remedy = "Take one such as `Affine`, or a mapping with `analog=False`."
            raise argument_error("calibrator", must, f"is {type(calibrator).__name__}", remedy)

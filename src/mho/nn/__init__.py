from .convert import convert as convert
from .linear import Linear as Linear
from .mapping import DifferentialPair as DifferentialPair
from .tile import Tile as Tile
from .writer import IdealWriter as IdealWriter
from .writer import PulseWriter as PulseWriter
from .writer import Writer as Writer
from .writer import Written as Written

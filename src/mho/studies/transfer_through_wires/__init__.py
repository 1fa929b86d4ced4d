"""What accuracy does a network keep on tiles with resistive wires, by the tiles' size?"""

from .pilot import Pilot as Pilot
from .result import AccuracyThroughWires as AccuracyThroughWires
from .transfer_through_wires import TransferThroughWires as TransferThroughWires

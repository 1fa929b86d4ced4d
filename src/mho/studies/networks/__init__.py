"""Trained networks with their pictures, for studies that put them onto arrays."""

from .networks import CaltechResnet as CaltechResnet
from .networks import FashionLenet as FashionLenet
from .networks import MnistMlp as MnistMlp
from .networks import Network as Network
from .networks import OwnModel as OwnModel
from .networks import ShippedDigits as ShippedDigits
from .networks import accuracy as accuracy
from .pictures import Pictures as Pictures
from .training import Training as Training

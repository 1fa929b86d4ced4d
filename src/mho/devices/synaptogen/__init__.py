from .device import Synaptogen as Synaptogen

"""Program, read and calibrate memristor arrays, and run neural networks on them."""

__version__ = "0.1.0"

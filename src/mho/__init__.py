"""Program, read and calibrate memristor arrays, and run neural networks on them.

The public names stand in `__init__.pyi`. They are imported at first use, so that `import mho` and
the command line's help wait for nothing.
"""

import lazy_loader

__version__ = "0.1.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

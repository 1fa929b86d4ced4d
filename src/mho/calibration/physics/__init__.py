"""Calibration by the physics of an array: its circuit, identified and inverted."""

from .affine import AffineInverse as AffineInverse
from .affine import LinearEstimate as LinearEstimate
from .affine import OhmicInverse as OhmicInverse
from .calibrator import PhysicsCalibrator as PhysicsCalibrator
from .corrected import CorrectedPhysics as CorrectedPhysics
from .curved import Curved as Curved
from .curved import CurvedInverse as CurvedInverse
from .cut import CutInverse as CutInverse
from .floor import noise_floor as noise_floor
from .identify import Identified as Identified
from .identify import identify as identify
from .inverse import Held as Held
from .inverse import Inverse as Inverse
from .inverse import Known as Known
from .prior import Curve as Curve
from .prior import VoltagePrior as VoltagePrior
from .refreshed import Change as Change
from .refreshed import Refreshed as Refreshed
from .refreshed import refresh_vectors as refresh_vectors

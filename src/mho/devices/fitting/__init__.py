"""The user's own cell: measured pulse trains fitted by the step and soft-bounds devices."""

from .arc2 import read_arc2 as read_arc2
from .candidate import Candidate as Candidate
from .candidate import Parameter as Parameter
from .candidates import CANDIDATES as CANDIDATES
from .fit import fit as fit
from .measurement import Measurement as Measurement
from .result import Attempt as Attempt
from .result import Estimate as Estimate
from .result import Fit as Fit
from .table import read_table as read_table

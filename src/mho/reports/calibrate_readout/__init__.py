"""The report of the calibrators."""

from .report import page as page
from .summary import summary_figure as summary_figure

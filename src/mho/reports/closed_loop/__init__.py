"""The report of the closed loop."""

from .report import page as page
from .summary import summary_figure as summary_figure

"""The report of a device's characteristics."""

from .report import page as page
from .summary import summary_figure as summary_figure

"""The report of predicted pulses."""

from .report import page as page
from .summary import summary_figure as summary_figure

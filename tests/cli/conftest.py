from pathlib import Path

import pytest

from mho.studies.registry import STUDIES

COUNTING = Path(__file__).parents[1] / "studies" / "counting.py"


@pytest.fixture
def counting(monkeypatch):
    """Program of the command line that knows the study `CountUp`."""
    monkeypatch.syspath_prepend(COUNTING.parent)
    monkeypatch.setitem(STUDIES, "CountUp", "counting")
    return COUNTING

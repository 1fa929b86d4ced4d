from pathlib import Path

import pytest

from mho.studies.registry import STUDIES


@pytest.fixture
def count_up(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)
    monkeypatch.setitem(STUDIES, "CountUp", "counting")
    from counting import CountUp

    return CountUp

"""The scoreboard says what the stored runs say, and the pages say what the scoreboard says."""

import json
import re
from pathlib import Path

import pytest

from mho.reports.quote import GRID, INLINE, TABLE, quote, quoting_pages
from mho.reports.scoreboard import Row, collect, load

ROOT = Path(__file__).parents[2]
SCOREBOARD = ROOT / "results" / "scoreboard.json"


def row(**changes):
    fields = {
        "id": "a.b",
        "value": 1.0,
        "unit": "s",
        "spread": None,
        "seeds": None,
        "paper": None,
        "reach": 2.0,
        "better": "lower",
        "command": "make benchmark",
        "run": "results/a",
        "commit": None,
    }
    return Row(**fields | changes)


@pytest.mark.parametrize(
    ("value", "better", "short"),
    [(1.0, "lower", False), (3.0, "lower", True), (3.0, "higher", False), (1.0, "higher", True)],
)
def test_a_row_falls_short_on_the_wrong_side_of_its_goal(value, better, short):
    assert row(value=value, better=better).falls_short is short


def test_a_row_without_a_run_falls_short_and_one_without_a_goal_does_not():
    assert row(value=None).falls_short
    assert not row(reach=None).falls_short


def test_claims_are_read_out_of_stored_runs(tmp_path):
    run = tmp_path / "results" / "a"
    run.mkdir(parents=True)
    metrics = {"loss": {"mean": 0.5, "std": 0.1}, "seeds": [0, 1, 2]}
    (run / "metrics.json").write_text(json.dumps({"metrics": metrics}))
    (run / "run.json").write_text(json.dumps({"commit": "abc"}))
    claim = 'id = "x"\nunit = "points"\nbetter = "lower"\nrun = "results/a"\ncommand = "c"\n'
    (tmp_path / "results" / "claims.toml").write_text(
        f'[[claim]]\n{claim}metric = "loss.mean"\nspread = "loss.std"\n'
        f'[[claim]]\n{claim}metric = "loss.of.nothing"\n'
    )
    measured, missing = collect(tmp_path)
    assert (measured.value, measured.spread, measured.seeds) == (0.5, 0.1, 3)
    assert measured.commit == "abc"
    assert missing.value is None


def test_pages_quote_figures_by_name():
    page = "It loses 9.9<!-- a.b --> s.\n<!-- scoreboard a -->\nold\n<!-- /scoreboard -->\n"
    quoted = quote(page, [row(value=1.2345, spread=0.1)])
    assert "1.23<!-- a.b -->" in quoted
    assert "| `a.b` | 1.23 ± 0.1 |  | 2 | s |" in quoted
    assert "old" not in quoted


def test_a_grid_has_a_row_and_a_column_for_each_part_of_a_name():
    names = {"a.one.x": {"paper": 3.0, "reach": None}, "a.one.y": {"reach": None}, "a.two.x": {}}
    rows = [row(**{"id": name, "value": 5.0} | goals) for name, goals in names.items()]
    quoted = quote("<!-- grid a -->\nold\n<!-- /grid -->\n", rows).splitlines()
    assert quoted[1:-1] == [
        "| | x | y |",
        "|---|---|---|",
        "| paper | 3 |  |",
        "| `one` | 5 | 5 |",
        "| `two` | 5, to reach 2 (falls short) |  |",
    ]


def test_the_committed_scoreboard_is_what_the_stored_runs_say():
    assert load(SCOREBOARD) == collect(ROOT)


def test_every_claim_has_its_run():
    assert [row.id for row in load(SCOREBOARD) if row.value is None] == []


def test_claims_have_names_of_their_own():
    names = [row.id for row in load(SCOREBOARD)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("page", quoting_pages(ROOT), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_figure_quoted_on_a_page_is_the_scoreboards(page):
    text = page.read_text(encoding="utf-8")
    assert quote(text, load(SCOREBOARD)) == text
    # What is left are figures that nobody looked up. Settings belong in code spans.
    prose = INLINE.sub("", TABLE.sub("", GRID.sub("", text)))
    prose = re.sub(r"```.*?```|`[^`]*`|\$\$.*?\$\$", "", prose, flags=re.DOTALL)
    typed = re.findall(r"\d[\d.,]*\s?(?:%|points\b|ms\b|s\b|MiB\b|GiB\b|times\b)", prose)
    assert typed == []

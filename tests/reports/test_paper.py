"""Pages on papers become one file without outside requests."""

import re

import pytest

from mho.cli.reproduce import PAGES, PAPERS
from mho.reports.paper import paper_report

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)


def test_a_report_holds_text_tables_and_pictures(tmp_path):
    (tmp_path / "dot.png").write_bytes(PIXEL)
    (tmp_path / "page.md").write_text(
        "# One paper\n## Figure 1\n![A dot](dot.png) and [more](../other.md#there),"
        " [source](https://doi.org/10.1/2)\n\n<!-- scoreboard x -->\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    html = paper_report([tmp_path / "page.md"], "Papers & mho")
    assert "<title>Papers &amp; mho</title>" in html
    assert "<h2>One paper</h2>" in html
    assert "<h3>Figure 1</h3>" in html
    assert 'src="data:image/png;base64,iVBOR' in html
    assert "<td>2</td>" in html
    assert "scoreboard" not in html
    assert "other.md" not in html
    assert '<a href="https://doi.org/10.1/2">source</a>' in html


@pytest.mark.parametrize("paper", PAPERS)
def test_the_page_of_each_paper_needs_nothing_but_itself(paper, pytestconfig):
    html = paper_report([pytestconfig.rootpath / PAGES / f"{paper}.md"], paper)
    assert html.count("data:image/png") == html.count("<img ")
    assert not re.findall(r'(?:src|href)="(?!data:|https://doi\.org)', html)
    assert html.count("<td>") > 20

"""Figures of the scoreboard in README and docs: quoted by name, never typed.

A page quotes one figure as ``0.14<!-- loop.thin.x -->`` and a group of them as a table between
``<!-- scoreboard loop.thin -->`` and ``<!-- /scoreboard -->``.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from .scoreboard import RESULTS, Row, collect, save

INLINE = re.compile(r"(?:not measured|[-\d.,e]+)<!-- ([\w.]+) -->")
"""One quoted figure."""
TABLE = re.compile(r"(<!-- scoreboard ([\w.]+) -->\n).*?(<!-- /scoreboard -->)", re.DOTALL)
"""A table of quoted figures."""


def publish(root: Path) -> Path:
    """Read the claims out of the stored runs into the scoreboard, README and docs.

    Args:
        root: Folder that holds `results/`, `README.md` and `docs/`.
    """
    path, rows = root / RESULTS / "scoreboard.json", collect(root)
    save(path, rows)
    for page in quoting_pages(root):
        text = page.read_text(encoding="utf-8")
        page.write_text(quote(text, rows), encoding="utf-8")
    return path


def quoting_pages(root: Path) -> list[Path]:
    """README and every page of the docs.

    Args:
        root: Folder that holds them.
    """
    return [root / "README.md", *sorted((root / "docs").rglob("*.md"))]


def quote(text: str, rows: Iterable[Row]) -> str:
    """A page with every quoted figure as the scoreboard has it.

    Args:
        text: Page in Markdown.
        rows: Rows of the scoreboard.
    """
    known = {row.id: row for row in rows}
    text = INLINE.sub(lambda m: f"{figure(known[m[1]].value)}<!-- {m[1]} -->", text)
    return TABLE.sub(lambda m: m[1] + _table(m[2], known) + m[3], text)


def figure(value: float | None) -> str:
    """A figure as pages show it, with three significant digits.

    Args:
        value: Figure of the scoreboard.
    """
    if value is None:
        return "not measured"
    return f"{value:.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"


def _table(prefix: str, rows: dict[str, Row]) -> str:
    lines = ["| figure | value | paper | to reach | unit |", "|---|---|---|---|---|"]
    for name, row in sorted(rows.items()):
        if name.startswith(prefix):
            spread = "" if row.spread is None else f" ± {figure(row.spread)}"
            value = figure(row.value) + spread + (" (falls short)" if row.falls_short else "")
            goals = ("" if goal is None else figure(goal) for goal in (row.paper, row.reach))
            lines.append(f"| `{name}` | {value} | {' | '.join(goals)} | {row.unit} |")
    return "\n".join(lines) + "\n"

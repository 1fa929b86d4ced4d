"""Figures of the scoreboard in README and docs: quoted by name, never typed.

A page quotes one figure as ``0.14<!-- loop.thin.x -->`` and a group of them as a table between
``<!-- scoreboard loop.thin -->`` and ``<!-- /scoreboard -->``. Between ``<!-- grid loop -->`` and
``<!-- /grid -->`` stand figures named `loop.row.column`, crossed.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from .scoreboard import RESULTS, Row, collect, save

INLINE = re.compile(r"(?:not measured|[-\d.,e]+)<!-- ([\w.]+) -->")
"""One quoted figure."""
TABLE = re.compile(r"(<!-- scoreboard ([\w.]+) -->\n).*?(<!-- /scoreboard -->)", re.DOTALL)
"""A table of quoted figures."""
GRID = re.compile(r"(<!-- grid ([\w.]+) -->\n).*?(<!-- /grid -->)", re.DOTALL)
"""A table of quoted figures with a row and a column for each part of their names."""


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
    text = GRID.sub(lambda m: m[1] + _grid(m[2], known) + m[3], text)
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


def _grid(prefix: str, rows: dict[str, Row]) -> str:
    """Figures as the claims order them; papers' above, goals below."""
    names = [name for name in rows if name.startswith(f"{prefix}.")]
    cells = {tuple(name.removeprefix(f"{prefix}.").split(".")): rows[name] for name in names}
    lines, columns = (list(dict.fromkeys(key[place] for key in cells)) for place in (0, 1))
    text = [f"| | {' | '.join(columns)} |", "|---" * (1 + len(columns)) + "|"]

    def add(head: str, values: Iterable[str]) -> None:
        text.append(f"| {head} | {' | '.join(values)} |")

    published = [_first(cells, column, "paper") for column in columns]
    if any(published):
        add("paper", published)
    for line in lines:
        add(f"`{line}`", [_shown(cells.get((line, column))) for column in columns])
    return "\n".join(text) + "\n"


def _first(cells: dict[tuple[str, ...], Row], column: str, goal: str) -> str:
    """The first goal of its kind that a column has."""
    found = (getattr(row, goal) for (_, name), row in cells.items() if name == column)
    return next((figure(value) for value in found if value is not None), "")


def _shown(row: Row | None) -> str:
    """A figure with its spread; what has a goal says whether it is met."""
    if row is None:
        return ""
    spread = "" if not row.spread else f" ± {figure(float(f'{row.spread:.1g}'))}"
    verdict = f", to reach {figure(row.reach)}" if row.reach is not None else ""
    return figure(row.value) + spread + verdict + (" (falls short)" if row.falls_short else "")

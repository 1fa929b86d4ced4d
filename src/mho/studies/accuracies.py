"""What studies of networks in cells have in common: a table of accuracies, and what is enough."""

from collections.abc import Iterable, Mapping
from typing import Any


def enough(losses: Mapping[str, Any], numbers: Iterable[int], points: float) -> int | None:
    """Last of some numbers up to which no mean loss is too large, none if the first one's is.

    Args:
        losses: Spread of the loss (points) by number.
        numbers: Bits, sizes or the like, the most harmless first.
        points: Loss that is small enough.
    """
    last = None
    for number in numbers:
        if losses[str(number)]["mean"] > points:
            break
        last = number
    return last


def table(
    accuracy: Mapping[str, Mapping[str, Any]],
    titles: Mapping[int, str],
    met: Mapping[str, Mapping[str, int | None]] | None = None,
    note: str = "",
) -> list[str]:
    """Lines of a table with a row for each pair of names and a column for each number.

    Args:
        accuracy: Spread of the accuracy (per cent) by two names and a number.
        titles: Of the columns, by number.
        met: What is enough, by the same two names.
        note: What stands behind the row of that, with braces in its place.
    """
    lines = [f"{'accuracy, %':>28}" + "".join(f"{title:>10}" for title in titles.values())]
    for first, rows in accuracy.items():
        for second, scores in rows.items():
            values = "".join(f"{scores[str(number)]['mean']:>10.2f}" for number in titles)
            number = met[first][second] if met else None
            told = "" if number is None else "  " + note.format(number)
            lines.append(f"{f'{first}, {second}':>28}{values}{told}")
    return lines

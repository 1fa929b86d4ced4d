"""The scoreboard: every figure that the project claims, read from stored runs and nowhere else."""

import json
import tomllib
from dataclasses import asdict, dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from mho.studies.runs import write_whole

RESULTS = Path("results")
"""Folder of the stored runs, of `claims.toml` and of `scoreboard.json`."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure.

    Args:
        id: Name, such as "loop.thin.loss.one_pulse".
        value: The figure, none where the run is missing.
        unit: Its unit.
        spread: Standard deviation over the seeds, where there are several.
        seeds: Number of seeds behind it.
        paper: Figure of the paper or of the best peer.
        reach: Goal.
        better: "lower" or "higher".
        command: Makes the run anew.
        run: Folder of the stored run.
        commit: Version of the code that made the run.
    """

    id: str
    value: float | None
    unit: str
    spread: float | None
    seeds: int | None
    paper: float | None
    reach: float | None
    better: str
    command: str
    run: str
    commit: str | None

    @property
    def falls_short(self) -> bool:
        """Whether the figure is missing or misses its goal."""
        if self.value is None or self.reach is None:
            return self.value is None
        return self.value > self.reach if self.better == "lower" else self.value < self.reach


def load(path: Path) -> list[Row]:
    """Rows of a stored scoreboard.

    Args:
        path: JSON file.
    """
    return [Row(**row) for row in json.loads(path.read_text(encoding="utf-8"))["rows"]]


def collect(root: Path) -> list[Row]:
    """Rows for all claims, out of the runs that are stored.

    Args:
        root: Folder that holds `results/`.
    """
    claims = tomllib.loads((root / RESULTS / "claims.toml").read_text(encoding="utf-8"))
    return [_row(root, claim) for claim in claims["claim"]]


def save(path: Path, rows: list[Row]) -> None:
    """Store a scoreboard.

    Args:
        path: JSON file to write.
        rows: Its rows.
    """
    content = json.dumps({"rows": [asdict(row) for row in rows]}, indent=1)
    write_whole(path, f"{content}\n".encode())


def _row(root: Path, claim: dict[str, Any]) -> Row:
    folder = root / claim["run"]
    metrics = _json(folder / "metrics.json").get("metrics", {})
    spread = _at(metrics, claim["spread"]) if "spread" in claim else None
    return Row(
        id=claim["id"],
        value=_at(metrics, claim["metric"]),
        unit=claim["unit"],
        spread=spread,
        seeds=len(metrics["seeds"]) if spread is not None else None,
        paper=claim.get("paper"),
        reach=claim.get("reach"),
        better=claim["better"],
        command=claim["command"],
        run=claim["run"],
        commit=_json(folder / "run.json").get("commit"),
    )


def _json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def _at(metrics: Any, path: str) -> float | None:
    """The number at a dotted path, none where it is not stored."""
    number: float | None = reduce(
        lambda table, key: (table or {}).get(key), path.split("."), metrics
    )
    return number

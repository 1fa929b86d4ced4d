"""Program errors as files: TOML that a reader understands and any program can write."""

import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mho.core.check import argument_error

from .grid import KnotGrid, LevelGrid
from .program_error import Origin, ProgramError

FORMAT = 1
"""Number of the layout; a file of another one is not read."""

_GRIDS = {"LevelGrid": LevelGrid, "KnotGrid": KnotGrid}
_ARRAYS = ("points", "location", "scale", "freedom")


def write(error: ProgramError, path: Path | str) -> None:
    """Write an error into a file.

    Args:
        error: What to write.
        path: TOML file.
    """
    import tomli_w

    table = {
        "type": "ProgramError",
        "format": FORMAT,
        "grid": type(error.grid).__name__,
        "least": error.least,
        "greatest": error.greatest,
        "origin": asdict(error.origin),
        "points": error.grid.points.tolist(),
    } | {name: getattr(error, name).tolist() for name in _ARRAYS[1:]}
    path = Path(path)
    unfinished = path.with_name(f"{path.name}.partial")  # who stops it leaves no half of an error
    unfinished.write_text(tomli_w.dumps(table), encoding="utf-8")
    unfinished.replace(path)


def read(path: Path | str) -> ProgramError:
    """The error that a file holds.

    Args:
        path: TOML file, as `write` writes it.
    """
    try:
        table = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _refusal(f"{path} is not TOML: {error}") from None
    if (table.get("type"), table.get("format")) != ("ProgramError", FORMAT):
        said = f"`type` {table.get('type')!r} and `format` {table.get('format')!r}"
        raise _refusal(f"{path} has {said}")
    try:
        return _error(table)
    except KeyError as error:
        raise _refusal(f"{path} lacks {error.args[0]!r}") from None
    except (TypeError, ValueError) as error:
        raise _refusal(f"{path} is damaged: {error}") from None


def _error(table: dict[str, Any]) -> ProgramError:
    points, location, scale, freedom = (_array(table[name]) for name in _ARRAYS)
    return ProgramError(
        grid=_GRIDS[table["grid"]](points=points),
        location=location,
        scale=scale,
        freedom=freedom,
        least=float(table["least"]),
        greatest=float(table["greatest"]),
        origin=Origin(**table["origin"]),
    )


def _array(values: Any) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def _refusal(but: str) -> ValueError:
    must = f"name the file of a program error, of format {FORMAT}"
    return argument_error("path", must, but, "Write it with `ProgramError.save`.")

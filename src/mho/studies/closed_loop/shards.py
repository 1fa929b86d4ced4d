"""Names of the shards that the closed loop keeps."""

import re

from mho.core.check import argument_error


def check_scheme_name(name: str) -> None:
    """Refuse a scheme's name that no file can have.

    Args:
        name: Name of the scheme.
    """
    if not re.fullmatch(r"[\w.-]+", name, re.ASCII):
        must = "have names of letters, digits, dots, dashes and underscores"
        raise argument_error("schemes", must, f"has {name!r}")


def tile_shard(scheme: str, seed: int, tile: int) -> str:
    """Shard of one written tile.

    Args:
        scheme: Name of the scheme.
        seed: Seed of the cells.
        tile: Number of the tile in the network.
    """
    return f"{scheme}-seed{seed}-tile{tile:03d}"


def accuracy_shard(scheme: str, seed: int, stage: str) -> str:
    """Shard of the accuracy at a stage.

    Args:
        scheme: Name of the scheme.
        seed: Seed of the cells.
        stage: Name of the stage.
    """
    return f"{scheme}-seed{seed}-{stage}"


def sample_shard(scheme: str, seed: int) -> str:
    """Shard of the cells that a program error is fitted to.

    Args:
        scheme: Name of the scheme.
        seed: Seed of the cells.
    """
    return f"{scheme}-seed{seed}-sample"

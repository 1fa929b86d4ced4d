"""Names of the shards that the closed loop keeps."""


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

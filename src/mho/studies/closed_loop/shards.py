"""Names of the shards that the closed loop keeps."""


def tile_shard(scheme: str, seed: int, tile: int) -> str:
    """Shard of one written tile.

    Args:
        scheme: Name of the scheme.
        seed: Seed of the cells.
        tile: Number of the tile in the network.
    """
    return f"{scheme}-seed{seed}-tile{tile:03d}"


def accuracy_shard(scheme: str, seed: int) -> str:
    """Shard of the accuracies at every stage.

    Args:
        scheme: Name of the scheme.
        seed: Seed of the cells.
    """
    return f"{scheme}-seed{seed}-accuracy"

"""Randomness is passed in: a generator for torch, a key for a compiled kernel."""

import torch
from torch import Tensor


def generator(*seed: int) -> torch.Generator:
    """A generator whose numbers depend on every part of the seed and on nothing else.

    Args:
        *seed: Whole numbers, such as the seed of a study and the index of a tile.
    """
    mixed = 0
    for part in seed:
        mixed = _splitmix(mixed ^ (part & _MASK))
    return torch.Generator().manual_seed(mixed & 0x7FFF_FFFF_FFFF_FFFF)


def kernel_key(generator: torch.Generator) -> int:
    """A fresh 63-bit key out of which a compiled kernel makes one stream per cell.

    Args:
        generator: Source of the key; drawing it advances the generator.
    """
    return int(torch.randint(0, 2**63 - 1, (), dtype=torch.int64, generator=generator))


def with_normal(value: Tensor, deviation: Tensor, generator: torch.Generator) -> Tensor:
    """Values with independent normal numbers added: (...). Gradients pass to the values.

    Args:
        value: (...), 1. Numbers in any unit; in single precision a compiled kernel draws.
        deviation: (...), 1. Standard deviation, of a shape that broadcasts to that of `value`.
        generator: Source of the numbers.
    """
    if value.dtype != torch.float32 or value.requires_grad:
        normal = torch.randn(value.shape, generator=generator, dtype=value.dtype)
        return torch.addcmul(value, normal, deviation)
    from .normal_kernel import add_normal

    one = deviation.numel() == 1
    # What is drawn into lies in memory without gaps, in any order of its axes.
    drawn = value.clone() if one else torch.zeros_like(value)
    flat = drawn.as_strided((drawn.numel(),), (1,))
    add_normal(kernel_key(generator), float(deviation) if one else 1.0, flat.numpy())
    return drawn if one else drawn.mul_(deviation).add_(value)


_MASK = 0xFFFF_FFFF_FFFF_FFFF


def _splitmix(x: int) -> int:
    # Steele, Lea and Flood 2014: neighbouring seeds give unrelated numbers.
    x = (x + 0x9E37_79B9_7F4A_7C15) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB) & _MASK
    return x ^ (x >> 31)

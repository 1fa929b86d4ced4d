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


def standard_normal(like: Tensor, generator: torch.Generator) -> Tensor:
    """Normal numbers in the shape, the precision and the memory order of a tensor: (...).

    Args:
        like: (...), 1. Tensor in any unit; in single precision the numbers come from a compiled
            kernel.
        generator: Source of the numbers.
    """
    if like.dtype != torch.float32:
        return torch.randn(like.shape, generator=generator, dtype=like.dtype)
    from .normal_kernel import fill_normal

    numbers = torch.empty_like(like)
    if numbers.untyped_storage().nbytes() != 4 * numbers.numel():
        numbers = torch.empty(like.shape)
    flat = numbers.as_strided((numbers.numel(),), (1,))
    fill_normal(kernel_key(generator), flat.numpy())
    return numbers


_MASK = 0xFFFF_FFFF_FFFF_FFFF


def _splitmix(x: int) -> int:
    # Steele, Lea and Flood 2014: neighbouring seeds give unrelated numbers.
    x = (x + 0x9E37_79B9_7F4A_7C15) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB) & _MASK
    return x ^ (x >> 31)

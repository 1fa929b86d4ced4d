"""The errors themselves as a distribution: a kernel on each, the rival of every formula."""

import math

import numpy as np

from mho.core.check import argument_error

_WIDTHS = np.geomspace(0.25, 8.0, 11)  # of Silverman's rule, which is made for Gaussians
_NARROWEST = 1e-9  # equal errors have no density


def log_kernel_density(known: np.ndarray, tried: np.ndarray) -> np.ndarray:
    """Logarithm of a Gaussian kernel density; its width makes each known error likely by the rest.

    The next error may be unlike all n before. By the rule of succession that happens once in n + 1
    times, and then it follows Cauchy's distribution; else one such error would outweigh all others.

    Args:
        known: (n,). Errors that carry the kernels, at least two.
        tried: (m,). Errors whose density is asked for.
    """
    if len(known) < 2:
        but = f"holds {len(known)} near a point of the grid"
        raise argument_error("outcomes", "hold at least 2 that are known", but, "Use fewer points.")
    rule = max(0.9 * known.std() * len(known) ** -0.2, _NARROWEST)
    apart = 0.5 * (known[:, None] - known) ** 2
    np.fill_diagonal(apart, np.inf)
    width = max(rule * _WIDTHS, key=lambda width: _log_mean(apart, width, len(known) - 1).mean())
    near = _log_mean(0.5 * (tried[:, None] - known) ** 2, width, len(known))
    spread = max(known.std(), _NARROWEST)
    far = -np.log(math.pi * spread * (1.0 + ((tried - known.mean()) / spread) ** 2))
    return np.asarray(np.logaddexp(near + math.log(len(known)), far) - math.log(len(known) + 1.0))


def _log_mean(half_square: np.ndarray, width: float, count: int) -> np.ndarray:
    exponent = -half_square / width**2
    top = exponent.max(1, keepdims=True)
    total = np.log(np.exp(exponent - top).sum(1)) + top[:, 0]
    return np.asarray(total - math.log(count * width * math.sqrt(2.0 * math.pi)))

"""Program errors that are published as formulas."""

import torch

from .grid import KnotGrid
from .program_error import Origin, ProgramError

_HIGHEST = 25e-6
_KNOTS = 33
_FREEDOM = 1e6  # a Gaussian


def phase_change_error() -> ProgramError:
    r"""Phase-change memory written and verified, as a million cells of a prototype chip were.

    .. math:: \sigma = 0.26348 + 1.9650 \, g - 1.1731 \, g^2 \quad \text{uS}, \qquad g = G / 25 uS

    It is the error of Joshi et al., Nat. Commun. 11 (2020) 2473, doi 10.1038/s41467-020-16108-9,
    with the coefficients that IBM's aihwkit gives. Drift comes after it: see `LaterWriter`.
    """
    grid = KnotGrid.over(0.0, _HIGHEST, knots=_KNOTS)
    share = grid.points / _HIGHEST
    scale = 1e-6 * (0.26348 + 1.9650 * share - 1.1731 * share**2)
    return ProgramError(
        grid=grid,
        location=torch.zeros_like(share),
        scale=scale,
        freedom=torch.full_like(share, _FREEDOM),
        least=0.0,
        greatest=_HIGHEST + 6.0 * scale[-1].item(),
        origin=Origin(
            scheme="iterative programming",
            device="doped Ge2Sb2Te5 phase-change memory, 0 to 25 uS",
            outcomes="formula of Joshi et al., Nat. Commun. 11 (2020) 2473",
        ),
    )

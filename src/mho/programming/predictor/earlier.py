"""What a cell did before, as a predictor takes it."""

import torch
from torch import Tensor

from mho.core import Past


def earlier_pulses(past: Past, conductance: Tensor, set_amplitude: float, pulses: int) -> Tensor:
    """The last pulses that each cell got: (..., rows, cols, pulses, 3).

    Conductance before and after each pulse, S, and its signed time, s; the first one first, and all
    zero in front where a cell had fewer. Pulses of zero width are none.

    Args:
        past: Reads and pulses of the cells.
        conductance: (..., rows, cols), S. Conductance now, after the last of them.
        set_amplitude: V. Amplitude whose sign counts as positive time.
        pulses: How many to keep of each cell.
    """
    none = conductance.new_zeros(*conductance.shape, pulses, 3)
    if not past.pulses or not pulses:
        return none
    reads = torch.stack([*past.reads, conductance], -1)
    width = torch.stack([pulse.width for pulse in past.pulses], -1)
    amplitude = torch.stack([pulse.amplitude for pulse in past.pulses], -1)
    time = torch.where(amplitude * set_amplitude > 0, width, -width)
    sent = torch.stack([reads[..., :-1], reads[..., 1:], time], -1)
    # The latest of those that were sent, in order: places of the others count as before all.
    place = torch.arange(1, width.shape[-1] + 1).expand_as(width) * (width > 0)
    place, order = place.sort(-1)
    order, real = order[..., -pulses:], place[..., -pulses:] > 0
    kept = sent.gather(-2, order[..., None].expand(*order.shape, 3)) * real[..., None]
    return torch.cat([none[..., kept.shape[-2] :, :], kept], -2)

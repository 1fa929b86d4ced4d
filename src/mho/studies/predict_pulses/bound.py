r"""The lowest error that any predictor of one pulse can have, by simulating what pulses do.

Cells in use, all at the same conductance, differ in what cannot be read. Whoever knows the
conductance and the target only has to send the same pulse to all of them; whoever knows the whole
state can send each cell its own. With futures :math:`G_k(p)` of the pulse p,

.. math:: b_{read} = \min_p \operatorname{mean}_{s, k} |G_{s,k}(p) / G^* - 1|, \qquad
    b_{state} = \operatorname{mean}_s \min_p \operatorname{mean}_k |G_{s,k}(p) / G^* - 1|

for states s. The minimum over few futures is lower than the truth, since it fits itself to their
noise, and the error of such a pulse on other futures is higher: the bound lies between the two.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.cells import take_columns
from mho.core.check import check_number
from mho.core.random import generator


@dataclass(frozen=True, kw_only=True)
class Bound:
    """What is simulated for the bounds, at each start.

    Args:
        copies: Futures of each cell for the bound of reads.
        states: Cells of each start for the bound of the whole state.
        futures: Futures of each of these.
        times: Pulse times to choose from, in either direction.
        longest: s. Longest pulse time. A bound is one only if hardly any best pulse is that long.
    """

    copies: int = 6
    states: int = 4
    futures: int = 64
    times: int = 180
    longest: float = 1.6e-3

    def __post_init__(self) -> None:
        for name in ("copies", "states", "times"):
            check_number(name, getattr(self, name), low=1)
        check_number("futures", self.futures, low=PARTS)
        check_number("longest", self.longest, low=0.0, above=True)

    def errors(
        self, device: Device[Any], cells: Any, targets: Tensor, *, step: float, seed: int
    ) -> dict[str, Tensor]:
        """Errors of the best pulses between any start and any target, by name.

        Names are `reads` and `state` for the mean relative error on futures that the pulses were
        not chosen on, both with `_chosen` for the lowest one on the same futures, with `_half` for
        the share of cells within half of the target, and with `_longest` for the share of best
        pulses that are as long as can be; each (starts, targets).

        Args:
            device: Model of the cells.
            cells: State of cells (starts, cells), those of a row at the same conductance.
            targets: (targets,), S. Conductances wanted.
            step: s. Shortest pulse time, of which the others are multiples.
            seed: Selects the noise.
        """
        count = cells.energy.shape[-1]
        found: dict[str, Tensor] = {}
        for number, (name, (states, futures)) in enumerate(
            {"reads": (count, self.copies), "state": (self.states, self.futures)}.items()
        ):
            copied = take_columns(cells, torch.arange(states).repeat_interleave(futures))
            landed = self._landed(device, copied, step, generator(seed, number))
            groups = (1, -1) if name == "reads" else (states, futures)
            landed = landed.unflatten(-1, groups)
            best = [[_best(each, target) for target in targets.tolist()] for each in landed]
            table = torch.tensor(best, dtype=torch.float64)
            for column, suffix in enumerate(("", "_chosen", "_half", "_longest")):
                found[name + suffix] = table[..., column]
        return found

    def _landed(
        self, device: Device[Any], state: Any, step: float, source: torch.Generator
    ) -> Tensor:
        """Conductance after every pulse of the choice: (starts, pulses, futures), S."""
        steps = np.geomspace(1, max(self.longest / step, 1), self.times).round()
        widths = step * np.diff(np.unique(steps), prepend=0)
        landed = [device.conductance(state).float()]
        for amplitude in (device.set_voltage, device.reset_voltage):
            now = state
            for width in widths.tolist():
                pulse = Pulse.uniform(tuple(state.energy.shape), amplitude=amplitude, width=width)
                now = device.apply(now, pulse, source)
                landed.append(device.conductance(now).float())
        return torch.stack(landed, 1)


def _best(landed: Tensor, target: float) -> tuple[float, float, float, float]:
    """Error of the best pulse of each group on other futures and on its own, and two shares.

    The shares are that of the other futures within half of the target, and that of best pulses
    which are the longest of their direction.

    Args:
        landed: (1 + 2 * times, groups, futures), S. After no pulse, after SETs and after RESETs,
            each from short to long. Futures of one cell are neighbours, so that hardly two parts
            of the futures share a cell, unless a group is one cell.
        target: S. Conductance wanted.
    """
    error = (landed / target - 1.0).abs()
    parts = error.tensor_split(PARTS, -1)
    total = error.sum(-1)
    judged, longest = [], []
    for part in parts:
        pulse = (total - part.sum(-1)).argmin(0)
        longest.append((pulse > 0) & (pulse % (len(landed) // 2) == 0))
        judged.append(part.gather(0, pulse[None, :, None].expand(1, *part.shape[1:])))
    held_out = torch.cat(judged, -1)
    chosen = error.mean(-1).amin(0).mean()
    figures = held_out, chosen, held_out < 0.5, torch.stack(longest)
    error_judged, error_chosen, half, cut = (each.double().mean().item() for each in figures)
    return error_judged, error_chosen, half, cut


PARTS = 4
"""Parts of the futures; a pulse is chosen on all but one of them, and judged on that one."""

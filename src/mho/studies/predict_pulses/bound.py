r"""The lowest error that any predictor of one pulse can have, by simulating what pulses do.

Cells in use, all at the same conductance, differ in what cannot be read. Whoever knows the
conductance and the target only has to send the same pulse to all of them; whoever knows the whole
state can send each cell its own. With futures :math:`G_k(p)` of the pulse p,

.. math:: b_{read} = \min_p \operatorname{mean}_{s, k} |G_{s,k}(p) / G^* - 1|, \qquad
    b_{state} = \operatorname{mean}_s \min_p \operatorname{mean}_k |G_{s,k}(p) / G^* - 1|

for states s. The minimum over few futures is lower than the truth, since it fits itself to their
noise, and the error of its pulse on other futures is higher: the bound lies between the two.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mho.core import Device, Pulse
from mho.core.cells import repeat_cells
from mho.core.check import check_number
from mho.core.random import generator
from mho.programming.predictor import Recording


@dataclass(frozen=True, kw_only=True)
class Bound:
    """What is simulated for the bounds, at each start.

    Args:
        cells: Cells in use, one future each, for the bound of reads.
        states: Cells in use for the bound of the whole state.
        futures: Futures of each of these.
        times: Pulse times to choose from, in either direction.
        longest: s. Longest pulse time.
    """

    cells: int = 400
    states: int = 24
    futures: int = 64
    times: int = 300
    longest: float = 6e-4

    def __post_init__(self) -> None:
        for name in ("cells", "futures", "times"):
            check_number(name, getattr(self, name), low=2)
        check_number("states", self.states, low=1)
        check_number("longest", self.longest, low=0.0, above=True)

    def errors(
        self,
        device: Device[Any],
        recording: Recording,
        starts: Tensor,
        targets: Tensor,
        seed: int,
    ) -> dict[str, Tensor]:
        """Errors of the best pulses between any start and any target, by name.

        Names are `reads` and `state` for the mean relative error on futures that the pulses were
        not chosen on, both with `_chosen` for that on the futures that they were chosen on, and
        with `_half` for the share of cells within half of the target; each (starts, targets).

        Args:
            device: Model of the cells.
            recording: How cells come into use.
            starts: (starts,), S. Conductances before the pulse.
            targets: (targets,), S. Conductances wanted.
            seed: Selects cells and noise.
        """
        found: dict[str, Tensor] = {}
        sizes = {"reads": (self.cells, 1), "state": (self.states, self.futures)}
        for number, (name, (states, futures)) in enumerate(sizes.items()):
            source = generator(seed, number)
            start = starts[:, None].expand(-1, states).contiguous()
            cells = recording.used(device, start, source)
            landed = self._landed(device, repeat_cells(cells, futures), recording.step, source)
            if name == "state":
                landed = landed.unflatten(-1, (states, futures))
            best = [[_best(each, target) for target in targets.tolist()] for each in landed]
            table = torch.tensor(best, dtype=torch.float64)
            for column, suffix in enumerate(("", "_chosen", "_half")):
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


def _best(landed: Tensor, target: float) -> tuple[float, float, float]:
    """Error of the best pulses on other futures, on their own, and the share within half.

    Args:
        landed: (pulses, futures) or (pulses, states, futures), S. After each pulse.
        target: S. Conductance wanted.
    """
    error = (landed / target - 1.0).abs()
    judged, chosen = [], []
    for choose, judge in ((0, 1), (1, 0)):
        lowest, pulse = error[..., choose::2].mean(-1).min(0)
        others = error[..., judge::2]
        index = pulse[None, ..., None].expand(1, *others.shape[1:])
        judged.append(others.gather(0, index))
        chosen.append(lowest.mean())
    held_out = torch.cat(judged, -1)
    half = (held_out < 0.5).double().mean()
    return held_out.mean().item(), torch.stack(chosen).mean().item(), half.item()

"""Ramps of amplitudes from wherever the cell is: a map for devices that run away."""

from dataclasses import dataclass

import torch

from mho.core import Bench, Pulse
from mho.core.check import argument_error, check_number

from .scale import Scale
from .step_map import Observations


@dataclass(frozen=True, kw_only=True)
class Ramps:
    """Pulses of rising amplitude until the cell has made a step, then from a weaker one again.

    Identical pulses do not show what a weak pulse does to a cell half-way, if the cell gets there
    only by a strong pulse that leads it all the way. A ramp does, whatever the device, and passes
    the amplitude that is looked for from every position.

    Args:
        amplitudes: V. Magnitudes, rising.
        width: s. Width of every pulse.
        step: Change of position that ends a ramp.
        max_pulses: Pulses in either direction after which to give up.
    """

    amplitudes: tuple[float, ...]
    width: float
    step: float
    max_pulses: int = 20_000

    def __post_init__(self) -> None:
        check_number("width", self.width, low=0.0, above=True)
        check_number("step", self.step, low=0.0, high=1.0, above=True)

    def measure(
        self, bench: Bench, scale: Scale, *, polarity: float, upwards: bool
    ) -> Observations:
        """Ramp every cell of a bench from where it is to the end of the range.

        Args:
            bench: Cells to characterise.
            scale: What is to be linear, with its ends.
            polarity: Any voltage with the sign of the pulses.
            upwards: Whether pulses of that sign lead to high conductance.
        """
        ladder = torch.tensor(self.amplitudes, dtype=torch.float64) * (1 if polarity > 0 else -1)
        sense = 1.0 if upwards else -1.0
        position = scale.position(bench.read())
        rung = torch.zeros_like(position, dtype=torch.long)
        parts: list[Observations] = []
        for _ in range(self.max_pulses):
            pending = position < 1.0 if upwards else position > 0.0
            if not pending.any():
                return Observations.joined(parts)
            amplitude = ladder[rung]
            bench.apply(Pulse(amplitude, torch.full_like(position, self.width)).where(pending))
            after = scale.position(bench.read())
            step = sense * (after - position)
            parts.append(Observations(position[pending], amplitude[pending], step[pending]))
            rung = torch.where(step >= self.step, rung // 2, (rung + 1).clamp(max=len(ladder) - 1))
            position = after
        raise argument_error(
            "amplitudes",
            "lead every cell from end to end",
            f"have not in {self.max_pulses} pulses of at most {float(ladder[-1]):g} V and"
            f" {self.width:g} s",
            "Raise them or the width, or narrow the scale by a margin.",
        )

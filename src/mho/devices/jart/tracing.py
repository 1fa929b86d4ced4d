"""Traces of JART cells: room for the samples, and the kernel that each cell goes through."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from mho.core import Pulse, Trace
from mho.core.device import whole_steps
from mho.core.threads import in_parts

from .device import Jart, JartState
from .lanes import LANES, WORTHWHILE, empty_lanes
from .table import READ_TERMS, TERMS, rate_table, read_table
from .traces import BLOCK, Course, Traced, trace_cells, trace_lanes


def trace(
    device: Jart, state: JartState, pulse: Pulse, target: Tensor | None, course: Course
) -> Trace[JartState]:
    """Conductance at every step along a pulse.

    Args:
        device: What the cells are.
        state: State of the cells before the pulse; it is left as it was.
        pulse: Pulse on each cell.
        target: (..., rows, cols), S. Conductance at which a cell stops, if any.
        course: What happens to the cells.
    """
    filament = state.filament.clone(memory_format=torch.contiguous_format)
    energy = state.energy.clone(memory_format=torch.contiguous_format)
    steps = whole_steps(pulse.width, course.step).reshape(-1)
    if target is None:
        target = torch.full_like(energy, torch.inf)
    # Room for whole pulses: what a target cuts off is never touched, and so takes no memory.
    samples = torch.empty(int(steps.sum()), dtype=torch.float32)
    count = torch.full_like(steps, -1)
    cells = Traced(
        pulse.amplitude.reshape(-1).double().numpy(),
        steps.numpy(),
        target.double().expand_as(energy).reshape(-1).numpy(),
        (device.conductance(state) < target).reshape(-1).numpy(),
        (steps.cumsum(0) - steps).numpy(),
        samples.numpy(),
        count.numpy(),
        filament.flatten(1).numpy(),
        state.nominal.flatten(1).numpy(),
        energy.view(-1).numpy(),
    )
    _fill(device, cells, course)
    if not torch.equal(count, steps):
        parts = samples.split(steps.tolist())
        samples = torch.cat([part[:n] for part, n in zip(parts, count.tolist(), strict=True)])
    after = JartState(filament, state.nominal, energy)
    return Trace(after, samples, count.reshape(energy.shape))


def _fill(device: Jart, cells: Traced, course: Course) -> None:
    """Trace the cells, those of long pulses at the operating point out of a table."""
    law, number = device._law, len(cells.count)
    long = set(cells.amplitude[cells.steps >= WORTHWHILE].tolist())
    for v in long.intersection((device.set_voltage, device.reset_voltage)):
        tables = (
            rate_table(law, v, device._covered),
            read_table(law, course.read, device._covered),
        )

        def out_of_tables(begin: int, end: int, v: float = v, tables: Any = tables) -> None:
            lanes, grid = empty_lanes(TERMS + READ_TERMS), np.empty(BLOCK * LANES, np.float32)
            trace_lanes(begin, end, lanes, grid, law, v, *tables, cells, course)

        in_parts(out_of_tables, number, least=LANES)
    in_parts(lambda b, e: trace_cells(b, e, law, cells, course), number, least=LANES)

"""One case of the crossbar's solvers, in a process of its own so that its memory is its own.

Run as `solver_cases.py KIND SIZE` it prints JSON: processor time in ms, the least of several calls;
peak memory in MiB beyond that after the first small call; error of the currents relative to the
largest one.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mho.crossbar import AccessTransistor, Cell1R, Cell1T1R, Crossbar, Sinh
from solver_references import badcrossbar, ngspice, sparse_lu, tight_newton

WIRE = 1.0
HARD_WIRE = 10.0
READS = 100_000
SWEEP = 500
CHECKED = 20
MOST_FACTORED = 512

Answer = Callable[[Tensor, Tensor], Any]
Case = tuple[Answer, Tensor, Tensor, Callable[[Any], float]]


def main(kind: str, size: int) -> dict[str, float]:
    """Measure one case."""
    torch.set_num_threads(1)
    answer, conductance, voltage, error = CASES[kind](size)
    few = min(size, 8)
    answer(conductance[..., :few, :few].contiguous(), voltage[:1, :few].contiguous())  # compiles
    before, times, result = _peak_mib(), [], None
    while len(times) < 2 or (sum(times) < 1.0 and len(times) < 200):
        result = None
        start = time.process_time()
        result = answer(conductance, voltage)
        times.append(time.process_time() - start)
        if sum(times) > 8.0:
            break
    peak = _peak_mib() - before
    return {"cpu_ms": 1e3 * min(times), "peak_mib": peak, "error": error(result)}


def _read(size: int) -> Case:
    conductance, voltage, crossbar = _array(size), _vectors(1, size), _wired()

    def error(current: Tensor) -> float:
        if size <= MOST_FACTORED:
            return _linear_error(conductance, voltage)(current)
        # The factors take minutes and gigabytes. `read` and the matrix share no step.
        return _relative(current, (voltage @ crossbar.effective_conductance(conductance)).numpy())

    return lambda g, v: crossbar.read(g, v).current, conductance, voltage, error


def _effective(size: int) -> Case:
    conductance, voltage, crossbar = _array(size), _vectors(1, size), _wired()

    def error(matrix: Tensor) -> float:
        if size <= MOST_FACTORED:
            return _linear_error(conductance, voltage)(voltage @ matrix)
        return _relative(voltage @ matrix, crossbar.read(conductance, voltage).current.numpy())

    return lambda g, v: crossbar.effective_conductance(g), conductance, voltage, error


def _many_small(size: int) -> Case:
    conductance = torch.stack([_array(size, seed=k) for k in range(1000)])
    voltage, crossbar = _vectors(1, size), _wired()

    def error(matrices: Tensor) -> float:
        errors = [_linear_error(conductance[k], voltage) for k in range(CHECKED)]
        return max(errors[k](voltage @ matrices[k]) for k in range(CHECKED))

    return lambda g, v: crossbar.effective_conductance(g), conductance, voltage, error


def _reads(size: int) -> Case:
    return _nonlinear(_active(), WIRE, _array(size), _vectors(READS, size))


def _sinh(size: int) -> Case:
    return _nonlinear(Cell1R(law=Sinh(scale=0.5)), WIRE, _array(size), _vectors(1, size))


def _hard(size: int) -> Case:
    return _nonlinear(Cell1R(law=Sinh(scale=1 / 6)), HARD_WIRE, _array(size), _vectors(1, size))


def _sparse_lu(size: int) -> Case:
    return _peer(sparse_lu, size)


def _badcrossbar(size: int) -> Case:
    return _peer(badcrossbar, size)


def _active() -> Cell1T1R:
    return Cell1T1R(access=AccessTransistor(), gate_voltage=1.2)


def _nonlinear(cell: Any, wire: float, conductance: Tensor, voltage: Tensor) -> Case:
    crossbar = _wired(wire, cell=cell)

    def error(current: Tensor) -> float:
        checked = range(min(CHECKED, len(voltage)))
        exact = [tight_newton(cell, conductance, voltage[k], wire) for k in checked]
        return _relative(current[: len(exact)], np.stack(exact))

    return lambda g, v: crossbar.read(g, v).current, conductance, voltage, error


def _peer(solver: Callable[..., Any], size: int) -> Case:
    conductance, voltage = _array(size), _vectors(1, size)
    error = _linear_error(conductance, voltage)
    return lambda g, v: solver(g, v, WIRE), conductance, voltage, error


def sweep(size: int) -> dict[str, float]:
    """Processor time in ms per read and error of ngspice on the cells of `reads`."""
    conductance, voltage, crossbar = _array(size), _vectors(SWEEP, size), _wired(cell=_active())
    cpu_s, current = ngspice(crossbar, conductance, voltage)
    exact = crossbar.read(conductance, voltage).current
    return {"cpu_ms": 1e3 * cpu_s / SWEEP, "error": _relative(current, exact.numpy())}


def _wired(wire: float = WIRE, **cell: Any) -> Crossbar:
    return Crossbar(row_resistance=wire, column_resistance=wire, **cell)


def _array(size: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(1000 * size + seed)
    uniform = torch.rand(size, size, generator=generator, dtype=torch.float64)
    return 16.66e-6 + (100e-6 - 16.66e-6) * uniform


def _vectors(count: int, rows: int) -> Tensor:
    generator = torch.Generator().manual_seed(rows)
    return 0.1 + 0.4 * torch.rand(count, rows, generator=generator, dtype=torch.float64)


def _linear_error(conductance: Tensor, voltage: Tensor) -> Callable[[Any], float]:
    return lambda current: _relative(current, sparse_lu(conductance, voltage, WIRE, refine=2))


def _relative(current: Any, exact: NDArray[np.float64]) -> float:
    return float(np.abs(np.asarray(current) - exact).max() / np.abs(exact).max())


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


CASES: dict[str, Callable[[int], Case]] = {
    "read": _read,
    "effective": _effective,
    "effective x1000": _many_small,
    "reads 1T1R": _reads,
    "sinh": _sinh,
    "sinh hard": _hard,
    "SciPy LU": _sparse_lu,
    "badcrossbar": _badcrossbar,
}

if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))

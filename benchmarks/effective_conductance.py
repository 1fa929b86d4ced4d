"""Cost and error of a crossbar's two answers, beside SciPy's sparse LU, in one thread.

Run as a script, it prints a table. Time is that of the processor, the median of several calls.
"""

import importlib.util
import logging
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

from mho.crossbar import Crossbar

SIZES = (64, 128, 256)
WIRE = 1.0


def measure() -> dict[str, dict[str, float]]:
    """Processor time in ms and error relative to the largest current, for each case."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        cases: dict[str, dict[str, float]] = {}
        for size in SIZES:
            cases |= _one_vector(size)
        cases["effective 8 x1000"] = _many_small_arrays()
    finally:
        torch.set_num_threads(threads)
    return cases


def _one_vector(size: int) -> dict[str, dict[str, float]]:
    crossbar = Crossbar(row_resistance=WIRE, column_resistance=WIRE)
    generator = torch.Generator().manual_seed(size)
    uniform = torch.rand(size, size, generator=generator, dtype=torch.float64)
    conductance = 16.66e-6 + (100e-6 - 16.66e-6) * uniform
    voltage = 0.1 + 0.4 * torch.rand(1, size, generator=generator, dtype=torch.float64)

    exact = _sparse_lu(conductance, voltage, refine=2)
    answers: dict[str, Callable[[], Any]] = {
        f"effective {size}": lambda: voltage @ crossbar.effective_conductance(conductance),
        f"read {size}": lambda: crossbar.read(conductance, voltage).current,
        f"SciPy LU {size}": lambda: _sparse_lu(conductance, voltage),
    }
    if importlib.util.find_spec("badcrossbar") is None:
        print("badcrossbar is left out: it is not installed.")
    else:
        answers[f"badcrossbar {size}"] = lambda: _badcrossbar(conductance, voltage)
    cases = {}
    for name, answer in answers.items():
        error = np.abs(np.asarray(answer()) - exact).max() / np.abs(exact).max()
        cases[name] = {"cpu_ms": _cpu_ms(answer), "error": float(error)}
    return cases


def _many_small_arrays() -> dict[str, float]:
    crossbar = Crossbar(row_resistance=WIRE, column_resistance=WIRE)
    generator = torch.Generator().manual_seed(8)
    conductance = 1e-4 * torch.rand(1000, 8, 8, generator=generator, dtype=torch.float64)
    voltage = torch.ones(1, 8, dtype=torch.float64)
    current = voltage @ crossbar.effective_conductance(conductance)
    errors = []
    for k in range(10):
        exact = _sparse_lu(conductance[k], voltage, refine=2)
        errors.append(np.abs(current[k].numpy() - exact).max() / np.abs(exact).max())
    cpu_ms = _cpu_ms(lambda: crossbar.effective_conductance(conductance))
    return {"cpu_ms": cpu_ms, "error": float(max(errors))}


def _cpu_ms(answer: Callable[[], Any]) -> float:
    answer()
    times: list[float] = []
    while len(times) < 3 or (sum(times) < 0.5 and len(times) < 50):
        start = time.process_time()
        answer()
        times.append(time.process_time() - start)
    return 1e3 * statistics.median(times)


def _sparse_lu(conductance: torch.Tensor, voltage: torch.Tensor, refine: int = 0) -> NDArray[Any]:
    rows, cols = conductance.shape
    cell = sp.diags(conductance.numpy().ravel()) * WIRE
    row_wire = sp.kron(sp.eye(rows), _chain(cols))
    column_wire = sp.kron(_chain(rows)[::-1, ::-1], sp.eye(cols))
    matrix = sp.csc_matrix(sp.bmat([[row_wire + cell, -cell], [-cell, column_wire + cell]]))
    drive = np.zeros((2 * rows * cols, len(voltage)))
    drive[np.arange(rows) * cols] = voltage.numpy().T
    lu = splu(matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    node = lu.solve(drive)
    for _ in range(refine):
        node += lu.solve(drive - matrix @ node)
    return node[-cols:].T / WIRE


def _chain(nodes: int) -> sp.csr_matrix:
    """Segments in a row, tied to a source at the first node."""
    degree = np.r_[np.full(nodes - 1, 2.0), 1.0]
    link = -np.ones(nodes - 1)
    return sp.csr_matrix(sp.diags([link, degree, link], [-1, 0, 1]))


def _badcrossbar(conductance: torch.Tensor, voltage: torch.Tensor) -> NDArray[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # it plots with what is not needed here
        import badcrossbar

    logging.getLogger("badcrossbar").setLevel(logging.ERROR)
    logging.disable(logging.INFO)
    resistance = (1 / conductance).numpy()
    solution = badcrossbar.compute(voltage.numpy().T, resistance, WIRE)
    return np.atleast_2d(solution.currents.output)


if __name__ == "__main__":
    for name, case in measure().items():
        print(f"{name:20}{case['cpu_ms']:10.3g} ms{case['error']:12.1e}")

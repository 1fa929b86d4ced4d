"""`Crossbar.read` against ngspice and VACASK, which share nothing with it."""

import os
import shutil
import subprocess
import sysconfig
from dataclasses import fields, replace
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor

from mho.crossbar import (
    Cell,
    Cell1R,
    Cell1T1R,
    Crossbar,
    Cubic,
    Driven,
    Readout,
    Sensed,
    Sinh,
    spice,
)
from mho.crossbar.spice import vacask

needs_ngspice = pytest.mark.skipif(
    shutil.which("ngspice") is None, reason="needs ngspice, the Debian package of that name"
)
PLACES = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
needs_vacask = pytest.mark.skipif(
    shutil.which("vacask", path=PLACES) is None, reason="needs VACASK, the extra `vacask`"
)
each_simulator = pytest.mark.parametrize(
    "simulator",
    [
        pytest.param(spice, marks=needs_ngspice, id="ngspice"),
        pytest.param(vacask, marks=needs_vacask, id="vacask"),
    ],
)

CROSSBARS = {
    "equal_wires": Crossbar(row_resistance=1.0, column_resistance=1.0),
    "unequal_wires": Crossbar(row_resistance=0.5, column_resistance=20.0),
    "ideal_rows": Crossbar(row_resistance=0.0, column_resistance=5.0),
    "ideal_columns": Crossbar(row_resistance=5.0, column_resistance=0.0),
    "ideal": Crossbar.ideal(),
    "series": Crossbar(driver_resistance=50.0, sense_resistance=20.0),
    "ideal_wires_in_series": Crossbar(
        row_resistance=0.0, column_resistance=0.0, driver_resistance=50.0, sense_resistance=20.0
    ),
    "far_ends": Crossbar(
        driven=Driven(left=False, right=True), sensed=Sensed(bottom=False, top=True)
    ),
    "both_ends": Crossbar(
        row_resistance=3.0,
        driver_resistance=5.0,
        driven=Driven(right=True),
        sensed=Sensed(top=True),
    ),
    "both_ends_of_ideal_rows": Crossbar(row_resistance=0.0, driven=Driven(right=True)),
}
CELLS = {
    "sinh": Cell1R(law=Sinh(scale=0.1)),
    "sinh_read_at_0.2_V": Cell1R(law=Sinh(scale=0.3, read_voltage=0.2)),
    "cubic": Cell1R(law=Cubic(scale=0.2, read_voltage=0.1)),
    "1t1r": Cell1T1R(),
    "1t1r_sinh": Cell1T1R(law=Sinh(scale=0.3, read_voltage=0.2)),
    "1t1r_barely_open": Cell1T1R(gate_voltage=0.45),
    "1t1r_closed": Cell1T1R(gate_voltage=0.0, law=Cubic(scale=0.4)),
    "1t1r_a_gate_per_cell": Cell1T1R(
        gate_voltage=tuple(tuple(0.4 + 0.2 * c - 0.1 * r for c in range(5)) for r in range(3)),
        law=Cubic(scale=0.3, read_voltage=0.1),
    ),
}
SHAPES = [(1, 1), (3, 5), (8, 8), (16, 12)]

each_crossbar = pytest.mark.parametrize("crossbar", CROSSBARS.values(), ids=CROSSBARS)
each_cell = pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
each_shape = pytest.mark.parametrize("shape", SHAPES, ids=lambda s: f"{s[0]}x{s[1]}")


def problem(rows: int, cols: int, *, vectors: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(100 * rows + cols)
    uniform = torch.rand(rows, cols, generator=generator, dtype=torch.float64)
    voltage = torch.rand(vectors, rows, generator=generator, dtype=torch.float64)
    return 1e-5 + 5e-4 * uniform, voltage - 0.5


def error(actual: Readout, expected: Readout) -> float:
    """Largest error of any answer, relative to the largest value of that answer."""
    pairs = [(getattr(actual, f.name), getattr(expected, f.name)) for f in fields(Readout)]
    assert all(a.shape == e.shape for a, e in pairs)
    assert actual.converged.all()
    pairs = [(a, e) for a, e in pairs if a.is_floating_point()]
    scales = [e.abs().max() or 1.0 for _, e in pairs]
    errors = [(a - e).abs().max() / s for (a, e), s in zip(pairs, scales, strict=True)]
    return float(max(errors))


@each_simulator
@each_crossbar
@each_shape
@pytest.mark.parametrize("vectors", [1, 4])
def test_a_read_is_what_a_simulator_finds(
    simulator: ModuleType, crossbar: Crossbar, shape: tuple[int, int], vectors: int
) -> None:
    conductance, voltage = problem(*shape, vectors=vectors)
    expected = simulator.simulate(crossbar, conductance, voltage)
    assert expected.current.abs().max() > 0
    assert error(crossbar.read(conductance, voltage), expected) < 1e-9


@each_simulator
@each_cell
@pytest.mark.parametrize("vectors", [1, 6])
def test_cells_of_every_kind_are_what_a_simulator_finds(
    simulator: ModuleType, cell: Cell, vectors: int
) -> None:
    crossbar = Crossbar(
        row_resistance=3.0,
        column_resistance=20.0,
        driver_resistance=5.0,
        sense_resistance=2.0,
        cell=cell,
    )
    conductance, voltage = problem(3, 5, vectors=vectors)
    expected = simulator.simulate(crossbar, conductance, voltage)
    assert expected.current.abs().max() > 0
    assert error(crossbar.read(conductance, voltage), expected) < 1e-9


@each_simulator
@each_crossbar
def test_a_transistor_in_each_cell_is_what_a_simulator_finds(
    simulator: ModuleType, crossbar: Crossbar
) -> None:
    crossbar = replace(crossbar, cell=CELLS["1t1r_sinh"])
    conductance, voltage = problem(6, 7, vectors=3)
    conductance[:, 2] = 0.0
    conductance[4] = 0.0
    expected = simulator.simulate(crossbar, conductance, voltage)
    assert error(crossbar.read(conductance, voltage), expected) < 1e-9


@each_simulator
@each_crossbar
def test_an_array_with_open_cells_is_what_a_simulator_finds(
    simulator: ModuleType, crossbar: Crossbar
) -> None:
    conductance, voltage = problem(6, 7, vectors=3)
    conductance[:, 2] = 0.0
    conductance[4] = 0.0
    conductance[1, 1] = 0.0
    expected = simulator.simulate(crossbar, conductance, voltage)
    assert error(crossbar.read(conductance, voltage), expected) < 1e-9


@each_simulator
@pytest.mark.parametrize("cell", [Cell1R(), Cell1T1R(gate_voltage=0.6)], ids=["1r", "1t1r"])
def test_segments_of_any_resistance_are_what_a_simulator_finds(
    simulator: ModuleType, cell: Cell
) -> None:
    conductance, voltage = problem(6, 7, vectors=3)
    generator = torch.Generator().manual_seed(1)
    row = 10 ** (2 * torch.rand(6, 8, generator=generator, dtype=torch.float64) - 1)
    column = 10 ** (2 * torch.rand(6, 7, generator=generator, dtype=torch.float64) - 1)
    row[2, 3], row[4, 1], column[3, 2] = torch.inf, 0.0, 0.0
    crossbar = Crossbar(
        row_resistance=tuple(map(tuple, row.tolist())),
        column_resistance=tuple(map(tuple, column.tolist())),
        driven=Driven(right=True),
        sensed=Sensed(top=True, bottom=False),
        cell=cell,
    )
    answer = simulator.simulate(crossbar, conductance, voltage)
    assert error(crossbar.read(conductance, voltage), answer) < 1e-9


@each_simulator
@pytest.mark.parametrize("cell", [Cell1R(), Cell1T1R()], ids=["1r", "1t1r"])
def test_many_vectors_are_one_sweep(simulator: ModuleType, cell: Cell) -> None:
    crossbar = Crossbar(cell=cell)
    conductance, voltage = problem(2, 3, vectors=500)
    expected = simulator.simulate(crossbar, conductance, voltage)
    assert error(crossbar.read(conductance, voltage), expected) < 1e-9


@each_simulator
def test_a_netlist_runs_by_itself(simulator: ModuleType, tmp_path: Path) -> None:
    crossbar = Crossbar(cell=Cell1T1R(law=Sinh(scale=0.3)))
    given = problem(2, 3, vectors=2)
    if simulator is spice:
        text, command = crossbar.netlist(*given), [shutil.which("ngspice"), "-b"]
    else:
        text, command = vacask.netlist(crossbar, *given), [shutil.which("vacask", path=PLACES)]
    (tmp_path / "array.cir").write_text(text)
    command += ["array.cir"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "error" not in (done.stdout + done.stderr).lower()


@each_simulator
def test_a_run_that_fails_shows_the_end_of_its_log(
    simulator: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "title\nRone a 0 1.0 wrong parameter\n.op\n.end\n"
    monkeypatch.setattr(Crossbar, "netlist", lambda *_: wrong)
    monkeypatch.setattr(vacask, "netlist", lambda *_: wrong)
    with pytest.raises(RuntimeError, match="failed, with exit code 1") as failure:
        simulator.simulate(Crossbar(), *problem(1, 1, vectors=1))
    assert "wrong" in str(failure.value)


@pytest.mark.parametrize(
    ("simulator", "remedy"),
    [(spice, "apt-get install ngspice"), (vacask, r"pip install mho\[vacask\]")],
    ids=["ngspice", "vacask"],
)
def test_without_a_simulator_the_error_says_how_to_install_it(
    simulator: ModuleType, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    with pytest.raises(FileNotFoundError, match=remedy):
        simulator.simulate(Crossbar(), *problem(1, 1, vectors=1))

"""`Crossbar.read` against ngspice, which shares nothing with it."""

import shutil
from dataclasses import fields

import pytest
import torch
from torch import Tensor

from mho.crossbar import Crossbar, Driven, Readout, Sensed, spice

needs_ngspice = pytest.mark.skipif(
    shutil.which("ngspice") is None, reason="needs ngspice, the Debian package of that name"
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
SHAPES = [(1, 1), (3, 5), (8, 8), (16, 12)]

each_crossbar = pytest.mark.parametrize("crossbar", CROSSBARS.values(), ids=CROSSBARS)
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


@needs_ngspice
@each_crossbar
@each_shape
@pytest.mark.parametrize("vectors", [1, 4])
def test_a_read_is_what_ngspice_finds(
    crossbar: Crossbar, shape: tuple[int, int], vectors: int
) -> None:
    conductance, voltage = problem(*shape, vectors=vectors)
    expected = spice.simulate(crossbar, conductance, voltage)
    assert expected.current.abs().max() > 0
    assert error(crossbar.read(conductance, voltage), expected) < 1e-9


@needs_ngspice
@each_crossbar
def test_an_array_with_open_cells_is_what_ngspice_finds(crossbar: Crossbar) -> None:
    conductance, voltage = problem(6, 7, vectors=3)
    conductance[:, 2] = 0.0
    conductance[4] = 0.0
    conductance[1, 1] = 0.0
    expected = spice.simulate(crossbar, conductance, voltage)
    assert error(crossbar.read(conductance, voltage), expected) < 1e-9


@needs_ngspice
def test_many_vectors_are_one_sweep() -> None:
    crossbar = Crossbar()
    conductance, voltage = problem(2, 3, vectors=1000)
    expected = spice.simulate(crossbar, conductance, voltage)
    assert error(crossbar.read(conductance, voltage), expected) < 1e-9


@needs_ngspice
def test_a_run_that_fails_shows_the_end_of_its_log() -> None:
    with pytest.raises(RuntimeError, match="ngspice failed, with exit code 1") as failure:
        spice._run("title\nRone a 0 1.0 wrong parameter\n.op\n.end\n")
    assert "wrong" in str(failure.value)


def test_without_ngspice_the_error_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FileNotFoundError, match="apt-get install ngspice"):
        spice.simulate(Crossbar(), *problem(1, 1, vectors=1))


@needs_ngspice
def test_segments_of_any_resistance_are_what_ngspice_finds() -> None:
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
    )
    answer = spice.simulate(crossbar, conductance, voltage)
    assert error(crossbar.read(conductance, voltage), answer) < 1e-9
    matrix = crossbar.effective_conductance(conductance)
    torch.testing.assert_close(voltage @ matrix, answer.current, rtol=1e-9, atol=1e-12)

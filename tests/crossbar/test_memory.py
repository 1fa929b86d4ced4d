"""Answers that do not fit the memory are refused before any of it is taken."""

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor

from mho.core import memory
from mho.crossbar import Cell1T1R, Crossbar, Driven

GIBI = 2**30


def array(*shape: int) -> Tensor:
    return torch.full(shape, 50e-6, dtype=torch.float64)


def drive(*shape: int) -> Tensor:
    """Vectors that take no memory themselves."""
    return torch.tensor(0.2, dtype=torch.float64).expand(shape)


@pytest.fixture
def small_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 1.0 * GIBI)


@pytest.mark.usefixtures("small_machine")
@pytest.mark.parametrize(
    ("wired", "needed"), [(Crossbar(), "3.66"), (Crossbar(cell=Cell1T1R()), "3.67")]
)
def test_a_read_that_does_not_fit_says_what_it_needs_and_what_to_do(
    wired: Crossbar, needed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MHO_THREADS", "1")
    message = (
        "Argument `voltage` must leave enough memory for the answer, but 10000 vectors of "
        f"128 x 128 cells need {needed} GiB and 1 GiB are available. Read fewer vectors at once, "
        "or use smaller tiles."
    )
    with pytest.raises(MemoryError) as refused:
        wired.read(array(128, 128), drive(10_000, 128))
    assert str(refused.value) == message


@pytest.mark.usefixtures("small_machine")
def test_a_batch_of_arrays_counts_as_its_vectors() -> None:
    with pytest.raises(MemoryError, match="but 12000 vectors of 64 x 64 cells need"):
        Crossbar().read(array(1, 64, 64), drive(6_000, 2, 64))


@pytest.mark.usefixtures("small_machine")
def test_arrays_whose_blocks_do_not_fit_are_refused() -> None:
    with pytest.raises(MemoryError, match=r"but 1 arrays of 2048 x 2048 cells need .* GiB"):
        Crossbar().effective_conductance(array(2048, 2048))
    with pytest.raises(MemoryError, match="Give fewer arrays at once, or smaller tiles"):
        Crossbar().effective_conductance(array(2, 20_000))  # the ends alone are too many
    uneven = Crossbar(row_resistance=(1.0,) * 299 + (1e6,))
    with pytest.raises(MemoryError, match="but 1 arrays of 2000 x 300 cells need"):
        uneven.effective_conductance(array(2000, 300))


@pytest.mark.usefixtures("small_machine")
def test_a_gradient_needs_room_for_what_it_keeps() -> None:
    many = array(200, 128, 128)
    Crossbar().effective_conductance(many[:1])
    with pytest.raises(MemoryError, match="but 200 arrays"):
        Crossbar().effective_conductance(many.requires_grad_())


@pytest.mark.parametrize("needed", [10, 1000, 10_000])
def test_the_limit_is_what_is_available(needed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_NOTICED", 0)
    monkeypatch.setattr(memory, "available_memory", lambda: 1000.0)
    if needed <= 1000:
        memory.check_memory("x", needed, "2 things", "Take one.")
    else:
        with pytest.raises(MemoryError, match=r"`x` must .* but 2 things need .* Take one\."):
            memory.check_memory("x", needed, "2 things", "Take one.")


def test_available_memory_is_read_from_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "meminfo"
    told.write_text("MemTotal:  9 kB\nMemFree:  3 kB\nMemAvailable:     5 kB\n", encoding="ascii")
    monkeypatch.setattr(memory, "_MEMINFO", told)
    assert memory.available_memory() == 5 * 1024
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "none")
    assert 64 * 2**20 < memory.available_memory() < math.inf
    monkeypatch.setattr(memory.os, "sysconf_names", {})
    assert memory.available_memory() == math.inf


def test_a_small_read_does_not_ask_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: pytest.fail("asked"))
    current = Crossbar(driven=Driven(right=True)).read(array(8, 8), drive(3, 8)).current
    assert current.shape == (3, 8)

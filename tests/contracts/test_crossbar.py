"""What every crossbar promises, whatever its wires."""

import math

import pytest
import torch
from torch import Tensor

from mho.crossbar import Crossbar, Driven, Sensed

BOTH = {"driven": Driven(right=True), "sensed": Sensed(top=True)}
CROSSBARS = {
    "ideal": Crossbar.ideal(),
    "wires": Crossbar(row_resistance=3.0, column_resistance=5.0),
    "ideal_rows": Crossbar(row_resistance=0.0, column_resistance=5.0),
    "ideal_columns": Crossbar(row_resistance=3.0, column_resistance=0.0),
    "periphery": Crossbar(driver_resistance=7.0, sense_resistance=11.0),
    "only_periphery": Crossbar(
        row_resistance=0.0, column_resistance=0.0, driver_resistance=7.0, sense_resistance=11.0
    ),
    "far_ends": Crossbar(
        driven=Driven(left=False, right=True), sensed=Sensed(bottom=False, top=True)
    ),
    "both_ends": Crossbar(row_resistance=3.0, column_resistance=5.0, sense_resistance=2.0, **BOTH),
    "ideal_rows_both_ends": Crossbar(row_resistance=0.0, column_resistance=5.0, **BOTH),
    "ideal_both_ends": Crossbar(row_resistance=0.0, column_resistance=0.0, **BOTH),
}
SHAPES = [(1, 1), (1, 6), (6, 1), (5, 13), (20, 9)]

MILLI = 1e3
"""Small differences want numbers of the order of one: mS and mA."""

each_crossbar = pytest.mark.parametrize("crossbar", CROSSBARS.values(), ids=CROSSBARS)
each_shape = pytest.mark.parametrize("shape", SHAPES, ids=lambda s: f"{s[0]}x{s[1]}")


def cells(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 1e-3 * torch.rand(shape, generator=generator, dtype=torch.float64)


def drive(*shape: int, seed: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(shape, generator=generator, dtype=torch.float64) - 0.5


def close(actual: Tensor, expected: Tensor, tolerance: float = 1e-10) -> bool:
    scale = expected.abs().max().item()
    return actual.shape == expected.shape and (actual - expected).abs().max() <= tolerance * scale


@each_crossbar
@each_shape
def test_shapes_are_those_of_matmul(crossbar: Crossbar, shape: tuple[int, int]) -> None:
    rows, cols = shape
    readout = crossbar.read(cells(2, 1, rows, cols), drive(3, 4, rows))
    assert readout.current.shape == (2, 3, 4, cols)
    assert readout.power.shape == (2, 3, 4)
    for voltage in (readout.cell_voltage, readout.row_voltage, readout.column_voltage):
        assert voltage.shape == (2, 3, 4, rows, cols)
    assert crossbar.effective_conductance(cells(2, 1, rows, cols)).shape == (2, 1, rows, cols)


@each_crossbar
@each_shape
def test_read_is_a_product_with_the_effective_conductance(
    crossbar: Crossbar, shape: tuple[int, int]
) -> None:
    conductance, voltage = cells(3, *shape), drive(3, 4, shape[0])
    product = voltage @ crossbar.effective_conductance(conductance)
    assert close(crossbar.read(conductance, voltage).current, product)


@each_crossbar
def test_a_batch_is_a_loop(crossbar: Crossbar) -> None:
    conductance, voltage = cells(3, 7, 5), drive(3, 2, 7)
    together = crossbar.read(conductance, voltage)
    matrices = crossbar.effective_conductance(conductance)
    for i in range(3):
        alone = crossbar.read(conductance[i], voltage[i])
        assert torch.equal(together.current[i], alone.current)
        assert torch.equal(together.row_voltage[i], alone.row_voltage)
        assert torch.equal(matrices[i], crossbar.effective_conductance(conductance[i]))


@each_crossbar
def test_a_batch_of_voltages_meets_one_array(crossbar: Crossbar) -> None:
    conductance, voltage = cells(7, 5), drive(3, 2, 7)
    together = crossbar.read(conductance, voltage)
    assert torch.equal(together.current[2], crossbar.read(conductance, voltage[2]).current)


@each_crossbar
@each_shape
def test_power_delivered_is_power_dissipated(crossbar: Crossbar, shape: tuple[int, int]) -> None:
    conductance, voltage = cells(*shape), drive(4, shape[0])
    readout = crossbar.read(conductance, voltage)
    delivered = (conductance * readout.cell_voltage).sum(-1) * voltage
    assert close(readout.power, delivered.sum(-1))


@each_crossbar
@each_shape
def test_cells_see_what_rows_and_columns_leave(crossbar: Crossbar, shape: tuple[int, int]) -> None:
    readout = crossbar.read(cells(*shape), drive(4, shape[0]))
    assert close(readout.row_voltage - readout.column_voltage, readout.cell_voltage, 1e-11)


@each_crossbar
def test_wires_only_ever_lose_current(crossbar: Crossbar) -> None:
    conductance = cells(9, 12)
    matrix = crossbar.effective_conductance(conductance)
    assert (matrix > 0).all()
    grounded = matrix.sum(-1)
    assert (grounded <= conductance.sum(-1) * (1 + 1e-12)).all()
    assert (matrix.sum(-2) <= conductance.sum(-2) * (1 + 1e-12)).all()


@each_crossbar
def test_rows_and_columns_are_reciprocal(crossbar: Crossbar) -> None:
    turned = Crossbar(
        row_resistance=crossbar.column_resistance,
        column_resistance=crossbar.row_resistance,
        driver_resistance=crossbar.sense_resistance,
        sense_resistance=crossbar.driver_resistance,
        driven=Driven(left=crossbar.sensed.bottom, right=crossbar.sensed.top),
        sensed=Sensed(bottom=crossbar.driven.left, top=crossbar.driven.right),
    )
    conductance = cells(6, 11)
    # Driving the sensed ends and sensing the driven ones is the array turned about a diagonal.
    opposite = turned.effective_conductance(conductance.flip(-1, -2).mT).mT.flip(-1, -2)
    assert close(opposite, crossbar.effective_conductance(conductance))


@each_crossbar
def test_cells_may_be_open(crossbar: Crossbar) -> None:
    conductance = cells(6, 7)
    conductance[:, 2] = 0.0
    conductance[4] = 0.0
    readout = crossbar.read(conductance, drive(2, 6))
    assert close(readout.current, drive(2, 6) @ crossbar.effective_conductance(conductance))
    assert (readout.current[:, 2] == 0).all()
    nothing = crossbar.read(torch.zeros(6, 7), drive(2, 6))
    assert (nothing.current == 0).all()
    assert (nothing.power == 0).all()


@each_crossbar
def test_no_vectors_and_no_arrays_are_empty_answers(crossbar: Crossbar) -> None:
    assert crossbar.read(cells(3, 2), drive(0, 3)).current.shape == (0, 2)
    assert crossbar.effective_conductance(cells(0, 3, 2)).shape == (0, 3, 2)


@each_crossbar
def test_the_number_of_threads_changes_nothing(
    crossbar: Crossbar, monkeypatch: pytest.MonkeyPatch
) -> None:
    conductance, voltage = cells(3, 40, 50), drive(5, 40)
    answers = []
    for threads in ("1", "2"):
        monkeypatch.setenv("MHO_THREADS", threads)
        answers.append(crossbar.read(conductance, voltage).cell_voltage)
    assert torch.equal(*answers)


@each_crossbar
@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (5, 6)], ids=str)
def test_gradients_are_those_of_small_differences(
    crossbar: Crossbar, shape: tuple[int, int]
) -> None:
    conductance = cells(2, *shape).mul(MILLI).requires_grad_()
    voltage = drive(2, 3, shape[0]).requires_grad_()

    def answers(g: Tensor, v: Tensor) -> tuple[Tensor, ...]:
        readout = crossbar.read(g / MILLI, v)
        return MILLI * readout.current, readout.cell_voltage, MILLI * readout.power

    def matrix(g: Tensor) -> Tensor:
        return MILLI * crossbar.effective_conductance(g / MILLI)

    assert torch.autograd.gradcheck(answers, (conductance, voltage), fast_mode=True)
    assert torch.autograd.gradcheck(matrix, (conductance,), fast_mode=True)


@each_crossbar
def test_gradients_do_not_depend_on_how_tensors_lie_in_memory(crossbar: Crossbar) -> None:
    voltage, weight = drive(2, 5), drive(2, 4, 5)
    gradients = []
    for conductance in (cells(5, 4), cells(5, 4).mT.contiguous().mT):
        conductance.requires_grad_()
        across = crossbar.read(conductance, voltage).cell_voltage
        loss = (across.mT * weight).sum() if gradients else (across * weight.mT.contiguous()).sum()
        gradients.append(torch.autograd.grad(loss, conductance)[0])
    assert torch.equal(*gradients)


def test_read_can_be_differentiated_twice() -> None:
    conductance = cells(3, 2).mul(MILLI).requires_grad_()
    voltage = drive(2, 3).requires_grad_()

    def current(g: Tensor, v: Tensor) -> Tensor:
        return MILLI * CROSSBARS["wires"].read(g / MILLI, v).current

    assert torch.autograd.gradgradcheck(current, (conductance, voltage))


@each_crossbar
@pytest.mark.parametrize(
    ("conductance", "voltage", "message"),
    [
        (cells(3), drive(1, 3), "`conductance` must have shape"),
        (cells(3, 0), drive(1, 3), "`conductance` must have at least one row and one column"),
        (-cells(3, 2), drive(1, 3), "`conductance` must be at least 0 S"),
        (math.nan * cells(3, 2), drive(1, 3), "`conductance` must be finite"),
        (math.inf * cells(3, 2), drive(1, 3), "`conductance` must be finite"),
        (cells(3, 2), drive(1, 4), "`voltage` must have shape"),
        (cells(3, 2), drive(3), "`voltage` must have shape"),
        (cells(3, 2), math.nan * drive(1, 3), "`voltage` must be finite"),
        (cells(4, 3, 2), drive(5, 1, 3), "`voltage` must have batch axes that broadcast"),
    ],
)
def test_bad_input_is_refused(
    crossbar: Crossbar, conductance: Tensor, voltage: Tensor, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        crossbar.read(conductance, voltage)


WIRES = ["row_resistance", "column_resistance", "driver_resistance", "sense_resistance"]


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("resistance", [-1.0, math.nan, math.inf])
def test_impossible_wires_are_refused(wire: str, resistance: float) -> None:
    with pytest.raises(ValueError, match=f"Argument `{wire}` must be"):
        Crossbar(**{wire: resistance})


@pytest.mark.parametrize("wire", WIRES[:2])
@pytest.mark.parametrize(
    "resistance", [(1.0, -1.0), (1.0, math.nan), ((1.0, 2.0), (1.0,)), "thick"]
)
def test_impossible_segments_are_refused(wire: str, resistance: object) -> None:
    with pytest.raises(ValueError, match=f"Argument `{wire}` must be"):
        Crossbar(**{wire: resistance})


@pytest.mark.parametrize(
    ("crossbar", "message"),
    [
        (
            Crossbar(row_resistance=(1.0, 1.0)),
            r"`row_resistance` .*\(3,\) or .*\(2, 3\), but .*\(2,\)",
        ),
        (Crossbar(column_resistance=(1.0,) * 3), r"`column_resistance` .*\(2,\) or .*\(2, 3\)"),
        (Crossbar(column_resistance=(1.0, 1.0), **BOTH), r"`column_resistance` .*\(3,\)"),
    ],
)
def test_segments_must_be_as_many_as_the_array_has(crossbar: Crossbar, message: str) -> None:
    for answer in (crossbar.effective_conductance, lambda g: crossbar.read(g, drive(1, 2))):
        with pytest.raises(ValueError, match=message):
            answer(cells(2, 3))


def test_a_wire_without_any_end_is_refused() -> None:
    with pytest.raises(ValueError, match="Argument `left` must be true"):
        Driven(left=False)
    with pytest.raises(ValueError, match="Argument `bottom` must be true"):
        Sensed(bottom=False)


@pytest.mark.parametrize("wire", WIRES[:2])
def test_a_part_that_nothing_holds_is_refused(wire: str) -> None:
    crossbar = Crossbar(**{wire: (1.0, math.inf, 1.0)})
    assert (crossbar.effective_conductance(cells(3, 3)) >= 0).all()
    with pytest.raises(ValueError, match=f"`{wire}` must leave no part of a wire floating"):
        crossbar.effective_conductance(torch.zeros(3, 3))
    with pytest.raises(ValueError, match=f"`{wire}` must leave no part of a wire floating"):
        crossbar.read(torch.zeros(3, 3), drive(1, 3))


def test_two_parts_that_hold_only_each_other_are_refused() -> None:
    opened = (1.0, math.inf)
    conductance = torch.tensor([[1e-3, 0.0], [1e-3, 1e-3]]).double()
    with pytest.raises(ValueError, match="at row 0, column 1"):
        Crossbar(row_resistance=opened, column_resistance=(math.inf, 1.0)).read(
            conductance, drive(1, 2)
        )

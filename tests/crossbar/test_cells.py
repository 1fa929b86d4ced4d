"""What the cells of an array do, alone and between wires, against equations solved elsewhere."""

import math
import warnings

import numpy as np
import pytest
import torch
from scipy.optimize import brentq
from torch import Tensor

from mho.crossbar import (
    AccessTransistor,
    Cell,
    Cell1R,
    Cell1T1R,
    Crossbar,
    Cubic,
    Driven,
    Ohmic,
    Sensed,
    Sinh,
)

MICRO = 1e-6
CELLS = {
    "sinh": Cell1R(law=Sinh(scale=0.1)),
    "sinh_read_at_0.2_V": Cell1R(law=Sinh(scale=0.3, read_voltage=0.2)),
    "cubic": Cell1R(law=Cubic(scale=0.2, read_voltage=0.1)),
    "1t1r": Cell1T1R(),
    "1t1r_sinh": Cell1T1R(law=Sinh(scale=0.3, read_voltage=0.2)),
    "1t1r_barely_open": Cell1T1R(gate_voltage=0.45),
    "1t1r_closed": Cell1T1R(gate_voltage=0.0, law=Cubic(scale=0.4)),
}
ARRAYS = {
    "wires": {},
    "long_wires": {"row_resistance": 40.0, "column_resistance": 30.0},
    "ideal_rows": {"row_resistance": 0.0, "column_resistance": 30.0},
    "far_ends_in_series": {
        "driver_resistance": 50.0,
        "sense_resistance": 20.0,
        "driven": Driven(left=False, right=True),
        "sensed": Sensed(bottom=False, top=True),
    },
    "both_ends": {"row_resistance": 20.0, "driven": Driven(right=True), "sensed": Sensed(top=True)},
    "open_segments": {
        "row_resistance": (2.0, math.inf, 3.0, 5.0, 7.0),
        "driven": Driven(right=True),
    },
}
each_cell = pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
each_array = pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)


def uniform(*shape: int, low: float, high: float, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(shape, generator=generator, dtype=torch.float64)


def transistor_current(access: AccessTransistor, gate: float, drain: float, source: float) -> float:
    """The equations of the docstring, as they stand there."""
    thermal = access.thermal_voltage
    lowering = access.barrier_lowering * (math.hypot(drain - source, 0.05) - 0.05)
    pinch_off = (gate - access.threshold + lowering) / access.slope

    def bent(voltage: float) -> float:
        q = float(np.logaddexp(0.0, (pinch_off - voltage) / (2 * thermal)))
        return q**2 / (1 + access.saturation * q)

    factor = 2 * access.slope * access.gain * access.width * thermal**2
    return factor * (bent(source) - bent(drain))


def memristor_current(law: Ohmic | Sinh | Cubic, g: float, v: float) -> float:
    if isinstance(law, Ohmic):
        return g * v
    if isinstance(law, Sinh):
        at = law.read_voltage / law.scale
        return g * law.scale * math.sinh(v / law.scale) * (at / math.sinh(at) if at else 1.0)
    return g * v * (1 + (v / law.scale) ** 2) / (1 + (law.read_voltage / law.scale) ** 2)


def cell_current(cell: Cell, g: float, row: float, column: float) -> float:
    if isinstance(cell, Cell1R):
        return memristor_current(cell.law, g, row - column)

    def excess(u: float) -> float:
        through = transistor_current(cell.access, cell.gate_voltage, row - u, column)
        return memristor_current(cell.law, g, u) - through

    low, high = sorted((0.0, row - column))
    u = brentq(excess, low, high, xtol=1e-18, rtol=1e-14)
    return memristor_current(cell.law, g, u)


@each_cell
def test_the_current_is_that_of_the_equations_in_the_docstrings(cell: Cell) -> None:
    conductance = uniform(6, 5, low=1e-6, high=1e-3)
    row = uniform(6, 5, low=-1.0, high=1.0, seed=1)
    column = uniform(6, 5, low=-0.3, high=0.3, seed=2)
    actual = cell.current(conductance, row, column)
    for at in np.ndindex(6, 5):
        expected = cell_current(cell, float(conductance[at]), float(row[at]), float(column[at]))
        assert float(actual[at]) == pytest.approx(expected, rel=1e-10)


@each_cell
def test_the_slopes_are_those_of_small_differences(cell: Cell) -> None:
    conductance = uniform(6, 5, low=1e-6, high=1e-3)
    row = uniform(6, 5, low=-1.0, high=1.0, seed=1)
    column = uniform(6, 5, low=-0.3, high=0.3, seed=2)
    _, rise, fall = cell.linearised(conductance, row, column)
    step = 1e-6
    by_row = cell.current(conductance, row + step, column)
    by_row = (by_row - cell.current(conductance, row - step, column)) / (2 * step)
    by_column = cell.current(conductance, row, column + step)
    by_column = (by_column - cell.current(conductance, row, column - step)) / (2 * step)
    scale = rise + fall
    assert ((rise - by_row).abs() / scale).max() < 1e-6
    assert ((fall + by_column).abs() / scale).max() < 1e-6
    assert (rise >= 0).all()
    assert (fall >= 0).all()


def test_a_conductance_is_current_over_voltage_at_the_read_voltage() -> None:
    for law in (Sinh(scale=0.07, read_voltage=0.2), Cubic(scale=0.1, read_voltage=0.2)):
        current = Cell1R(law=law).current(*(torch.full((1, 1), x) for x in (1e-4, 0.2, 0.0)))
        assert float(current) == pytest.approx(1e-4 * 0.2, rel=1e-6)


def test_the_access_transistor_has_the_published_figures() -> None:
    access = AccessTransistor(width=1e-6)
    gates = (0.6, 0.8, 1.0, 1.2)
    for gate, resistance, current in zip(
        gates, (348, 231, 205, 195), (0.81e-3, 1.38e-3, 1.93e-3, 2.46e-3), strict=True
    ):
        assert 0.02 / transistor_current(access, gate, 0.02, 0.0) == pytest.approx(
            resistance, rel=0.005
        )
        assert transistor_current(access, gate, 0.8, 0.0) == pytest.approx(current, rel=0.1)
    decades = math.log10(
        transistor_current(access, 0.1, 0.02, 0.0) / transistor_current(access, 0.0, 0.02, 0.0)
    )
    assert 100 / decades == pytest.approx(93, rel=0.02)


def test_a_transistor_conducts_at_0_V_what_its_slope_there_says() -> None:
    access = AccessTransistor()
    for gate in (0.0, 0.4, 0.8, 1.2):
        step = 1e-7
        slope = transistor_current(access, gate, step, -step) / (2 * step)
        assert float(access.on_conductance(np.float64(gate))) == pytest.approx(slope, rel=1e-6)


def test_drain_and_source_of_a_transistor_can_be_exchanged() -> None:
    access = AccessTransistor()
    forth = transistor_current(access, 0.7, 0.3, 0.1)
    assert forth == pytest.approx(-transistor_current(access, 0.7, 0.1, 0.3), rel=1e-12)
    cell, g = Cell1T1R(gate_voltage=0.7), torch.full((1, 1), 1e3, dtype=torch.float64)
    volt = torch.full((1, 1), 0.3, dtype=torch.float64)
    assert float(cell.current(g, volt, 0 * volt)) == pytest.approx(
        -float(cell.current(g, 0 * volt, volt)), rel=1e-5
    )


def imbalance(crossbar: Crossbar, conductance: Tensor, voltage: Tensor) -> float:
    """Largest sum of currents at a node, of voltages along zero ohm, relative."""
    readout = crossbar.read(conductance, voltage)
    w, x = readout.row_voltage, readout.column_voltage
    through = crossbar.cell.current(conductance, w, x)
    wires = crossbar.wires(conductance)
    driven = voltage[..., None].expand(*w.shape[:-1], 1)
    along_rows = torch.cat([driven, w, driven], -1).diff(dim=-1)
    ground = torch.zeros_like(x[..., :1, :])
    along_columns = torch.cat([ground, x, ground], -2).diff(dim=-2)
    worst = (readout.current - through.sum(-2)).abs().max() / through.abs().max()
    for drop, ohm, leaves, dim in (
        (along_rows, wires.row, through, -1),
        (along_columns, wires.column, -through, -2),
    ):
        resistance = torch.from_numpy(ohm)
        ideal = resistance == 0
        assert (drop * ideal).abs().max() < 1e-15
        # What a segment of zero ohm carries is what keeps the nodes behind it in balance.
        if ideal.any():
            continue
        flow = torch.where(resistance.isinf(), 0.0, -drop / resistance)
        worst = max(worst, (flow.diff(dim=dim) + leaves).abs().max() / through.abs().max())
    return float(worst)


@each_cell
@each_array
def test_the_currents_at_every_node_of_an_array_add_up_to_nothing(
    cell: Cell, array: dict[str, object]
) -> None:
    crossbar = Crossbar(cell=cell, **array)
    conductance = uniform(7, 4, low=1e-5, high=1e-4)
    voltage = uniform(3, 7, low=-0.6, high=0.6, seed=3)
    assert imbalance(crossbar, conductance, voltage) < 1e-9


def test_a_hard_array_converges() -> None:
    crossbar = Crossbar(
        row_resistance=10.0, column_resistance=10.0, cell=Cell1R(law=Sinh(scale=1 / 6))
    )
    conductance = uniform(64, 64, low=16.66e-6, high=100e-6)
    voltage = uniform(2, 64, low=0.1, high=0.5, seed=3)
    assert crossbar.read(conductance, voltage).converged.all()
    assert imbalance(crossbar, conductance, voltage) < 1e-9


@pytest.mark.parametrize("array", [ARRAYS["far_ends_in_series"], ARRAYS["both_ends"]], ids=str)
def test_the_gate_voltage_may_differ_by_row_by_column_and_by_cell(
    array: dict[str, object],
) -> None:
    conductance = uniform(2, 3, low=1e-5, high=1e-4)
    voltage = uniform(3, 2, low=-0.6, high=0.6, seed=3)
    cells = {
        (1, 3): (0.5, 0.8, 1.1),
        (2, 1): ((0.4,), (0.9,)),
        (2, 3): ((0.4, 0.6, 0.8), (0.5, 0.7, 0.9)),
    }
    for shape, gates in cells.items():
        crossbar = Crossbar(cell=Cell1T1R(gate_voltage=gates), **array)
        assert imbalance(crossbar, conductance, voltage) < 1e-10
        readout = crossbar.read(conductance, voltage)
        gate = np.broadcast_to(np.reshape(gates, shape), (2, 3))
        ends = readout.row_voltage, readout.column_voltage
        one = float(gate[1, 2]), *(float(end[0, 1, 2]) for end in ends)
        alone = cell_current(Cell1T1R(gate_voltage=one[0]), float(conductance[1, 2]), *one[1:])
        through = crossbar.cell.current(conductance, *ends)[0, 1, 2]
        assert float(through) == pytest.approx(alone, rel=1e-9)


def test_wires_cost_less_the_more_the_gates_close() -> None:
    conductance = uniform(8, 8, low=1e-5, high=1e-4)
    voltage = uniform(1, 8, low=0.1, high=0.5, seed=3)
    currents = [
        float(Crossbar(cell=Cell1T1R(gate_voltage=gate)).read(conductance, voltage).current.sum())
        for gate in (0.3, 0.45, 0.6, 0.9, 1.2)
    ]
    ohmic = float(Crossbar().read(conductance, voltage).current.sum())
    assert sorted([*currents, ohmic]) == [*currents, ohmic]


def test_cells_that_hardly_bend_are_read_like_ohmic_ones() -> None:
    conductance = uniform(3, 20, 30, low=1e-5, high=1e-3)
    voltage = uniform(3, 4, 20, low=-0.5, high=0.5, seed=3)
    for array in ARRAYS.values():
        if array is not ARRAYS["open_segments"]:
            bent = Crossbar(cell=Cell1R(law=Sinh(scale=1e6)), **array)
            current, expected = (x.read(conductance, voltage) for x in (bent, Crossbar(**array)))
            error = (current.current - expected.current).abs().max()
            assert error < 1e-9 * expected.current.abs().max()


@each_cell
def test_small_voltages_are_read_as_the_effective_conductance_says(cell: Cell) -> None:
    crossbar = Crossbar(row_resistance=40.0, column_resistance=30.0, cell=cell)
    conductance = uniform(2, 7, 5, low=1e-5, high=1e-4)
    voltage = uniform(2, 3, 7, low=-1e-7, high=1e-7, seed=3)
    expected = voltage @ crossbar.effective_conductance(conductance)
    actual = crossbar.read(conductance, voltage).current
    assert (actual - expected).abs().max() < 1e-5 * expected.abs().max()


@each_cell
@pytest.mark.parametrize("array", [ARRAYS["long_wires"], ARRAYS["far_ends_in_series"]], ids=str)
def test_gradients_are_those_of_small_differences(cell: Cell, array: dict[str, object]) -> None:
    crossbar = Crossbar(cell=cell, **array)
    milli = 1e3
    conductance = (milli * uniform(2, 3, 2, low=1e-5, high=1e-4)).requires_grad_()
    voltage = uniform(2, 2, 3, low=-0.5, high=0.5, seed=3).requires_grad_()

    def answers(g: Tensor, v: Tensor) -> tuple[Tensor, ...]:
        readout = crossbar.read(g / milli, v)
        currents = milli * readout.current, milli * readout.power
        return *currents, readout.row_voltage, readout.column_voltage

    assert torch.autograd.gradcheck(answers, (conductance, voltage), eps=1e-6, atol=1e-7, rtol=1e-5)


def test_the_effective_conductance_of_1t1r_cells_has_the_gradient_of_small_differences() -> None:
    crossbar = Crossbar(row_resistance=40.0, cell=Cell1T1R(gate_voltage=0.6))
    conductance = (1e3 * uniform(3, 2, low=1e-5, high=1e-4)).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda g: 1e3 * crossbar.effective_conductance(g / 1e3), (conductance,)
    )


def test_a_circuit_that_does_not_converge_is_nan_marked_and_warned_of() -> None:
    crossbar = Crossbar(cell=Cell1R(law=Sinh(scale=1e-3)))
    conductance = uniform(2, 2, low=1e-5, high=1e-4)
    voltage = torch.tensor([[0.001, 0.002], [5.0, 5.0]], dtype=torch.float64)
    with pytest.warns(UserWarning, match="1 of 2 circuits did not converge"):
        readout = crossbar.read(conductance, voltage)
    assert readout.converged.tolist() == [True, False]
    assert readout.current[1].isnan().all()
    assert readout.current[0].isfinite().all()


@each_cell
def test_the_number_of_threads_changes_nothing(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    conductance, voltage = (
        uniform(3, 30, 40, low=1e-5, high=1e-4),
        uniform(3, 5, 30, low=-0.5, high=0.5),
    )
    answers = []
    for threads in ("1", "2"):
        monkeypatch.setenv("MHO_THREADS", threads)
        answers.append(Crossbar(cell=cell).read(conductance, voltage).cell_voltage)
    assert torch.equal(*answers)


def test_a_closed_memristor_carries_nothing() -> None:
    for cell in CELLS.values():
        conductance = torch.zeros(3, 2, dtype=torch.float64)
        readout = Crossbar(cell=cell).read(conductance, uniform(2, 3, low=0.1, high=0.5))
        assert not readout.current.any()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Sinh(scale=0.0), "`scale` must be greater than 0"),
        (lambda: Cubic(scale=-1.0), "`scale` must be greater than 0"),
        (lambda: AccessTransistor(width=0.0), "`width` must be greater than 0"),
        (lambda: AccessTransistor(slope=0.5), "`slope` must be at least 1"),
        (lambda: AccessTransistor(barrier_lowering=2.0), "`barrier_lowering` must be below the"),
        (lambda: Cell1T1R(gate_voltage=((1.0, 2.0), (1.0,))), "`gate_voltage` must be numbers"),
        (lambda: Cell1T1R(gate_voltage=math.nan), "`gate_voltage` must be finite"),
    ],
)
def test_impossible_cells_are_refused(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_gate_voltages_of_another_size_are_refused() -> None:
    crossbar = Crossbar(cell=Cell1T1R(gate_voltage=(1.0, 1.0)))
    with warnings.catch_warnings(), pytest.raises(ValueError, match=r"broadcast to .* \(2, 3\)"):
        crossbar.read(torch.ones(2, 3) * MICRO, torch.ones(1, 2))

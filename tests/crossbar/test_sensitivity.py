"""How currents follow the parameters of an array, against small differences of them."""

import math

import pytest
import torch

from mho.crossbar import (
    Cell1R,
    Cell1T1R,
    Crossbar,
    Cubic,
    Driven,
    Sensed,
    Sinh,
)

CELLS = {
    "ohmic": Cell1R(),
    "sinh": Cell1R(law=Sinh(scale=0.3, read_voltage=0.2)),
    "1t1r": Cell1T1R(law=Sinh(scale=0.3, read_voltage=0.2)),
    "1t1r_barely_open": Cell1T1R(gate_voltage=0.5, law=Cubic(scale=0.4, read_voltage=0.1)),
}
ARRAYS = {
    "wires": {},
    "ideal_rows": {"row_resistance": 0.0, "column_resistance": 30.0},
    "far_ends_in_series": {
        "driver_resistance": 50.0,
        "sense_resistance": 20.0,
        "driven": Driven(left=False, right=True),
        "sensed": Sensed(bottom=False, top=True),
    },
    "both_ends": {"row_resistance": 20.0, "driven": Driven(right=True), "sensed": Sensed(top=True)},
    "open_segments": {
        "row_resistance": (2.0, math.inf, 3.0, 5.0, 7.0, 2.0),
        "driven": Driven(right=True),
    },
}


def problem():
    generator = torch.Generator().manual_seed(0)
    conductance = 10e-6 + 90e-6 * torch.rand(2, 4, 5, dtype=torch.float64, generator=generator)
    voltage = -0.5 + torch.rand(2, 3, 4, dtype=torch.float64, generator=generator)
    return conductance, voltage


def difference(crossbar, name, inputs):
    """Slope of the currents by small steps, forward where the parameter is zero."""
    value = crossbar.parameters[name]
    step = 1e-3 if name.endswith("resistance") else 1e-5 * value
    at = [
        crossbar.with_parameters({name: value + k * step}).read(*inputs).current
        for k in ((-1, 0, 1) if value > step else (0, 1, 2))
    ]
    if value > step:
        return (at[2] - at[0]) / (2 * step)
    return (-1.5 * at[0] + 2 * at[1] - 0.5 * at[2]) / step


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_sensitivities_are_those_of_small_differences(cell, array):
    crossbar, inputs = Crossbar(cell=cell, **array), problem()
    names = [name for name in crossbar.parameters if name != "cell.gate_voltage"]
    current, slopes = crossbar.sensitivity(*inputs, names)
    torch.testing.assert_close(current, crossbar.read(*inputs).current, rtol=1e-9, atol=0)
    for name, slope in zip(names, slopes, strict=True):
        expected = difference(crossbar, name, inputs)
        error = (slope - expected).abs().max() / expected.abs().max()
        assert error < 1e-4, name


def test_a_read_is_differentiable_in_cells_voltages_and_parameters_at_once():
    crossbar = Crossbar(row_resistance=9.0, column_resistance=7.0, cell=CELLS["1t1r"])
    conductance, voltage = problem()
    inputs = [conductance.mul(1e4), voltage, *torch.tensor([9.0, 7.0, 0.3], dtype=torch.float64)]
    inputs = [each.clone().requires_grad_() for each in inputs]
    names = ("row_resistance", "column_resistance", "cell.law.scale")

    def current(conductance, voltage, *values):
        parameters = dict(zip(names, values, strict=True))
        return 1e5 * crossbar.read(conductance / 1e4, voltage, parameters).current

    assert torch.autograd.gradcheck(current, inputs, eps=1e-6, atol=1e-6, rtol=1e-4)


def test_sensitivities_sum_to_the_gradient_of_a_read():
    crossbar, inputs = Crossbar(cell=CELLS["1t1r"]), problem()
    width = torch.tensor(crossbar.parameters["cell.access.width"]).double().requires_grad_()
    crossbar.read(*inputs, {"cell.access.width": width}).current.sum().backward()
    _, slopes = crossbar.sensitivity(*inputs, ["cell.access.width"])
    torch.testing.assert_close(width.grad, slopes.sum())


def test_parameters_are_read_and_replaced_by_name():
    crossbar = Crossbar(row_resistance=3.0, cell=Cell1T1R(law=Sinh(scale=0.4)))
    assert crossbar.parameters["cell.law.scale"] == 0.4
    changed = crossbar.with_parameters({"row_resistance": 4.0, "cell.law.scale": 0.5})
    assert changed == Crossbar(row_resistance=4.0, cell=Cell1T1R(law=Sinh(scale=0.5)))


def test_parameters_that_the_array_does_not_have_are_refused():
    crossbar, inputs = Crossbar(), problem()
    with pytest.raises(ValueError, match=r"`parameters` must be named after .* 'cell.law.scale'"):
        crossbar.sensitivity(*inputs, ["cell.law.scale"])
    with pytest.raises(ValueError, match=r"`parameters` must be named after"):
        crossbar.with_parameters({"resistance": 1.0})
    with pytest.raises(ValueError, match=r"leave out the gate voltage"):
        Crossbar(cell=Cell1T1R()).sensitivity(*inputs, ["cell.gate_voltage"])

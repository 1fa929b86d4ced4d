"""The whole loop as a user writes it, in a dozen lines."""

import torch

import mho


def test_a_model_is_programmed_read_and_calibrated_in_a_dozen_lines(generator):
    device = mho.devices.JartTUD.preset("yu2022", set_voltage=-0.4713, reset_voltage=0.9726)
    bench = mho.SimulatedBench(device, shape=(32, 32), seed=0)
    scheme = mho.NoiseFreeInverse().fit(device)
    target = 110e-6 + 400e-6 * torch.rand(32, 32, dtype=torch.float64, generator=generator)
    result = mho.program(bench, scheme, target, tolerance=0.05, max_pulses=20)
    print(result)

    crossbar = mho.Crossbar(row_resistance=1.0, column_resistance=1.0)
    voltage = 0.2 * torch.rand(100, 32, dtype=torch.float64, generator=generator)
    readout = crossbar.read(bench.read(), voltage)
    ideal = voltage @ target
    calibrator = mho.ColumnGain().fit(readout.current, voltage, target)
    current = calibrator(readout.current, target)

    assert result.converged.double().mean() > 0.99
    assert readout.cell_voltage.shape == (100, 32, 32)
    assert (readout.power > 0).all()
    assert (current - ideal).abs().mean() < 0.2 * (readout.current - ideal).abs().mean()

    writer = mho.nn.PulseWriter(device=device, programmer=scheme, tolerance=0.05, max_pulses=20)
    mapping = mho.nn.DifferentialPair(g_min=110e-6, g_max=520e-6)
    tile = mho.nn.Tile(
        mapping=mapping,
        rows=128,
        cols=128,
        writer=writer,
        crossbar=crossbar,
        calibrator=mho.ColumnGain(),
    )
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(32, 16), torch.nn.ReLU(), torch.nn.Linear(16, 4))
    inputs = torch.rand(100, 32, generator=generator)
    analog = mho.nn.convert(model, tile, inputs)
    with torch.no_grad():
        error = (analog(inputs) - model(inputs)).square().mean().sqrt()
        assert error < 0.2 * model(inputs).std()

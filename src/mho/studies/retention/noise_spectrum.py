"""Spectra of read noise: measured, and simulated by telegraphs fitted to them."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mho.core.check import check_number
from mho.core.random import generator
from mho.core.units import si
from mho.devices import InTime, SoftBounds, TelegraphNoise
from mho.devices.time.telegraph_fit import fit_telegraph, in_bins, spectrum
from mho.studies.measured import measured
from mho.studies.study import Progress, Shards, Study

CITATION = (
    "technology A of the RRAM Relaxation Master Model,"
    " github.com/akashlevy/RRAM-Relaxation-Master-Model, MIT, (c) 2021 Akash Levy"
)
EDGE = 1.0
"""Hz. Below it a spectrum of some minutes has few periods to average over."""


@dataclass(frozen=True, kw_only=True)
class NoiseSpectrum(Study):
    """How closely do fitted telegraphs bring back the measured spectrum of a cell's read noise?

    It needs `rram_noise_techA.npz` in the folder that the environment variable MHO_DATA names. In
    the run folder it leaves a preset for each cell, named after its conductance, which the package
    ships.

    Args:
        settling: s. Time at the start of a measurement that is left out.
        segment: Samples of a segment of the spectra.
        copies: Simulated cells for each measured one.
        seed: Selects the noise.
    """

    settling: float = 5.0
    segment: int = 16384
    copies: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        check_number("settling", self.settling, low=0.0)
        check_number("segment", self.segment, low=4)
        check_number("copies", self.copies, low=1)

    def run(self, folder: Shards, progress: Progress) -> "NoiseSpectra":
        data = measured("rram_noise_techA.npz", f"the read noise of 5 cells of {CITATION}")
        rate = float(data["fs"])
        series = 1e-6 * torch.from_numpy(data["g_uS"]).double()[:, int(self.settling * rate) :]
        names = [f"{mean:.0f}us" for mean in (1e6 * series.mean(1)).tolist()]
        with progress.stage("Cells", len(series)) as advance:
            for cell, (name, conductance) in enumerate(zip(names, series, strict=True)):
                if not folder.has(name):
                    noise = fit_telegraph(conductance, rate, segment=self.segment)
                    noise.save(
                        folder.path / f"telegraph_noise_tech_a_{name}.toml",
                        citation=f"Fitted by the study NoiseSpectrum to a cell of {CITATION}",
                    )
                    folder.write(name, **self._spectra(noise, conductance, rate, cell))
                advance(1)
        return NoiseSpectra({name: _compared(folder.read(name)) for name in names})

    def _spectra(
        self, noise: TelegraphNoise, conductance: Tensor, rate: float, cell: int
    ) -> dict[str, Any]:
        """Spectra over the square of the mean, in bins of the frequency."""
        device, source = InTime(device=SoftBounds(), effect=noise), generator(self.seed, cell)
        state, read = device.fabricate((1, self.copies), source), []
        for _ in range(self.segment):
            state = device.relax(state, 1 / rate, source)
            read.append(device.conductance(state)[0])
        answer: dict[str, Any] = {"conductance": conductance.mean(), "deviation": conductance.std()}
        for name, values in (("simulated", torch.stack(read, -1)), ("measured", conductance)):
            frequency, density = spectrum(values, rate, segment=self.segment)
            density = density / values.mean().square()
            answer["frequency"], answer[name], count = in_bins(frequency, density)
        # Lines under a Hann window are worth half as many, and so are half-overlapping segments.
        segments = 2 * len(conductance) / self.segment - 1
        return answer | {"sampling_error": (2 / (count * segments)).sqrt()}


@dataclass(frozen=True)
class NoiseSpectra:
    """Measured and simulated spectra of cells.

    Args:
        metrics: For each cell its mean conductance (S), the standard deviation of its noise over
            it, the exponent of the spectrum from 0.05 to 10 Hz, measured and simulated, and the
            root mean square of the simulated over the measured spectrum less 1, above and below
            1 Hz, with what sampling alone would give.
    """

    metrics: dict[str, Any]

    def __str__(self) -> str:
        lines = ["NoiseSpectrum: simulated against measured spectra of read noise"]
        lines.append(
            f"{'cell':>9}{'noise':>9}{'exponent':>10}{'simulated':>11}{'above 1 Hz':>12}"
            f"{'by chance':>11}{'below':>8}{'by chance':>11}"
        )
        for cell in self.metrics.values():
            high, low = cell["above"], cell["below"]
            lines.append(
                f"{si(cell['conductance'], 'S'):>9}{100 * cell['noise']:>7.2f} %"
                f"{cell['exponent']['measured']:>10.2f}{cell['exponent']['simulated']:>11.2f}"
                f"{100 * high['error']:>10.1f} %{100 * high['sampling_error']:>9.1f} %"
                f"{100 * low['error']:>6.0f} %{100 * low['sampling_error']:>9.0f} %"
            )
        return "\n".join(lines)


def _compared(stored: dict[str, Any]) -> dict[str, Any]:
    part = {name: torch.from_numpy(stored[name]) for name in ("frequency", "simulated", "measured")}
    frequency = part["frequency"]
    error = (part["simulated"] / part["measured"] - 1.0).square()
    chance = torch.from_numpy(stored["sampling_error"]).square()
    flicker = (frequency > 0.05) & (frequency < 10.0)
    return {
        "conductance": stored["conductance"].item(),
        "noise": (stored["deviation"] / stored["conductance"]).item(),
        "exponent": {
            name: _slope(frequency[flicker].log(), part[name][flicker].log())
            for name in ("measured", "simulated")
        },
    } | {
        name: {
            "error": error[band].mean().sqrt().item(),
            "sampling_error": chance[band].mean().sqrt().item(),
        }
        for name, band in (("above", frequency > EDGE), ("below", frequency <= EDGE))
    }


def _slope(x: Tensor, y: Tensor) -> float:
    x = x - x.mean()
    return ((x * y).sum() / x.square().sum()).item()

"""How far conductances spread after programming: predicted, and measured on other cells."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mho.core.check import argument_error, check_number
from mho.core.random import generator
from mho.devices import Relaxation
from mho.devices.time import RelaxationMeasurement, fit_relaxation
from mho.studies.measured import measured
from mho.studies.study import Progress, Shards, Study

from .likelihood import log_likelihoods
from .relaxation_spread import RelaxationSpread, relaxation_spread

CITATION = (
    "technology C of the RRAM Relaxation Master Model,"
    " github.com/akashlevy/RRAM-Relaxation-Master-Model, MIT, (c) 2021 Akash Levy"
)


@dataclass(frozen=True, kw_only=True)
class Retention(Study):
    """How far do programmed conductances spread in a day, on cells that no model was fitted to?

    A `Relaxation` is fitted to half of the measured cells and predicts the spread of the others,
    at each time and level. It needs `rram_relaxation_techC.npz` in the folder that the environment
    variable MHO_DATA names. In the run folder it leaves `relaxation_tech_c.toml`, fitted to all
    cells, which the package ships.

    Args:
        ceiling: S. Upper wall of the model.
        levels: Conductances over the ceiling at which drift and spread are fitted.
        pooled: Neighbouring levels that are also looked at as one.
        repeats: Simulated cells for each measured one.
        seeds: Each halves the cells in another way.
    """

    ceiling: float = 50e-6
    levels: tuple[float, ...] = (0.01, 0.07, 0.15, 0.35, 0.55, 0.78)
    pooled: int = 4
    repeats: int = 40
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        check_number("ceiling", self.ceiling, low=0.0, above=True)
        for name in ("pooled", "repeats"):
            check_number(name, getattr(self, name), low=1)
        for name in ("levels", "seeds"):
            if not getattr(self, name):
                raise argument_error(name, "hold at least one", "is empty")

    def run(self, folder: Shards, progress: Progress) -> RelaxationSpread:
        missing = [seed for seed in self.seeds if not folder.has(f"seed{seed}")]
        if missing or not folder.has("model"):
            cells = relaxation_measurement()
        with progress.stage("Halves of the cells", len(self.seeds)) as advance:
            for seed in self.seeds:
                if seed in missing:
                    folder.write(f"seed{seed}", **self._halves(cells, seed))
                advance(1)
        if not folder.has("model"):
            model = self._fit(cells)
            citation = f"Fitted by the study Retention to {CITATION}"
            model.save(folder.path / "relaxation_tech_c.toml", citation=citation)
            folder.write("model", time=cells.time, **_selection(cells))
        stored = [folder.read(f"seed{seed}") for seed in self.seeds]
        return relaxation_spread(stored, folder.read("model"), list(self.seeds), self.pooled)

    def _fit(self, cells: RelaxationMeasurement) -> Relaxation:
        return fit_relaxation(cells, ceiling=self.ceiling, levels=self.levels)

    def _halves(self, cells: RelaxationMeasurement, seed: int) -> dict[str, Any]:
        """Moments of the change of the held-out half, measured and simulated, and likelihoods."""
        known = torch.rand(len(cells.level), generator=generator(seed)) < 0.5
        model = self._fit(cells.where(known))
        held_out = cells.where(~known)
        start, time = held_out.conductance[:, 0], held_out.time[1:]
        later = model.histories(start.expand(self.repeats, -1), time, generator(seed, 1))
        simulated = (later - start).permute(2, 0, 1)  # cells, times, repeats
        seen = held_out.conductance[:, 1:] - start[:, None]
        simulated = torch.where(seen.isnan()[..., None], torch.nan, simulated)
        crowded = held_out.complete().level.unique()
        neighbours = crowded[: len(crowded) // self.pooled * self.pooled].reshape(-1, self.pooled)
        answer = {"level": crowded, "time": time}
        for name, groups in (
            ("level", crowded[:, None]),
            ("pooled", neighbours),
            ("all", crowded[None]),
        ):
            members = [torch.isin(held_out.level, group) for group in groups]
            answer |= {f"{name}_measured": _moments(seen[..., None], members)}
            answer |= {f"{name}_simulated": _moments(simulated, members)}
        likelihoods = log_likelihoods(model, cells.where(known), held_out)
        return answer | {f"likelihood_{name}": value for name, value in likelihoods.items()}


def relaxation_measurement() -> RelaxationMeasurement:
    """The measured relaxation of technology C."""
    data = measured("rram_relaxation_techC.npz", f"the relaxation of 8,134 cells of {CITATION}")
    return RelaxationMeasurement(
        torch.from_numpy(data["t_s"]),
        torch.from_numpy(data["level"]),
        1e-6 * torch.from_numpy(data["g_uS"]).double(),
    )


def _moments(change: Tensor, members: list[Tensor]) -> Tensor:
    """Cells, mean (S), standard deviation (S) and kurtosis: (4, groups, times)."""
    rows = []
    for own in members:
        values = change[own].permute(1, 0, 2).flatten(1)
        count = (~values.isnan()).sum(1).double()
        mean = values.nanmean(1)
        centred = values - mean[:, None]
        variance = centred.square().nansum(1) / (count - 1)
        kurtosis = centred.pow(4).nanmean(1) / variance.square()
        rows.append(torch.stack([count, mean, variance.sqrt(), kurtosis]))
    return torch.stack(rows, 1)


def _selection(cells: RelaxationMeasurement) -> dict[str, Tensor]:
    """How selected the cells are that were read at a time: (times,), and the share of the others.

    It is the root mean square change, one time before and over that of its level, of the cells
    that were read over that of the others.
    """
    change = cells.conductance - cells.conductance[:, :1]
    members = torch.nn.functional.one_hot(cells.level).double()
    square = change.square()
    mean = (members.T @ square.nan_to_num(0.0)) / (members.T @ square.isfinite().double())
    relative = square / mean[cells.level]
    unread = cells.conductance.isnan()
    ratios = [torch.tensor(torch.nan)]
    for time in range(1, len(cells.time)):
        parts = (relative[own, time - 1].nanmean() for own in (~unread[:, time], unread[:, time]))
        ratios.append((next(parts) / next(parts)).sqrt())
    return {"selection": torch.stack(ratios), "unread": unread.double().mean(0)}

"""The answer: range, switching, steps and retention in a few numbers."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from mho.core import Device
from mho.core.units import si
from mho.studies.study import Shards


@dataclass(frozen=True)
class Characteristics:
    """What pulses and time do to the cells of a device.

    Args:
        metrics: `device`; `range` and `fresh` (S); for `set` and `reset` the `voltage` (V) and the
            `width` (s) of a pulse, the `pulses` of a train, the `conductance` that it ends at (S)
            and the largest `step` of one pulse (S); `retention`, none if time changes nothing, or
            else `time` (s) and the `kept` median over the first one, from the lowest level to the
            highest. Spreads are quantiles over the cells, 5 %, 50 % and 95 %.
    """

    metrics: dict[str, Any]

    @classmethod
    def gather(cls, folder: Shards, device: Device[Any]) -> Self:
        """The result out of a folder's shards.

        Args:
            folder: Holds every measurement.
            device: Model of the cells.
        """
        trains, switching = folder.read("trains"), folder.read("switching")
        steps, rests = folder.read("steps"), folder.read("retention")
        curve, pulses = switching["quantiles"], int(trains["pulses"])
        ends = {"set": curve[pulses], "reset": curve[-1]}
        voltages = {"set": device.set_voltage, "reset": device.reset_voltage}
        metrics: dict[str, Any] = {
            "device": type(device).__name__,
            "cells": len(switching["fresh"]),
            "range": [device.g_min, device.g_max],
            "fresh": curve[0].tolist(),
        }
        for name, voltage in voltages.items():
            column = steps["amplitude"] * voltage > 0
            metrics[name] = {
                "voltage": voltage,
                "width": float(trains[f"{name}_width"]),
                "pulses": pulses,
                "conductance": ends[name].tolist(),
                "step": float(np.abs(steps["change"][:, column]).max()),
            }
        median = rests["quantiles"][..., 1]
        kept = {"time": rests["time"].tolist(), "kept": (median / median[0]).T.tolist()}
        metrics["retention"] = kept if rests["moved"] else None
        return cls(metrics)

    def __str__(self) -> str:
        metrics = self.metrics
        low, high = (si(bound, "S") for bound in metrics["range"])
        lines = [f"Characterise: {metrics['device']}, {metrics['cells']} cells, {low} to {high}"]
        for name in ("set", "reset"):
            part = metrics[name]
            least, median, most = (si(end, "S") for end in part["conductance"])
            lines.append(
                f"{name.upper():<10}{part['pulses']} pulses of {part['voltage']:g} V and"
                f" {si(part['width'], 's')} end at {median}, 5 to 95 % of cells {least} to {most};"
                f" the largest step is {si(part['step'], 'S')}"
            )
        return "\n".join([*lines, f"{'Retention':<10}{self._retention()}"])

    def _retention(self) -> str:
        retention = self.metrics["retention"]
        if retention is None:
            return "is not in the model: time changes nothing"
        kept, after = 100 * retention["kept"][-1][-1], retention["time"][-1]
        return f"after {after:g} s the median of the highest level is {kept:.3g} % of what it was"

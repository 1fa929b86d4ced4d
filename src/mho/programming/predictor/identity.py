"""Which device a predictor was learned from."""

import hashlib
import warnings
from dataclasses import dataclass
from typing import Any

from mho.core import Bench, Device
from mho.core.difference import difference


@dataclass(frozen=True)
class DeviceIdentity:
    """A device model with all its settings, and a short hash of them.

    Args:
        settings: The device as it prints itself.
    """

    settings: str

    @classmethod
    def of(cls, device: Device[Any]) -> "DeviceIdentity":
        """Identity of a device.

        Args:
            device: Any device; it is a value, so its settings say all.
        """
        return cls(repr(device))

    @property
    def hash(self) -> str:
        """The settings in 16 characters."""
        return hashlib.sha256(self.settings.encode()).hexdigest()[:16]

    def difference(self, other: "DeviceIdentity") -> str:
        """What differs, in words.

        Args:
            other: Identity that is compared with this one.
        """
        return difference(self.settings, other.settings)

    def check_bench(self, bench: Bench) -> None:
        """Warn if the cells of a bench are of another device.

        Args:
            bench: Cells that are about to be programmed; real ones have no model, and no warning.
        """
        device = getattr(bench, "device", None)
        if isinstance(device, Device):
            self.check(device)

    def check(self, device: Device[Any]) -> None:
        """Warn if a device is another one.

        Args:
            device: Device that is about to be used.
        """
        found = DeviceIdentity.of(device)
        if self != found:
            warnings.warn(
                f"The predictor was learned from another device: {self.difference(found)}.",
                stacklevel=5,
            )

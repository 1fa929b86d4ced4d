"""Quantities as people write them: 3.2 ns, 120 uS, 41 pJ."""

import math

BOLTZMANN = 1.380649e-23
"""J/K. SI, 9th edition (BIPM 2019)."""
ELEMENTARY_CHARGE = 1.602176634e-19
"""C. SI, 9th edition (BIPM 2019)."""

_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}


def si(value: float, unit: str, digits: int = 3) -> str:
    """A quantity with its SI prefix, such as ``si(3.2e-9, "s") == "3.2 ns"``.

    Args:
        value: Quantity in the unit without prefix.
        unit: Symbol of the unit.
        digits: Significant digits.
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g} {unit}"
    rounded = float(f"{value:.{digits - 1}e}")
    exponent = min(max(3 * math.floor(math.log10(abs(rounded)) / 3), -15), 9)
    return f"{rounded / 10**exponent:.{digits}g} {_PREFIXES[exponent]}{unit}"

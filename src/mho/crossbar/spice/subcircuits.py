"""Memristors and access transistors as subcircuits for ngspice."""

from collections.abc import Iterator

from mho.core.check import argument_error
from mho.crossbar.cells import AccessTransistor, Cell, Cell1R, Cell1T1R, Law, Ohmic


def subcircuits(cell: Cell) -> Iterator[str]:
    """Definitions of what the cells are made of; resistors need none.

    Args:
        cell: What joins the wires at each crossing.
    """
    if not isinstance(cell.law, Ohmic):
        yield from _memristor(cell.law)
    if access := access_transistor(cell):
        yield from _transistor(access)


def access_transistor(cell: Cell) -> AccessTransistor | None:
    """The transistor of each cell, or none.

    Args:
        cell: What joins the wires at each crossing.
    """
    match cell:
        case Cell1R():
            return None
        case Cell1T1R():
            return cell.access
    raise argument_error("cell", "be a Cell1R or a Cell1T1R", f"is a {type(cell).__name__}")


def _memristor(law: Law) -> Iterator[str]:
    k, s, c = law.coefficients
    rise = "sinh(s*v)/s" if s else "v"  # 0/0 if there is no sinh
    yield f".func law(v,k,s,c) {{k*({rise} + c*v*v*v)}}"
    yield f".subckt memristor plus minus g=1 k={k!r} s={s!r} c={c!r}"
    yield "Bcurrent plus minus I = g*law(V(plus,minus),k,s,c)"
    yield ".ends"


def _transistor(access: AccessTransistor) -> Iterator[str]:
    # ln(1 + e^x) by way of e^-|x|, which cannot overflow; ln(1 + e) is 2 atanh(e/(2 + e)), which
    # keeps the digits of a small e.
    yield ".func small(x) {exp(-abs(x))}"
    yield ".func charge(x) {uramp(x) + 2*atanh(small(x)/(2 + small(x)))}"
    yield ".func bent(q,bend) {q*q/(1 + bend*q)}"
    yield ".func barrier(v) {sqrt(v*v + 0.05*0.05) - 0.05}"
    yield ".subckt transistor drain source gate=0"
    yield f"+ n={access.slope!r} vt={access.threshold!r} sigma={access.barrier_lowering!r}"
    yield f"+ bend={access.saturation!r} ut={access.thermal_voltage!r}"
    yield f"+ beta={access.gain!r} width={access.width!r}"
    # Each step has a node of its own: ngspice would work out a nested expression, and its slopes,
    # many times over, which takes far longer.
    yield "Bpinch pinch 0 V = (gate - vt + sigma*barrier(V(drain,source)))/n"
    for side in ("drain", "source"):
        yield f"Eopen_{side} open_{side} 0 pinch {side} {{0.5/ut}}"
        yield f"Bcharge_{side} charge_{side} 0 V = charge(V(open_{side}))"
    yield "Bcurrent drain source I = 2*n*beta*width*ut*ut"
    yield "+ *(bent(V(charge_source),bend) - bent(V(charge_drain),bend))"
    yield ".ends"

"""Elements of a circuit; printing one gives its line for ngspice."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Resistor:
    """Ohm's law.

    Args:
        name: Name that no other resistor has.
        start: Node at one end.
        end: Node at the other end.
        resistance: Ohm. Between the two.
    """

    name: str
    start: str
    end: str
    resistance: float

    def __str__(self) -> str:
        return f"R{self.name} {self.start} {self.end} {self.resistance!r}"


@dataclass(frozen=True)
class Memristor:
    """A memristor whose law is not Ohm's; the circuit defines the law once, for all of them.

    Args:
        name: Name that no other memristor or transistor has.
        start: Node at one end.
        end: Node at the other end.
        conductance: S.
    """

    name: str
    start: str
    end: str
    conductance: float

    def __str__(self) -> str:
        return f"X{self.name} {self.start} {self.end} memristor g={self.conductance!r}"


@dataclass(frozen=True)
class Transistor:
    """An access transistor; the circuit defines its size and kind once, for all of them.

    Args:
        name: Name that no other memristor or transistor has.
        drain: Node of the drain.
        source: Node of the source.
        gate_voltage: V. A gate takes no current, so that it needs no node.
    """

    name: str
    drain: str
    source: str
    gate_voltage: float

    def __str__(self) -> str:
        return f"X{self.name} {self.drain} {self.source} transistor gate={self.gate_voltage!r}"


Element = Resistor | Memristor | Transistor

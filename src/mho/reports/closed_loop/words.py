"""What the pictures of a network are called."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Names for what a network tells apart.

    Args:
        many: Test pictures.
        one: What an output votes for.
    """

    many: str = "pictures"
    one: str = "class"

    @classmethod
    def of_network(cls, network: str) -> "Words":
        """Words for the pictures of a network.

        Args:
            network: Name of its class.
        """
        digits = cls(many="handwritten digits", one="digit")
        clothes = cls(many="pictures of clothing", one="class")
        known = {"ShippedDigits": digits, "MnistMlp": digits, "FashionLenet": clothes}
        return known.get(network, cls())

    def of(self, label: int) -> str:
        """A picture of a class in words.

        Args:
            label: Number of the class.
        """
        return f"somebody's {label}" if self.one == "digit" else f"one of class {label}"

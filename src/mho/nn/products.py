"""What a layer's products are: all that linear layers and convolutions differ in."""

from abc import ABC, abstractmethod

from torch import Tensor, nn


class Products(nn.Module, ABC):
    """Products of many vectors with the matrices of a layer's weights, as a layer needs them.

    Tiles know vectors and matrices alone. How inputs are padded and laid out as vectors, and how
    the outputs of the products are put together, is said here.
    """

    @abstractmethod
    def input_gradient(self, x: Tensor, kernel: Tensor, grad: Tensor) -> Tensor:
        """Gradient with respect to the inputs, as digital arithmetic makes it.

        Args:
            x: (...), 1. Inputs of the layer, padded.
            kernel: (...), 1. Weights that the cells hold.
            grad: (...), 1. Gradient with respect to the outputs.
        """

    @abstractmethod
    def weight_gradient(self, x: Tensor, grad: Tensor) -> Tensor:
        """Gradient with respect to the weights.

        Args:
            x: (...), 1. Inputs of the layer, padded.
            grad: (...), 1. Gradient with respect to the outputs.
        """

    @abstractmethod
    def _matrices(self, weight: Tensor) -> Tensor:
        """Weights of the layer as matrices: (groups, inputs, outputs)."""

    @abstractmethod
    def _from_matrices(self, matrices: Tensor) -> Tensor:
        """Inverse of `_matrices`."""

    @abstractmethod
    def _padded(self, x: Tensor) -> Tensor:
        """Inputs with what the layer sets around them."""

    @abstractmethod
    def _portions(self, x: Tensor) -> tuple[Tensor, ...]:
        """Padded inputs in parts that are read one after the other."""

    @abstractmethod
    def _vectors(self, x: Tensor) -> Tensor:
        """Every product's inputs out of padded ones: (vectors, groups * inputs)."""

    @abstractmethod
    def _placed(self, vectors: Tensor, x: Tensor) -> Tensor:
        """Sum of what every product has for each of the padded inputs: what `_vectors` undoes."""

    @abstractmethod
    def _shaped(self, y: Tensor, x: Tensor) -> Tensor:
        """Outputs of all products, (vectors, outputs), as the digital layer shapes them."""

    @abstractmethod
    def _flat(self, y: Tensor) -> Tensor:
        """Inverse of `_shaped`."""

    @abstractmethod
    def _multiply(self, x: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
        """What torch makes of padded inputs and weights."""

    @abstractmethod
    def _along_outputs(self, bias: Tensor) -> Tensor:
        """A number for each output, to be added to the outputs."""

    @abstractmethod
    def _sizes(self) -> str:
        """Size of the layer in words."""

"""Convolutions whose weights are conductances."""

import itertools
import math
from abc import ABC, abstractmethod
from typing import cast

import torch
from torch import Tensor, nn

from mho.core.check import argument_error

from .layer import TOGETHER, Layer
from .tile import Tile

Digital = nn.Conv1d | nn.Conv2d | nn.Conv3d
_TORCH = {1: nn.functional.conv1d, 2: nn.functional.conv2d, 3: nn.functional.conv3d}


class Convolution(Layer, ABC):
    """What convolutions along one, two and three axes have in common.

    Each patch of the input is a vector of row voltages: place after place, the channels of a place
    side by side. Padding is digital, and is converted as all inputs are.

    Args:
        digital: Trained layer.
        tile: What the layer is made of.
        inputs: (images, channels, ...), 1. Inputs that stand for those to come.
        first_tile: Number of this layer's first tile in the model.
        cells: Layer of the same weights whose cells this one takes over, not written again.
    """

    def __init__(
        self,
        digital: Digital,
        tile: Tile,
        inputs: Tensor,
        *,
        first_tile: int = 0,
        cells: Layer | None = None,
    ) -> None:
        self.stride, self.dilation, self.groups = digital.stride, digital.dilation, digital.groups
        self.padding, self.padding_mode = padding(digital), digital.padding_mode
        channels = self.axes + 1
        if inputs.dim() not in (channels, channels + 1) or (
            inputs.shape[-channels] != digital.in_channels
        ):
            must = f"have shape (images, channels={digital.in_channels}{', ...' * self.axes})"
            raise argument_error("inputs", must, f"has shape {tuple(inputs.shape)}")
        super().__init__(digital, tile, inputs, first_tile=first_tile, cells=cells)

    @property
    @abstractmethod
    def axes(self) -> int:
        """Axes that the layer slides along."""

    @property
    def in_channels(self) -> int:
        """Channels of the input."""
        return self.weight.shape[1] * self.groups

    @property
    def out_channels(self) -> int:
        """Channels of the output."""
        return self.weight.shape[0]

    @property
    def kernel_size(self) -> tuple[int, ...]:
        """Places of a patch along each axis."""
        return tuple(self.weight.shape[2:])

    def input_gradient(self, x: Tensor, kernel: Tensor, grad: Tensor) -> Tensor:
        answer = self._gradients(x, kernel, grad, (True, False, False))
        return answer[0].reshape(x.shape)

    def weight_gradient(self, x: Tensor, grad: Tensor) -> Tensor:
        return self._gradients(x, self.kernel, grad, (False, True, False))[1]

    def _gradients(
        self, x: Tensor, kernel: Tensor, grad: Tensor, wanted: tuple[bool, ...]
    ) -> tuple[Tensor, ...]:
        none = [0] * self.axes
        answer: tuple[Tensor, ...] = torch.ops.aten.convolution_backward(
            self._images(grad),
            self._images(x),
            kernel,
            None,
            self.stride,
            none,
            self.dilation,
            False,
            none,
            self.groups,
            wanted,
        )
        return answer

    def _matrices(self, weight: Tensor) -> Tensor:
        parts: Tensor = weight.unflatten(0, (self.groups, -1)).flatten(3)
        return parts.permute(0, 3, 2, 1).flatten(1, 2)

    def _from_matrices(self, matrices: Tensor) -> Tensor:
        places = math.prod(self.kernel_size)
        parts: Tensor = matrices.unflatten(1, (places, -1)).permute(0, 3, 2, 1)
        return parts.flatten(0, 1).reshape(self.weight.shape)

    def _padded(self, x: Tensor) -> Tensor:
        if not any(self.padding):
            return x
        mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
        return nn.functional.pad(x, self.padding, mode=mode)

    def _images(self, x: Tensor) -> Tensor:
        """A batch, also of a single image."""
        return x[None] if x.dim() == self.axes + 1 else x

    def _portions(self, x: Tensor) -> tuple[Tensor, ...]:
        images = self._images(x)
        vectors = math.prod(self._places(images))
        inputs = vectors * self.in_channels * math.prod(self.kernel_size)
        return torch.split(images, max(1, TOGETHER // inputs))

    def _places(self, x: Tensor) -> tuple[int, ...]:
        """Places of the output along each axis."""
        spans = (d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True))
        sizes = zip(x.shape[-self.axes :], spans, self.stride, strict=True)
        return tuple((size - span - 1) // step + 1 for size, span, step in sizes)

    def _vectors(self, x: Tensor) -> Tensor:
        images = self._images(x).movedim(1, -1).contiguous()
        first, *along, channel = images.stride()
        steps = [s * stride for s, stride in zip(along, self.stride, strict=True)]
        inner = [s * dilation for s, dilation in zip(along, self.dilation, strict=True)]
        sizes = (len(images), *self._places(x), *self.kernel_size, images.shape[-1])
        patches = images.as_strided(sizes, (first, *steps, *inner, channel))
        if self.groups == 1:
            return patches.reshape(-1, math.prod(sizes[self.axes + 1 :]))
        parts = patches.reshape(-1, math.prod(self.kernel_size), self.groups, self.weight.shape[1])
        return parts.transpose(1, 2).flatten(1)

    def _placed(self, vectors: Tensor, x: Tensor) -> Tensor:
        along, places = self._places(x), math.prod(self.kernel_size)
        parts = vectors.reshape(len(x), *along, self.groups, places, -1).movedim(-2, 0).flatten(-2)
        whole = vectors.new_zeros(len(x), *x.shape[-self.axes :], self.in_channels)
        each = itertools.product(*(range(size) for size in self.kernel_size))
        for place, part in zip(each, parts, strict=True):
            under = zip(place, self.dilation, self.stride, along, strict=True)
            seen = [slice(k * d, k * d + step * n, step) for k, d, step, n in under]
            whole[:, *seen] += part
        return whole.movedim(-1, 1)

    def _shaped(self, y: Tensor, x: Tensor) -> Tensor:
        places = self._places(x)
        images = y.reshape(-1, *places, self.out_channels).movedim(-1, 1)
        return images[0] if x.dim() == self.axes + 1 else images

    def _flat(self, y: Tensor) -> Tensor:
        return self._images(y).movedim(1, -1).flatten(0, -2)

    def _multiply(self, x: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
        bias = bias.expand(self.out_channels)
        return _TORCH[self.axes](x, kernel, bias, self.stride, 0, self.dilation, self.groups)

    def _along_outputs(self, bias: Tensor) -> Tensor:
        return bias.reshape(-1, *[1] * self.axes)

    def _sizes(self) -> str:
        size = "x".join(map(str, self.kernel_size))
        groups = f" in {self.groups} groups" if self.groups > 1 else ""
        return f"{self.in_channels} -> {self.out_channels}, {size}{groups}"


class Conv1d(Convolution):
    """Takes the place of a trained `torch.nn.Conv1d`; see `Convolution`."""

    @property
    def axes(self) -> int:
        return 1


class Conv2d(Convolution):
    """Takes the place of a trained `torch.nn.Conv2d`; see `Convolution`."""

    @property
    def axes(self) -> int:
        return 2


class Conv3d(Convolution):
    """Takes the place of a trained `torch.nn.Conv3d`; see `Convolution`."""

    @property
    def axes(self) -> int:
        return 3


def padding(digital: Digital) -> list[int]:
    """Places before and behind along each axis, the last axis first.

    Args:
        digital: Layer of torch.
    """
    if digital.padding == "valid":
        return [0, 0] * len(digital.kernel_size)
    if digital.padding == "same":
        spans = [d * (k - 1) for d, k in zip(digital.dilation, digital.kernel_size, strict=True)]
        return [side for span in reversed(spans) for side in (span // 2, span - span // 2)]
    each = cast(tuple[int, ...], digital.padding)
    return [side for side in reversed(each) for _ in range(2)]

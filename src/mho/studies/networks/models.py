"""The three networks of Nanoscale Horiz. 10 (2025) 780, untrained."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def mlp() -> nn.Sequential:
    """Two hidden layers of 256 and 128 neurons, for 28 x 28 pixels and 10 classes."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 256),
        nn.ReLU(),
        nn.Linear(256, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )


def lenet5() -> nn.Sequential:
    """Convolutions of 16 and 32 maps with a bias, and 512-128-10 without: 80,064 parameters."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(512, 128, bias=False),
        nn.ReLU(),
        nn.Linear(128, 10, bias=False),
    )


class ResNet(nn.Module):
    """Residual network of He et al., arXiv:1512.03385, with the usual names of its parameters.

    Args:
        blocks: Blocks of each of the four stages; 3, 4, 6, 3 make ResNet-34.
        classes: Outputs.
        width: Channels of the first stage; each further one has twice as many.
    """

    def __init__(
        self, blocks: Sequence[int] = (3, 4, 6, 3), classes: int = 101, width: int = 64
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        channels = width
        for stage, count in enumerate(blocks):
            parts = []
            for block in range(count):
                stride = 2 if stage > 0 and block == 0 else 1
                parts.append(Block(channels, width << stage, stride))
                channels = width << stage
            setattr(self, f"layer{stage + 1}", nn.Sequential(*parts))
        self.stages = len(blocks)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the classes: (images, classes).

        Args:
            x: (images, 3, height, width), 1. Pictures, normalised.
        """
        x = self.pool(torch.relu(self.bn1(self.conv1(x))))
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        scores: Tensor = self.fc(x.mean((-2, -1)))
        return scores


class Block(nn.Module):
    """Two convolutions beside a way that leaves the input as it is, or fits its size.

    Args:
        inputs: Channels of the input.
        outputs: Channels of the output.
        stride: Of the first convolution.
    """

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module = nn.Identity()
        if stride > 1 or inputs != outputs:
            convolution = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)
            self.downsample = nn.Sequential(convolution, nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Output of the block: (images, channels, height, width).

        Args:
            x: (images, channels, height, width), 1. Input of the block.
        """
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return torch.relu(y + self.downsample(x))

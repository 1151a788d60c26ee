"""The networks that both sides of the benchmark train, with their batches and optimizers.

They have the layers of Niwaki's built-in architectures of the same names, so that a step is the same work.
"""

import functools

import torch
from torch import nn
from torch.nn import functional as F

CLASSES = 10

# Images of a training step: count, channels, height, width.
BATCHES = {
    "resnet-20": (128, 3, 32, 32),
    "resnet-18": (32, 3, 32, 32),
    "lenet-5": (64, 1, 28, 28),
    "lenet-300-100": (60, 1, 28, 28),
}


class BasicBlock(nn.Module):
    """Two 3x3 convolutions around which the input goes, through a 1x1 convolution where it changes shape."""

    def __init__(self, inputs: int, maps: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, maps, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(maps)
        self.conv2 = nn.Conv2d(maps, maps, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(maps)
        self.downsample = nn.Identity()
        if stride != 1 or inputs != maps:
            one = nn.Conv2d(inputs, maps, 1, stride, bias=False)
            self.downsample = nn.Sequential(one, nn.BatchNorm2d(maps))

    def forward(self, images):
        last = F.relu(self.bn1(self.conv1(images)), inplace=True)
        last = self.bn2(self.conv2(last))
        return F.relu(last + self.downsample(images), inplace=True)


def resnet(widths: list[int], blocks: int) -> nn.Module:
    """A residual network for 32x32 images (He et al., 2016): each stage but the first halves the image."""
    maps = widths[0]
    layers = [nn.Conv2d(3, maps, 3, padding=1, bias=False), nn.BatchNorm2d(maps), nn.ReLU(inplace=True)]
    for stage, width in enumerate(widths):
        for block in range(blocks):
            layers.append(BasicBlock(maps, width, stride=2 if stage > 0 and block == 0 else 1))
            maps = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(maps, CLASSES))


def lenet_5() -> nn.Module:
    """LeCun et al. (1998) as it is built today: ReLU, max pooling."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(inplace=True),
        nn.Linear(120, 84), nn.ReLU(inplace=True),
        nn.Linear(84, CLASSES),
    )  # fmt: skip


def lenet_300_100() -> nn.Module:
    """The multilayer perceptron of the pruning papers."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 300), nn.ReLU(inplace=True),
        nn.Linear(300, 100), nn.ReLU(inplace=True),
        nn.Linear(100, CLASSES),
    )  # fmt: skip


NETWORKS = {
    "resnet-20": functools.partial(resnet, [16, 32, 64], blocks=3),
    "resnet-18": functools.partial(resnet, [64, 128, 256, 512], blocks=2),
    "lenet-5": lenet_5,
    "lenet-300-100": lenet_300_100,
}


def build(name: str) -> nn.Module:
    """The network `name` with PyTorch's initial weights."""
    return NETWORKS[name]()


def build_optimizer(name: str, network: nn.Module, fused: bool = False) -> torch.optim.Optimizer:
    """What the papers train `name` with; `fused` updates all weights in one kernel, not PyTorch's default."""
    if name.startswith("resnet"):
        return torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, fused=fused or None)
    return torch.optim.Adam(network.parameters(), lr=1.2e-3, fused=fused or None)

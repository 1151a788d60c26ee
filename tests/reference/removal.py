"""Dependency groups, removed channels, parameters and MACs of Torch-Pruning, as reference for src/prune/removal.

Writes removal.json beside itself. Run with PyTorch and torch-pruning; the versions are in the file:

    python tests/reference/removal.py

Each network gets weights from `number`, which Rust repeats, and loses half of the channels of every group, by the
L1 norm of all weights of convolutions and linear layers that go with a channel, in and out
(GroupMagnitudeImportance with p = 1, summed). Within a group that orders channels as the mean does.
"""

import json
import pathlib

import torch
import torch_pruning as tp
from torch import nn


def number(index, slot):
    """32-bit floats between -1 and 1 from the place of a weight and the number of its layer."""
    bits = (index * 2654435761 + slot * 40503 + 12345) % 2**32
    bits = ((bits ^ (bits >> 15)) * 2246822519) % 2**32
    return (bits >> 8) / 2**23 - 1


class Block(nn.Module):
    def __init__(self, inputs, maps, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, maps, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(maps)
        self.conv2 = nn.Conv2d(maps, maps, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(maps)
        self.downsample = None
        if stride > 1:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, maps, 1, stride, bias=False), nn.BatchNorm2d(maps)
            )

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class Resnet(nn.Module):
    """He et al. (2016) for CIFAR, with 1x1 convolutions as shortcuts."""

    def __init__(self, depth):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        inputs = 16
        for stage, maps in enumerate([16, 32, 64]):
            blocks = []
            for block in range((depth - 2) // 6):
                blocks.append(Block(inputs, maps, 2 if stage > 0 and block == 0 else 1))
                inputs = maps
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1))


class Vgg(nn.Module):
    """VGG-16 with batch norm and one linear layer."""

    def __init__(self):
        super().__init__()
        layers, inputs = [], 3
        for convolutions, maps in zip([2, 2, 3, 3, 3], [64, 128, 256, 512, 512]):
            for _ in range(convolutions):
                layers += [nn.Conv2d(inputs, maps, 3, 1, 1), nn.BatchNorm2d(maps), nn.ReLU()]
                inputs = maps
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(512, 10)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


def is_layer(module):
    return isinstance(module, (nn.Conv2d, nn.Linear))


def fill(model):
    layers = [module for module in model.modules() if is_layer(module)]
    for slot, layer in enumerate(layers):
        values = [number(index, slot) for index in range(layer.weight.numel())]
        layer.weight.data = torch.tensor(values).reshape(layer.weight.shape)


def cost(model, images):
    macs = 0

    def count(module, _, output):
        nonlocal macs
        macs += module.weight.numel() * output[0][0].numel()

    hooks = [m.register_forward_hook(count) for m in model.modules() if isinstance(m, nn.Conv2d)]
    model(images)
    [hook.remove() for hook in hooks]
    macs += sum(m.weight.numel() for m in model.modules() if isinstance(m, nn.Linear))
    return {"parameters": sum(p.numel() for p in model.parameters()), "macs": macs}


def reference(model):
    fill(model)
    model.eval()
    images = torch.zeros(1, 3, 32, 32)
    names = {module: name for name, module in model.named_modules()}
    output = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
    pruner = tp.pruner.BasePruner(
        model,
        images,
        importance=tp.importance.GroupMagnitudeImportance(
            p=1, group_reduction="sum", normalizer=None, target_types=[nn.Conv2d, nn.Linear]
        ),
        pruning_ratio=0.5,
        ignored_layers=[output],
    )
    before, groups = cost(model, images), []
    # All are scored before the first is pruned.
    for group in list(pruner.step(interactive=True)):
        root = group[0][0].target.module
        width, removed = root.weight.shape[0], set(group[0][1])
        members = {"outputs": set(), "inputs": set()}
        for dependency, _ in group:
            module = dependency.target.module
            if is_layer(module):
                is_output = "out_channels" in dependency.handler.__name__
                members["outputs" if is_output else "inputs"].add(names[module])
        kept = [channel for channel in range(width) if channel not in removed]
        groups.append({key: sorted(value) for key, value in members.items()} | {"kept": kept})
        group.prune()
    groups.sort(key=lambda group: group["outputs"])
    return {"before": before, "after": cost(model, images), "groups": groups}


networks = {"resnet-20": Resnet(20), "resnet-56": Resnet(56), "vgg-16": Vgg()}
found = {
    "torch": torch.__version__,
    "torch-pruning": tp.__version__,
    "networks": {name: reference(network) for name, network in networks.items()},
}
text = json.dumps(found, separators=(",", ":"))
text = text.replace('{"outputs"', '\n{"outputs"').replace('"resnet', '\n"resnet').replace('"vgg', '\n"vgg')
pathlib.Path(__file__).with_suffix(".json").write_text(text + "\n")

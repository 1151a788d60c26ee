"""One seed of `lottery-ticket.toml` in PyTorch: what a careful person writes for this one experiment.

A network is trained, then in each round the smallest weights of each layer go, the others return to their
initial values (Frankle & Carbin, 2019), and what is left trains again. Prints one line of JSON.
"""

import argparse
import copy
import gzip
import json
import time
from pathlib import Path

import numpy
import torch
from torch import nn
from torch.nn import functional as F

from networks import build, build_optimizer

NETWORK = "lenet-300-100"
EVALUATE_EVERY = 900
# Share of a layer's kept weights that goes in a round.
RATE, RATE_OF_LAST_LAYER = 0.2, 0.1


def read_idx(folder: Path, name: str) -> numpy.ndarray:
    """The array of bytes in the IDX file `name`, which may be compressed."""
    packed = folder / f"{name}.gz"
    content = gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / name).read_bytes()
    dimensions = content[3]
    shape = numpy.frombuffer(content, ">u4", dimensions, offset=4)
    return numpy.frombuffer(content, numpy.uint8, offset=4 + 4 * dimensions).reshape(shape)


class Split:
    """Images and their labels, in memory."""

    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    @torch.no_grad()
    def accuracy(self, network: nn.Module) -> float:
        batches = zip(self.images.split(256), self.labels.split(256))
        hits = sum((network(images).argmax(1) == labels).sum().item() for images, labels in batches)
        return hits / len(self.labels)


def load(folder: Path) -> tuple[Split, Split, Split]:
    """Training, validation (the last tenth of the shuffled training images) and test split, normalized."""

    def read(name: str) -> tuple[torch.Tensor, torch.Tensor]:
        images = read_idx(folder, f"{name}-images-idx3-ubyte").astype(numpy.float32) / 255
        labels = read_idx(folder, f"{name}-labels-idx1-ubyte").astype(numpy.int64)
        return torch.from_numpy(images), torch.from_numpy(labels)

    images, labels = read("train")
    test_images, test_labels = read("t10k")
    order = torch.randperm(len(images))
    images, labels = images[order], labels[order]
    training = len(images) - len(images) // 10
    std, mean = torch.std_mean(images[:training])
    images.sub_(mean).div_(std)
    test_images.sub_(mean).div_(std)
    return (
        Split(images[:training], labels[:training]),
        Split(images[training:], labels[training:]),
        Split(test_images, test_labels),
    )


def train(network: nn.Module, masks: dict, splits: tuple, arguments: argparse.Namespace) -> dict:
    """Trains `network`, keeps masked weights at zero, and gives the accuracies after the last step."""
    training, validation, test = splits
    masked = [(layer.weight, mask) for layer, mask in masks.items()]
    optimizer = build_optimizer(NETWORK, network, arguments.fused)
    batch = arguments.batch
    epoch = len(training.labels) // batch
    for step in range(arguments.steps):
        if step % EVALUATE_EVERY == 0:
            validation.accuracy(network), test.accuracy(network)
        if step % epoch == 0:
            order = torch.randperm(len(training.labels))
        chosen = order[step % epoch * batch :][:batch]
        optimizer.zero_grad()
        F.cross_entropy(network(training.images[chosen]), training.labels[chosen]).backward()
        optimizer.step()
        with torch.no_grad():
            for weight, mask in masked:
                weight.mul_(mask)
    return {"validation": validation.accuracy(network), "test": test.accuracy(network)}


@torch.no_grad()
def prune(weight: torch.Tensor, mask: torch.Tensor, rate: float) -> None:
    """Masks the smallest `rate` of the weights that `mask` keeps."""
    kept = mask.count_nonzero().item()
    magnitude = weight.abs().masked_fill_(mask == 0, torch.inf)
    mask.view(-1)[magnitude.view(-1).topk(round(rate * kept), largest=False).indices] = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the four IDX files")
    for name in ("seed", "steps", "rounds", "batch"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--fused", action="store_true", help="Adam's fused kernel")
    arguments = parser.parse_args()
    start = time.perf_counter()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)

    splits = load(arguments.data)
    network = build(NETWORK)
    initial = copy.deepcopy(network.state_dict())
    layers = [layer for layer in network if isinstance(layer, nn.Linear)]
    rounds = [{"sparsity": 0.0, **train(network, {}, splits, arguments)}]
    masks = {layer: torch.ones_like(layer.weight) for layer in layers}
    for _ in range(arguments.rounds):
        for layer, mask in masks.items():
            prune(layer.weight, mask, RATE_OF_LAST_LAYER if layer is layers[-1] else RATE)
        network.load_state_dict(initial)
        with torch.no_grad():
            for layer, mask in masks.items():
                layer.weight.mul_(mask)
        sparsity = 1 - sum(mask.sum().item() for mask in masks.values()) / sum(map(torch.numel, masks.values()))
        accuracy = train(network, masks, splits, arguments)
        rounds.append({"sparsity": sparsity, **accuracy})
    print(json.dumps({"seed": arguments.seed, "seconds": time.perf_counter() - start, "rounds": rounds}))


if __name__ == "__main__":
    main()

"""Scores of every importance that needs gradients, by PyTorch's autograd and NumPy in double precision.

    python tests/reference/importance.py > tests/reference/importance.json

The network has convolutions with bias, batch norm in evaluation mode, ReLU, max pooling and linear layers. Its
weights are 32-bit floats, images are bytes, and the loss is the mean cross-entropy. ORDER is the order in which
Niwaki draws the seven images, in batches of three.
"""

import json
import math
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch.func import functional_call, grad, hessian, vmap

torch.manual_seed(0)
rng = np.random.default_rng(0)

IMAGE, CLASSES, BATCH = [2, 6, 6], 3, 3
ORDER = [[2, 1, 4], [5, 3, 0], [6]]
LAYERS = ["conv1", "conv2", "fc1", "fc2"]


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(2, 3, 3, padding=1)
        self.bn1 = torch.nn.BatchNorm2d(3)
        self.conv2 = torch.nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.fc1 = torch.nn.Linear(16, 5)
        self.fc2 = torch.nn.Linear(5, 3)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.relu(self.conv2(x))
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc2(x)


def network(state):
    net = Network().double().eval()
    net.load_state_dict({name: torch.tensor(values, dtype=torch.float64) for name, values in state.items()}, strict=False)
    return net


def initial():
    state = {}
    for name, values in Network().state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        shape = tuple(values.shape)
        if name == "bn1.running_var":
            drawn = 0.5 + rng.random(shape)
        elif name == "bn1.weight":
            drawn = 0.5 + rng.random(shape)
        elif len(shape) > 1:
            drawn = rng.standard_normal(shape) * math.sqrt(2 / np.prod(shape[1:]))
        else:
            drawn = rng.standard_normal(shape) * 0.2
        state[name] = drawn.astype(np.float32).astype(np.float64)
    return state


state = initial()
pixels = rng.integers(0, 256, (7, *IMAGE), dtype=np.uint8)
labels = rng.integers(0, CLASSES, 7)
images = torch.tensor((pixels.astype(np.float64) - 128) / 64)
targets = torch.tensor(labels)
everything = torch.tensor([index for batch in ORDER for index in batch])


def parts(net):
    weights = {f"{layer}.weight": net.get_parameter(f"{layer}.weight").detach() for layer in LAYERS}
    return weights, {name: values for name, values in net.state_dict().items() if name not in weights}


def loss_of(others, temperature=1.0):
    def loss(weights, x, y):
        return F.cross_entropy(functional_call(net, {**others, **weights}, (x,)) / temperature, y)
    return loss


net = network(state)
weights, others = parts(net)
loss = loss_of(others)


def flat(values):
    return {layer: values[f"{layer}.weight"].reshape(-1).numpy() for layer in LAYERS}


def each(of):
    return flat({name: of(name) for name in weights})


by_batch = [grad(loss)(weights, images[batch], targets[batch]) for batch in ORDER]
overall = grad(loss)(weights, images[everything], targets[everything])
single = vmap(grad(loss), (None, 0, 0))(weights, images[everything].unsqueeze(1), targets[everything].unsqueeze(1))


def mean(of):
    return each(lambda name: sum(of(name, batch[name]) for batch in by_batch) / len(by_batch))


scores = {
    "gradient": mean(lambda name, g: g.abs()),
    "taylor": mean(lambda name, g: (weights[name] * g).abs()),
    "taylor-squared": mean(lambda name, g: (weights[name] * g) ** 2),
    "fisher": each(lambda name: weights[name] ** 2 * (single[name] ** 2).mean(0)),
}
total = sum((weights[name] * overall[name]).abs().sum() for name in weights)
scores["snip"] = each(lambda name: (weights[name] * overall[name]).abs() / total)


# The whole matrix of second derivatives, of which only the diagonal is used.
def curvature(name):
    own = {key: values for key, values in weights.items() if key != name}
    matrix = hessian(lambda w: loss({**own, name: w}, images[everything], targets[everything]))(weights[name])
    size = weights[name].numel()
    return matrix.reshape(size, size).diagonal().reshape(weights[name].shape)


scores["optimal-brain-damage"] = each(lambda name: 0.5 * curvature(name) * weights[name] ** 2)


def grasp(weights, temperature, masks=None):
    """theta * (H g), of which the authors' score is the negative."""
    tracked = {name: values.clone().requires_grad_() for name, values in weights.items()}
    value = loss_of(others, temperature)(tracked, images[everything], targets[everything])
    gradients = torch.autograd.grad(value, list(tracked.values()), create_graph=True)
    flow = [g.detach() * (1 if masks is None else masks[name]) for name, g in zip(tracked, gradients)]
    product = sum((g * v).sum() for g, v in zip(gradients, flow))
    products = torch.autograd.grad(product, list(tracked.values()))
    return flat({name: weights[name] * h for name, h in zip(tracked, products)})


scores["grasp"] = grasp(weights, 200.0)
scores["grasp-temperature-1"] = grasp(weights, 1.0)


def ranked(scores):
    """Indices of all weights, the least important first; ties by position."""
    return np.argsort(np.concatenate([scores[layer] for layer in LAYERS]), kind="stable")


def split(values):
    ends = np.cumsum([weights[f"{layer}.weight"].numel() for layer in LAYERS])[:-1]
    return dict(zip(LAYERS, np.split(values, ends)))


def keep(scores, masks, left):
    """The masks that leave so many weights of those that `masks` keep."""
    kept = np.concatenate([masks[layer] for layer in LAYERS]).astype(bool)
    order = [index for index in ranked(scores) if kept[index]]
    kept[order[: len(order) - left]] = False
    return split(kept)


full = split(np.ones(sum(values.numel() for values in weights.values()), dtype=bool))
count = sum(mask.size for mask in full.values())


def masked(masks):
    return {name: values * torch.tensor(masks[name.removesuffix(".weight")]).reshape(values.shape) for name, values in weights.items()}


def bits(masks):
    return {layer: "".join(str(int(bit)) for bit in mask) for layer, mask in masks.items()}


# Every third weight is masked.
thirds = split(np.arange(count) % 3 != 0)
by_slot = {f"{layer}.weight": torch.tensor(thirds[layer]).reshape(weights[f"{layer}.weight"].shape) for layer in LAYERS}
scores["grasp-masked"] = grasp(masked(thirds), 1.0, by_slot)


# Synaptic flow, as its authors do it: absolute values of all that the network holds, in evaluation mode.
def synflow(masks):
    absolute = {name: values.abs() for name, values in {**others, **masked(masks)}.items() if "tracked" not in name}
    tracked = {name: absolute.pop(name).requires_grad_() for name in list(weights)}
    flow = functional_call(net, {**absolute, **tracked}, (torch.ones(1, *IMAGE, dtype=torch.float64),)).sum()
    flow.backward()
    return flat({name: (values.detach() * values.grad).abs() / flow.detach() for name, values in tracked.items()})


scores["synflow"] = synflow(full)
SPARSITY = 0.6
left = count - round(SPARSITY * count)
masks = full
for step in range(1, 101):
    masks = keep(synflow(masks), masks, round(count * (left / count) ** (step / 100)))
expected_masks = {"synflow": bits(masks)}

# The inverse of each block of the dampened empirical Fisher information, and the weights that make up for what goes.
BLOCK, DAMPENING = 7, 1e-4


def blocks(layer):
    gradients = single[f"{layer}.weight"].reshape(len(everything), -1).numpy()
    for first in range(0, gradients.shape[1], BLOCK):
        g = gradients[:, first:first + BLOCK]
        yield slice(first, first + g.shape[1]), np.linalg.inv(DAMPENING * np.eye(g.shape[1]) + g.T @ g / len(g))


dense = flat(weights)
scores["optimal-brain-surgeon"] = {
    layer: np.concatenate([dense[layer][at] ** 2 / (2 * np.diag(inverse)) for at, inverse in blocks(layer)])
    for layer in LAYERS
}
masks = keep(scores["optimal-brain-surgeon"], full, left)
pruned = {}
for layer in LAYERS:
    values = dense[layer].copy()
    for at, inverse in blocks(layer):
        gone = np.flatnonzero(~masks[layer][at])
        if gone.size:
            values[at] -= inverse[:, gone] @ np.linalg.solve(inverse[np.ix_(gone, gone)], dense[layer][at][gone])
            values[at][gone] = 0.0
    pruned[layer] = values
expected_masks["optimal-brain-surgeon"] = bits(masks)


def gap(scores):
    """How far apart the last weight that goes and the first that stays are, of the larger score."""
    ordered = np.sort(np.concatenate([scores[layer] for layer in LAYERS]))
    gone, stays = ordered[count - left - 1], ordered[count - left]
    return (stays - gone) / max(abs(stays), abs(gone))


# One pruning by scores of the dense network, where no tie or rounding decides between two weights.
for name in ["gradient", "taylor", "taylor-squared", "snip", "grasp", "fisher", "optimal-brain-damage"]:
    assert gap(scores[name]) > 1e-3, f"{name} has a tie"
    expected_masks[name] = bits(keep(scores[name], full, left))


def numbers(values):
    return [float(f"{value:.8e}") for value in np.asarray(values).reshape(-1)]


result = {
    "made-by": f"tests/reference/importance.py with PyTorch {torch.__version__.split('+')[0]} and NumPy {np.__version__}",
    "batch": BATCH,
    "order": ORDER,
    "images": pixels.reshape(7, -1).tolist(),
    "labels": labels.tolist(),
    "weights": {name: numbers(values) for name, values in state.items()},
    "sparsity": SPARSITY,
    "masked": bits(thirds),
    "scores": {name: {layer: numbers(values) for layer, values in of.items()} for name, of in scores.items()},
    "masks": expected_masks,
    "pruned": {"optimal-brain-surgeon": {layer: numbers(values) for layer, values in pruned.items()}},
}
lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in result.items())
sys.stdout.write("{\n" + lines + "\n}\n")

"""Reference values for the importances that look at activations, norms and whole filters, for reductions, n-of-m
and penalties: `python channels.py > channels.json`.

Made with PyTorch in double precision and torch-pruning; their versions are in the file. The tests that read it are
in `src/prune/importance/reference.rs`, `src/prune/reference.rs` and `src/train/penalty/reference.rs`.
"""

import json

import torch
import torch_pruning as tp
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import prune

IMAGE, CLASSES, IMAGES, BATCH = [4, 6, 6], 3, 8, 4
STRENGTH = 0.01

torch.manual_seed(0)


class Network(nn.Module):
    """Strided and padded, grouped, normalized, with a shortcut, pooled before its activation."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(4, 8, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, groups=2, bias=True)
        self.conv3 = nn.Conv2d(8, 4, 2, stride=1, bias=True)
        self.fc1 = nn.Linear(4, 8)
        self.fc2 = nn.Linear(8, CLASSES)

    def forward(self, x):
        self.inputs, self.activations = {"conv1": x}, {}
        x = self.activations["conv1"] = F.relu(self.bn1(self.conv1(x)))
        self.inputs["conv2"] = x
        x = self.activations["conv2"] = F.relu(self.conv2(x) + x)
        self.inputs["conv3"] = x
        x = self.activations["conv3"] = F.relu(F.max_pool2d(self.conv3(x), 2))
        x = self.inputs["fc1"] = x.flatten(1)
        x = self.activations["fc1"] = F.relu(self.fc1(x))
        self.inputs["fc2"] = x
        x = self.activations["fc2"] = self.fc2(x)
        return x


def node(name, op, *inputs):
    return {"name": name, "op": op, "inputs": list(inputs)}


def conv(output, kernel, stride, padding, groups, bias):
    settings = {"output": output, "kernel": kernel, "stride": stride, "padding": padding}
    return {"conv2d": settings | {"groups": groups, "bias": bias}}


GRAPH = {
    "input": IMAGE,
    "classes": CLASSES,
    "nodes": [
        node("conv1", conv(8, 3, 2, 1, 1, False), "input"),
        node("bn1", "batch-norm", "conv1"),
        node("relu1", "relu", "bn1"),
        node("conv2", conv(8, 3, 1, 1, 2, True), "relu1"),
        node("add", "add", "conv2", "relu1"),
        node("relu2", "relu", "add"),
        node("conv3", conv(4, 2, 1, 0, 1, True), "relu2"),
        node("pool", {"max-pool": {"kernel": 2, "stride": 2}}, "conv3"),
        node("relu3", "relu", "pool"),
        node("flatten", "flatten", "relu3"),
        node("fc1", {"linear": {"output": 8, "bias": True}}, "flatten"),
        node("relu4", "relu", "fc1"),
        node("fc2", {"linear": {"output": CLASSES, "bias": True}}, "relu4"),
    ],
    "output": "fc2",
}

network = Network()
with torch.no_grad():
    network.conv1.weight /= 5.0
    network.bn1.weight.copy_(torch.tensor([1.0, -0.5, 0.25, 2.0, -1.5, 0.1, 0.7, -0.9]))
    for array in [network.bn1.bias, network.bn1.running_mean]:
        array.copy_(torch.randn(8) * 0.2)
    network.bn1.running_var.copy_(torch.rand(8) + 0.5)
images = torch.randint(0, 8, (IMAGES, *IMAGE))
labels = torch.randint(0, CLASSES, (IMAGES,))
state = {name: array for name, array in network.state_dict().items() if "num_batches" not in name}
arrays = {
    name: {"shape": list(array.shape), "values": array.flatten().tolist()} for name, array in state.items()
}
network = network.double().eval()
x = images.double()
LAYERS = ["conv1", "conv2", "conv3", "fc1", "fc2"]


def weight(layer):
    return getattr(network, layer).weight


def of_layers(score):
    return {layer: score(layer).expand_as(weight(layer)).flatten().tolist() for layer in LAYERS}


def of_outputs(values, layer):
    return values.reshape(-1, *[1] * (weight(layer).dim() - 1))


def wanda(layer):
    """The authors' formula on the unfolded input: |W| * sqrt(scaler_row)."""
    module, inputs = getattr(network, layer), network.inputs[layer]
    if isinstance(module, nn.Linear):
        return weight(layer).abs() * (inputs**2).sum(0).div(IMAGES).sqrt()
    unfolded = F.unfold(inputs, module.kernel_size, padding=module.padding, stride=module.stride)
    norms = (unfolded**2).sum((0, 2)).div(IMAGES).sqrt()
    norms = norms.reshape(module.groups, 1, -1, *module.kernel_size)
    grouped = weight(layer).abs().reshape(module.groups, -1, *weight(layer).shape[1:])
    return (grouped * norms).reshape(weight(layer).shape)


def wanda_mask(layer):
    """As the authors' code: in each row the half with the least metric goes."""
    metric = wanda(layer).flatten(1)
    order = torch.sort(metric, dim=-1, stable=True)[1]
    gone = order[:, : int(metric.shape[1] * 0.5)]
    return torch.ones_like(metric).scatter(1, gone, 0.0).flatten().int().tolist()


def over_channel(values, layer):
    return of_outputs(values.transpose(0, 1).flatten(1).mean(1), layer)


def loss():
    """The mean of the batches; inputs and activations are those of the last one afterwards."""
    batches = zip(x.split(BATCH), labels.split(BATCH))
    return sum(F.cross_entropy(network(x), y) for x, y in batches) / (IMAGES // BATCH)


def sensitivity(layer):
    whole, flat = loss(), weight(layer).view(-1)
    scores = torch.zeros_like(flat)
    for index in range(len(flat)):
        value = flat[index].clone()
        flat[index] = 0.0
        scores[index] = loss() - whole
        flat[index] = value
    return scores.view_as(weight(layer))


def geometric_median(layer):
    filters = weight(layer).flatten(1)
    return of_outputs(torch.cdist(filters, filters).sum(0), layer)


def batch_norm_scales():
    """By torch-pruning, for the channels of the batch norm alone."""
    graph = tp.DependencyGraph().build_dependency(network, x[:1])
    group = graph.get_pruning_group(network.conv1, tp.prune_conv_out_channels, idxs=list(range(8)))
    return tp.importance.BNScaleImportance(group_reduction="first", normalizer=None)(group).tolist()


def n_of_m(layer, n, m):
    """Along the input channels at each position of the kernel, as NVIDIA's ASP permutes convolutions."""
    scores = weight(layer).abs()
    last = scores.movedim(1, -1)
    groups = last.reshape(-1, m)
    kept = torch.zeros_like(groups).scatter(1, groups.topk(n, 1).indices, 1.0)
    return kept.reshape(last.shape).movedim(-1, 1).flatten().int().tolist()


def structured(order):
    """The rows of fc1 that torch.nn.utils.prune.ln_structured keeps of a half."""
    layer = nn.Linear(4, 8)
    layer.weight = nn.Parameter(weight("fc1").clone())
    prune.ln_structured(layer, "weight", amount=0.5, n=order, dim=0)
    return layer.weight_mask.flatten().int().tolist()


def gradients(penalty):
    network.zero_grad()
    penalty().backward()
    found = {name: p.grad for name, p in network.named_parameters() if p.grad is not None}
    return {name: grad.flatten().tolist() for name, grad in found.items()}


with torch.no_grad():
    network(x)
    wanda_masks = {layer: wanda_mask(layer) for layer in LAYERS}
    scores = {
        "wanda": of_layers(wanda),
        "activation": of_layers(lambda layer: over_channel(network.activations[layer].abs(), layer)),
        "apoz": of_layers(lambda layer: over_channel((network.activations[layer] != 0).double(), layer)),
        "geometric-median": of_layers(geometric_median),
        "sensitivity": of_layers(sensitivity),
    }
inner = [getattr(network, layer).weight for layer in LAYERS[:-1]]
reference = {
    "versions": {"torch": torch.__version__, "torch-pruning": tp.__version__},
    "graph": GRAPH,
    "arrays": arrays,
    "images": images.flatten().tolist(),
    "labels": labels.tolist(),
    "batch": BATCH,
    "scores": scores,
    "wanda-masks": wanda_masks,
    "batch-norm-scale": batch_norm_scales(),
    "n-of-m": {layer: n_of_m(layer, 2, 4) for layer in LAYERS},
    "ln-structured": {"sum": structured(1), "norm": structured(2), "max": structured(float("inf"))},
    "penalty": {
        "strength": STRENGTH,
        "batch-norm-scale": gradients(lambda: STRENGTH * network.bn1.weight.abs().sum()),
        "group-lasso": gradients(lambda: STRENGTH * sum(w.flatten(1).norm(dim=1).sum() for w in inner)),
        "growing-l2": gradients(lambda: STRENGTH / 2 * sum((w**2).sum() for w in inner)),
    },
}
rounded = json.loads(json.dumps(reference), parse_float=lambda text: float(f"{float(text):.9g}"))
print(json.dumps(rounded, separators=(",", ":")))

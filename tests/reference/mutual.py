"""Three networks that teach each other, by PyTorch in double precision.

    python -P tests/reference/mutual.py > tests/reference/mutual.json

Deep mutual learning (Zhang et al., 2018): each network k of K minimizes its cross-entropy and, here times 0.7 and at a
temperature of 2 with its square, (1 / (K - 1)) times the sum over the others l of KL(p_l || p_k), on the same batches.
What the others say is detached, and all take their steps at once. The networks are in training mode.
-P because PyTorch's optimizers import Python's `statistics`, not the file of that name that is here.
"""

import json
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
CLASSES, IMAGE, BATCH, STEPS = 3, [2, 5, 5], 6, 4
WEIGHT, TEMPERATURE = 0.7, 2.0
WIDTHS = [3, 3, 5]


class Small(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(IMAGE[0], width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.fc = nn.Linear(width, CLASSES)

    def forward(self, images):
        return self.fc(F.relu(self.bn1(self.conv1(images))).mean((2, 3)))


def graph(width):
    conv = {"output": width, "kernel": 3, "stride": 1, "padding": 1, "groups": 1, "bias": False}
    ops = [
        ("conv1", {"conv2d": conv}),
        ("bn1", "batch-norm"),
        ("relu", "relu"),
        ("avgpool", "global-avg-pool"),
        ("flatten", "flatten"),
        ("fc", {"linear": {"output": CLASSES, "bias": True}}),
    ]
    inputs = ["input"] + [name for name, _ in ops]
    nodes = [{"name": name, "op": op, "inputs": [before]} for (name, op), before in zip(ops, inputs)]
    return {"input": IMAGE, "classes": CLASSES, "nodes": nodes, "output": "fc"}


def arrays(network):
    named = [(name, array) for name, array in network.state_dict().items() if "num_batches" not in name]
    return {name: array.detach().reshape(-1).tolist() for name, array in named}


def single(tensor):
    return tensor.to(torch.float32).to(torch.float64)


networks = [Small(width) for width in WIDTHS]
with torch.no_grad():
    for network in networks:
        for parameter in network.parameters():
            parameter.copy_(single(torch.randn_like(parameter) * 0.5))
batches = [
    (single(torch.randn(BATCH, *IMAGE)), torch.randint(0, CLASSES, (BATCH,))) for _ in range(STEPS)
]
initial = [arrays(network) for network in networks]
optimizers = [
    torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3) for network in networks
]

terms = []
for images, labels in batches:
    logits = [network(images) for network in networks]
    log_p = [F.log_softmax(z / TEMPERATURE, 1) for z in logits]
    losses = []
    for k, own in enumerate(log_p):
        others = [p.detach().exp() for l, p in enumerate(log_p) if l != k]
        divergences = [F.kl_div(own, p, reduction="batchmean") * TEMPERATURE**2 for p in others]
        losses.append(F.cross_entropy(logits[k], labels) + WEIGHT * sum(divergences) / len(others))
    mean = (log_p[1].exp() + log_p[2].exp()) / 2
    of_mean = F.kl_div(log_p[0], mean, reduction="batchmean") * TEMPERATURE**2
    terms.append([float(F.cross_entropy(logits[0], labels).detach()), float(of_mean.detach())])
    for optimizer, loss in zip(optimizers, losses):
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

result = {
    "made-by": f"tests/reference/mutual.py with PyTorch {torch.__version__.split('+')[0]}",
    "networks": [
        {"graph": graph(width), "initial": before, "trained": arrays(network)}
        for width, before, network in zip(WIDTHS, initial, networks)
    ],
    # Images are [batch, height, width, channels].
    "batches": [
        {"images": images.permute(0, 2, 3, 1).reshape(-1).tolist(), "labels": labels.tolist()}
        for images, labels in batches
    ],
    "terms": terms,
}
json.dump(result, sys.stdout, separators=(",", ":"))
print()

"""What `experiments/soft-labels.toml` says of students of 16 units, trained by PyTorch: accuracies on the test split.

    python -P tests/reference/soft_labels.py > tests/reference/soft-labels.json

In a few minutes; -P because PyTorch's optimizers import Python's `statistics`, not the file of that name that is here.
Widths, lengths, batches, losses, temperatures and the share that validates are read from the experiment. What it leaves
to Niwaki's defaults is written here: Adam as PyTorch has it, the initial weights `kaiming-fan-in`, an evaluation after
every epoch, and of a training the network with the best validation accuracy, the earliest of equals. Seeds have the
experiment's numbers, but all that is drawn is PyTorch's own. As there, the networks of one seed share a validation split
and a teacher.
"""

import gzip
import json
import sys
import tomllib
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

CLASSES = 10
EXPERIMENT = Path(__file__).parents[2] / "experiments" / "soft-labels.toml"

torch.set_num_threads(1)


def read_idx(path):
    content = gzip.decompress(path.read_bytes())
    shape = np.frombuffer(content, ">u4", content[3], offset=4)
    return torch.tensor(np.frombuffer(content, np.uint8, offset=4 + 4 * content[3]).reshape(tuple(shape)))


def read(folder, name):
    images, labels = (read_idx(folder / f"{name}-{kind}-ubyte.gz") for kind in ("images-idx3", "labels-idx1"))
    return images.flatten(1).float(), labels.long()


def split(images, labels, test_images, test_labels, share):
    """Images and labels that train, that validate and that test, normalized by those that train."""
    order = torch.randperm(len(images))
    held_out = round(len(images) * share)
    validation, training = order[:held_out], order[held_out:]
    # In double precision: sums of 42 million single-precision values are not the mean's.
    deviation, mean = torch.std_mean(images[training].double(), correction=0)

    def normalized(some):
        return ((some - mean) / deviation).float()

    return [
        (normalized(images[training]), labels[training]),
        (normalized(images[validation]), labels[validation]),
        (normalized(test_images), test_labels),
    ]


def mlp(inputs, hidden):
    """Weights are N(0, 2 / fan-in), and N(0, 1 / fan-in) in the output layer; biases are zero."""
    widths = [inputs, *hidden, CLASSES]
    linear = [nn.Linear(before, after) for before, after in zip(widths, widths[1:])]
    for layer in linear:
        nn.init.kaiming_normal_(layer.weight, nonlinearity="linear" if layer is linear[-1] else "relu")
        nn.init.zeros_(layer.bias)
    between = [module for layer in linear[:-1] for module in (layer, nn.ReLU())]
    return nn.Sequential(*between, linear[-1])


def soft_labels(s, t, weight, temperature):
    divergence = F.kl_div(F.log_softmax(s / temperature, 1), F.softmax(t / temperature, 1), reduction="batchmean")
    return weight * temperature**2 * divergence


def loss_of(mix, s, t, labels):
    terms = {
        "cross-entropy": lambda weight: weight * F.cross_entropy(s, labels),
        "logits": lambda weight: weight * F.mse_loss(s, t),
        "soft-labels": lambda settings: soft_labels(s, t, **settings),
    }
    return sum(terms[name](settings) for name, settings in mix.items())


@torch.no_grad()
def accuracy(network, images, labels):
    return (network(images).argmax(1) == labels).double().mean().item()


def train(settings, mix, splits, taught=None):
    """The network that is kept. `taught` has what the teacher says of each image that trains."""
    (images, labels), validation, _ = splits
    network = mlp(images.shape[1], settings["model"]["mlp"]["hidden"])
    optimizer = torch.optim.Adam(network.parameters())
    best = -1.0
    for _ in range(settings["epochs"]):
        for batch in torch.randperm(len(images)).split(settings["batch"]):
            said = None if taught is None else taught[batch]
            optimizer.zero_grad()
            loss_of(mix, network(images[batch]), said, labels[batch]).backward()
            optimizer.step()
        now = accuracy(network, *validation)
        if now > best:
            best, kept = now, {name: array.clone() for name, array in network.state_dict().items()}
    network.load_state_dict(kept)
    return network


def trainings(experiment):
    """The settings and the loss of each training but the teacher's, by its name in the result."""
    stage = {name: stage["train"] for name, stage in experiment["stage"].items()}
    yield "alone", stage["alone"], {"cross-entropy": 1.0}
    yield "logits", stage["logits"], stage["logits"]["loss"]
    mix = stage["student"]["loss"]
    swept = experiment["sweep"]["stage"]["student"]["train"]["loss"]
    for temperature in swept["soft-labels"]["temperature"]:
        taught = mix | {"soft-labels": mix["soft-labels"] | {"temperature": temperature}}
        yield f"T = {temperature:g}", stage["student"], taught


def of_seed(seed, experiment, data):
    """Test accuracies by the names of the trainings."""
    torch.manual_seed(seed)
    splits = split(*data, experiment["data"]["validation"])
    test = splits[2]
    teacher = train(experiment["stage"]["teacher"]["train"], {"cross-entropy": 1.0}, splits)
    with torch.no_grad():
        taught = teacher(splits[0][0])
    found = {"teacher": accuracy(teacher, *test)}
    for name, settings, mix in trainings(experiment):
        found[name] = accuracy(train(settings, mix, splits, taught), *test)
        print(seed, name, found[name], file=sys.stderr)
    return found


experiment = tomllib.loads(EXPERIMENT.read_text())
folder = Path(experiment["data"]["source"]["fashion-mnist"]["dir"])
data = [*read(folder, "train"), *read(folder, "t10k")]
seeds = experiment["sweep"]["seed"]
found = [of_seed(seed, experiment, data) for seed in seeds]
accuracies = {name: [of_one[name] for of_one in found] for name in found[0]}
result = {
    "made-by": f"tests/reference/soft_labels.py with PyTorch {torch.__version__.split('+')[0]}",
    "hidden": experiment["stage"]["student"]["train"]["model"]["mlp"]["hidden"],
    "seeds": seeds,
    "accuracies": accuracies,
    "means": {name: sum(values) / len(values) for name, values in accuracies.items()},
}
json.dump(result, sys.stdout, indent=1)
print()

"""What several teachers say together, by PyTorch in double precision.

    python tests/reference/teachers.py > tests/reference/teachers.json

The weights of each image are those of the authors' code of CA-MKD (Zhang et al., 2022): its weights by agreement with
the label, and its weights by entropy after Kwon et al. (2020); here times the weight that is given to each teacher, and
divided by their sum.
"""

import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

rng = np.random.default_rng(12)
IMAGES, CLASSES, TEACHERS = 6, 5, 3
GIVEN = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
TEMPERATURE = 2.5

logits = (rng.standard_normal((TEACHERS, IMAGES, CLASSES)) * 3).astype(np.float32)
# One teacher is certain, for which a probability rounds to zero in single precision.
logits[1, 2] = [300.0, 0.0, -20.0, 5.0, 1.0]
student = rng.standard_normal((IMAGES, CLASSES)).astype(np.float32)
labels = torch.tensor(rng.integers(0, CLASSES, IMAGES))
z = torch.tensor(logits, dtype=torch.float64)
s = torch.tensor(student, dtype=torch.float64, requires_grad=True)


def given():
    return GIVEN[:, None].expand(TEACHERS, IMAGES)


def entropy():
    p = F.softmax(z, 2)
    h = torch.special.entr(p).sum(2)
    return 1 - h / h.sum(0)


def agreement():
    loss = torch.stack([F.cross_entropy(one, labels, reduction="none") for one in z])
    return 1 - F.softmax(loss, 0)


def weights(of_image):
    product = GIVEN[:, None] * of_image
    return product / product.sum(0)


def probabilities(w, temperature):
    return (w[:, :, None] * F.softmax(z / temperature, 2)).sum(0)


def flat(tensor):
    return tensor.detach().reshape(-1).tolist()


def with_gradient(value):
    (gradient,) = torch.autograd.grad(value, s)
    return {"value": float(value.detach()), "gradient": flat(gradient)}


cases = {}
for name, w in [("given", given()), ("entropy", weights(entropy())), ("agreement", weights(agreement()))]:
    mean = (w[:, :, None] * z).sum(0)
    kl = lambda p: F.kl_div(F.log_softmax(s / TEMPERATURE, 1), p, reduction="batchmean") * TEMPERATURE**2
    cases[name] = {
        "probabilities": with_gradient(kl(probabilities(w, TEMPERATURE))),
        "logits": with_gradient(kl(F.softmax(mean / TEMPERATURE, 1))),
        "mean-square": with_gradient(F.mse_loss(s, mean)),
    }

result = {
    "made-by": f"tests/reference/teachers.py with PyTorch {torch.__version__.split('+')[0]} and NumPy {np.__version__}",
    "classes": CLASSES,
    "given": GIVEN.tolist(),
    "temperature": TEMPERATURE,
    "teachers": [one.reshape(-1).tolist() for one in logits],
    "student": student.reshape(-1).tolist(),
    "labels": labels.tolist(),
    "cases": cases,
}
json.dump(result, sys.stdout, separators=(",", ":"))
print()

"""Gradients of learned temperatures, by PyTorch's autograd in double precision.

    python tests/reference/temperature.py > tests/reference/temperature.json

As in the authors' code of CTKD (Li et al., 2023) a number θ goes through a layer that reverses its gradient and then to
T = init + range · σ(θ); there the layer multiplies the gradient by a negative number, here by −λ. Several teachers are
one whose softened outputs, at the same T, are the mean of theirs. Inputs are 32-bit floats.
"""

import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

rng = np.random.default_rng(1)
N, K = 6, 5


class Reversal(torch.autograd.Function):
    @staticmethod
    def forward(ctx, theta, strength):
        ctx.strength = strength
        return theta.clone()

    @staticmethod
    def backward(ctx, gradient):
        return -ctx.strength * gradient, None


def soft_labels(s, t, y, temperature):
    """Hinton et al. (2015), as DistillKL of the authors' code."""
    return F.kl_div(F.log_softmax(s / temperature, 1), F.softmax(t / temperature, 1), reduction="batchmean") * temperature**2


def decoupled(s, t, y, temperature, alpha=1.0, beta=8.0):
    """Zhao et al. (2022), equation 7."""
    target = F.one_hot(y, K).bool()

    def split(z):
        p = F.softmax(z / temperature, 1)
        label = p[target]
        others = p[~target].view(len(z), K - 1)
        return torch.stack([label, 1 - label], 1), others / others.sum(1, keepdim=True)

    (bs, os), (bt, ot) = split(s), split(t)
    kl = lambda p, q: (p * (p / q).log()).sum(1).mean()
    return temperature**2 * (alpha * kl(bt, bs) + beta * kl(ot, os))


def dist(s, t, y, temperature):
    """Huang et al. (2022), with β = γ = 1."""

    def rho(a, b, eps=1e-8):
        a, b = a - a.mean(1, keepdim=True), b - b.mean(1, keepdim=True)
        return (a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1) + eps)

    ps, pt = F.softmax(s / temperature, 1), F.softmax(t / temperature, 1)
    return temperature**2 * (2 - rho(ps, pt).mean() - rho(ps.T, pt.T).mean())


def standardized(z):
    """Sun et al. (2024): torch's std, over K − 1, plus 1e-7."""
    return (z - z.mean(1, keepdim=True)) / (1e-7 + z.std(1, keepdim=True))


student, teacher = [(rng.standard_normal((N, K)) * scale + 3).astype(np.float32) for scale in (2.0, 3.0)]
labels = rng.integers(0, K, N)
others = [(rng.standard_normal((N, K)) * scale).astype(np.float32) for scale in (1.0, 4.0)]
SHARES = [0.5, 0.3, 0.2]


def of_image(teachers, y):
    """The weights of each image by agreement with the label, as CA-MKD (Zhang et al., 2022), times the shares."""
    loss = torch.stack([F.cross_entropy(z, y, reduction="none") for z in teachers])
    weights = torch.tensor(SHARES, dtype=torch.float64)[:, None] * (1 - F.softmax(loss, 0))
    return weights / weights.sum(0)


def together(mean, weights, prepare):
    """Logits whose softmax at T is the mean of the teachers' probabilities at T, or the mean of their logits."""
    teachers = [torch.tensor(z.astype(np.float64)) for z in (teacher, *others)]
    given = torch.tensor(SHARES, dtype=torch.float64)[:, None].expand(len(teachers), N)
    w = given if weights == "given" else of_image(teachers, torch.tensor(labels))
    prepared = torch.stack([prepare(z) for z in teachers])

    def at(temperature):
        if mean == "logits":
            return (w[:, :, None] * prepared).sum(0)
        return temperature * (w[:, :, None] * F.softmax(prepared / temperature, 2)).sum(0).log()

    return at


def case(term, theta, init, range, strength, prepare=lambda z: z, ensemble=None):
    s, t = [prepare(torch.tensor(z.astype(np.float64))) for z in (student, teacher)]
    number = torch.tensor([theta], dtype=torch.float64, requires_grad=True)
    temperature = init + range * torch.sigmoid(Reversal.apply(number, strength))
    if ensemble:
        t = together(*ensemble, prepare)(temperature)
    value = term(s, t, torch.tensor(labels), temperature)
    value.backward()
    return {
        "theta": theta,
        "init": init,
        "range": range,
        "strength": strength,
        "temperature": temperature.item(),
        "gradient": number.grad.item(),
        **({"ensemble": dict(zip(("mean", "weights"), ensemble))} if ensemble else {}),
    }


result = {
    "made-by": f"tests/reference/temperature.py with PyTorch {torch.__version__.split('+')[0]} and NumPy {np.__version__}",
    "classes": K,
    "student": student.flatten().tolist(),
    "teacher": teacher.flatten().tolist(),
    "others": [z.flatten().tolist() for z in others],
    "shares": SHARES,
    "labels": labels.tolist(),
    "cases": {
        "soft-labels": case(soft_labels, 1.0, 1.0, 20.0, 1.0),
        "soft-labels cold": case(soft_labels, -3.0, 0.5, 2.0, 0.25),
        "soft-labels standardized": case(soft_labels, 0.0, 1.0, 4.0, 1.0, standardized),
        "decoupled": case(decoupled, -1.0, 1.0, 20.0, 0.5),
        "dist": case(dist, -2.0, 1.0, 20.0, 1.0),
        "dist standardized": case(dist, 0.5, 1.0, 3.0, 1.0, standardized),
        "soft-labels of several": case(soft_labels, -1.0, 1.0, 5.0, 1.0, ensemble=("probabilities", "given")),
        "soft-labels of several standardized": case(
            soft_labels, 0.0, 1.0, 4.0, 1.0, standardized, ("probabilities", "agreement")
        ),
        "decoupled of several": case(decoupled, -2.0, 1.0, 5.0, 0.5, ensemble=("probabilities", "agreement")),
        "dist of several": case(dist, -1.0, 1.0, 5.0, 1.0, ensemble=("probabilities", "given")),
        "soft-labels of several by logits": case(soft_labels, 0.0, 1.0, 4.0, 1.0, ensemble=("logits", "given")),
    },
}
json.dump(result, sys.stdout, separators=(",", ":"))
print()

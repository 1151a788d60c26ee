"""Values and gradients of every loss term of a distillation, by PyTorch's autograd in double precision.

    python tests/reference/distillation.py > tests/reference/distillation.json

Each term is written from its paper's formula, or from its authors' code where the paper leaves a choice open; the
comments say which. Inputs are 32-bit floats. Images are [batch, channels, height, width], as PyTorch has them.
"""

import json
import math
import sys

import numpy as np
import torch
import torch.nn.functional as F

rng = np.random.default_rng(0)
N, K = 5, 4


def drawn(*shape, scale=1.0):
    return (rng.standard_normal(shape) * scale).astype(np.float32)


# --- terms of the logits ---------------------------------------------------------------------------------------


def soft_labels(s, t, y, temperature):
    """Hinton et al. (2015): KL at temperature T, times T², mean over the batch."""
    return F.kl_div(F.log_softmax(s / temperature, 1), F.softmax(t / temperature, 1), reduction="batchmean") * temperature**2


def logits(s, t, y):
    return F.mse_loss(s, t)


def decoupled(s, t, y, temperature, alpha, beta):
    """Zhao et al. (2022), equation 7: by the definition of the binary and of the other probabilities."""
    target = F.one_hot(y, K).bool()

    def split(z):
        p = F.softmax(z / temperature, 1)
        label = p[target]
        binary = torch.stack([label, 1 - label], 1)
        others = p[~target].view(len(z), K - 1)
        return binary, others / others.sum(1, keepdim=True)

    (bs, os), (bt, ot) = split(s), split(t)
    kl = lambda p, q: (p * (p / q).log()).sum(1).mean()
    return temperature**2 * (alpha * kl(bt, bs) + beta * kl(ot, os))


def dist(s, t, y, temperature, beta, gamma):
    """Huang et al. (2022), and the authors' class DIST: the sums over rows and columns are means."""

    def rho(a, b, eps=1e-8):
        a, b = a - a.mean(1, keepdim=True), b - b.mean(1, keepdim=True)
        return (a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1) + eps)

    ps, pt = F.softmax(s / temperature, 1), F.softmax(t / temperature, 1)
    inter, intra = 1 - rho(ps, pt).mean(), 1 - rho(ps.T, pt.T).mean()
    return temperature**2 * (beta * inter + gamma * intra)


def teacher_free(s, t, y, certainty, temperature):
    """Yuan et al. (2020), as in the authors' code: the made-up probabilities stand where logits would."""
    made_up = torch.full_like(s, (1 - certainty) / (K - 1))
    made_up[torch.arange(len(y)), y] = certainty
    return F.kl_div(F.log_softmax(s, 1), F.softmax(made_up / temperature, 1), reduction="batchmean")


def standardized(z):
    """Sun et al. (2024): torch's std, over K − 1, plus 1e-7."""
    return (z - z.mean(1, keepdim=True)) / (1e-7 + z.std(1, keepdim=True))


def with_standardized(term):
    return lambda s, t, y, **settings: term(standardized(s), standardized(t), y, **settings)


# --- terms of tapped nodes -------------------------------------------------------------------------------------


def pooled(s, t):
    size = [min(a, b) for a, b in zip(s.shape[2:], t.shape[2:])]
    return F.adaptive_avg_pool2d(s, size), F.adaptive_avg_pool2d(t, size)


def adapted(s, t, arrays):
    """Pools, and leads the student's channels to the teacher's by a 1×1 convolution, with batch norm where its
    arrays are there."""
    if s.dim() == 2:
        s, t = s[:, :, None, None], t[:, :, None, None]
    s, t = pooled(s, t)
    if "weight" in arrays:
        s = F.conv2d(s, arrays["weight"][:, :, None, None], arrays.get("bias"))
    if "norm.weight" in arrays:
        s = F.batch_norm(s, None, None, arrays["norm.weight"], arrays["norm.bias"], training=True, eps=1e-5)
    return s, t


def features(pairs):
    """Romero et al. (2015), with the mean in place of half of the sum (Tian et al., 2020)."""
    return sum(F.mse_loss(*adapted(s, t, arrays)) for s, t, arrays in pairs)


def attention(pairs):
    """Zagoruyko & Komodakis (2017), at_loss of the authors' code."""
    at = lambda x: F.normalize(x.pow(2).mean(1).flatten(1))
    total = 0
    for s, t, _ in pairs:
        s, t = pooled(s, t)
        total = total + (at(s) - at(t)).pow(2).mean()
    return total


def similarity(pairs):
    """Tung & Mori (2019), equations 2 to 4."""
    gram = lambda x: F.normalize(x.flatten(1) @ x.flatten(1).T)
    return sum((gram(s) - gram(t)).pow(2).sum() / len(s) ** 2 for s, t, _ in pairs)


def relations(pairs, distance, angle):
    """Park et al. (2019), equations 6 to 12; means over all pairs and triples, as in the authors' code."""

    def parts(x):
        x = x.flatten(1)
        n = len(x)
        d = torch.stack([torch.stack([(x[i] - x[j]).norm() if i != j else x.new_zeros(()) for j in range(n)]) for i in range(n)])
        d = d / (d.sum() / (n * (n - 1)))
        cosines = []
        for j in range(n):
            for i in range(n):
                for k in range(n):
                    zero = i == j or k == j
                    e = lambda a: (x[a] - x[j]) / (x[a] - x[j]).norm()
                    cosines.append(x.new_zeros(()) if zero else e(i) @ e(k))
        return d, torch.stack(cosines)

    total = 0
    for s, t, _ in pairs:
        (ds, cs), (dt, ct) = parts(s), parts(t)
        total = total + distance * F.smooth_l1_loss(ds, dt) + angle * F.smooth_l1_loss(cs, ct)
    return total


def correlation(pairs, gamma=0.4, order=2):
    """Peng et al. (2019), equations 3 and 8 to 10: features of norm one, the Gaussian kernel's series to order 2."""

    def kernel(x):
        x = F.normalize(x.flatten(1))
        return sum(math.exp(-2 * gamma) * (2 * gamma) ** p / math.factorial(p) * (x @ x.T) ** p for p in range(order + 1))

    return sum((kernel(s) - kernel(t)).pow(2).sum() / len(s) ** 2 for s, t, _ in pairs)


def probabilistic(pairs, eps=1e-7):
    """Passalis & Tefas (2018), cosine_similarity_loss of the authors' code."""

    def chances(x):
        x = x.flatten(1)
        x = x / (x.norm(dim=1, keepdim=True) + eps)
        c = (x @ x.T + 1) / 2
        return c / c.sum(1, keepdim=True)

    total = 0
    for s, t, _ in pairs:
        p, q = chances(t), chances(s)
        total = total + (p * torch.log((p + eps) / (q + eps))).mean()
    return total


def neuron_selectivity(pairs):
    """Huang & Wang (2017), equation 7 with the polynomial kernel of degree 2 and c = 0."""
    total = 0
    for s, t, _ in pairs:
        s, t = pooled(s, t)
        s, t = F.normalize(s.flatten(2), dim=2), F.normalize(t.flatten(2), dim=2)
        kernel = lambda a, b: torch.einsum("ncp,ndp->ncd", a, b).pow(2).mean()
        total = total + kernel(t, t) + kernel(s, s) - 2 * kernel(s, t)
    return total


def flow(pairs):
    """Yim et al. (2017), equations 1 and 2, with the mean over the entries."""

    def matrix(a, b):
        size = [min(x, y) for x, y in zip(a.shape[2:], b.shape[2:])]
        a, b = F.adaptive_avg_pool2d(a, size), F.adaptive_avg_pool2d(b, size)
        return torch.einsum("nchw,ndhw->ncd", a, b) / (size[0] * size[1])

    made = [adapted(s, t, arrays) for s, t, arrays in pairs]
    total = 0
    for (s1, t1), (s2, t2) in zip(made, made[1:]):
        total = total + (matrix(s1, s2) - matrix(t1, t2)).pow(2).mean()
    return total


def variational(pairs, eps=1e-5):
    """Ahn et al. (2019), equations 5 and 6, with the regressor of the authors' code."""
    total = 0
    for s, t, arrays in pairs:
        s, t = pooled(s, t)
        conv = lambda x, name: F.conv2d(x, arrays[name][:, :, None, None])
        mean = conv(F.relu(conv(F.relu(conv(s, "mean.0.weight")), "mean.1.weight")), "mean.2.weight")
        variance = torch.log(1 + torch.exp(arrays["scale"])) + eps
        variance = variance.view(1, -1, 1, 1)
        total = total + (0.5 * ((mean - t) ** 2 / variance + torch.log(variance))).mean()
    return total


def boundaries(pairs, margin):
    """Heo et al. (2019), equation 5; the sum over the neurons, mean over the batch."""
    total = 0
    for s, t, arrays in pairs:
        s, t = adapted(s, t, arrays)
        active = (t > 0).to(s.dtype)
        loss = active * F.relu(margin - s) ** 2 + (1 - active) * F.relu(margin + s) ** 2
        total = total + loss.sum() / len(s)
    return total


def convolved(x, weight, bias=None):
    """A 3×3 convolution whose weight is [out, in · 9]."""
    return F.conv2d(x, weight.view(len(weight), -1, 3, 3), bias, padding=1)


def review(pairs):
    """Chen et al. (2021): ABF, ReviewKD.forward and hcl of the authors' code, with norms as in a training."""

    def normed(x, arrays, name):
        weight, bias = arrays[f"{name}.norm.weight"], arrays[f"{name}.norm.bias"]
        return F.batch_norm(x, None, None, weight, bias, training=True, eps=1e-5)

    def fusion(x, y, out, arrays):
        n, _, h, w = x.shape
        x = normed(F.conv2d(x, arrays["input.weight"][:, :, None, None]), arrays, "input")
        if y is not None:
            y = F.interpolate(y, (h, w), mode="nearest")
            z = torch.cat([x, y], dim=1)
            z = torch.sigmoid(F.conv2d(z, arrays["attention.weight"][:, :, None, None], arrays["attention.bias"]))
            x = x * z[:, 0].view(n, 1, h, w) + y * z[:, 1].view(n, 1, h, w)
        if x.shape[2:] != out:
            x = F.interpolate(x, out, mode="nearest")
        return normed(convolved(x, arrays["output.weight"]), arrays, "output"), x

    def context(fs, ft):
        loss, count, total = F.mse_loss(fs, ft), 1.0, 1.0
        for level in [4, 2, 1]:
            if level >= min(fs.shape[2:]):
                continue
            count /= 2.0
            pooled = F.adaptive_avg_pool2d(fs, (level, level)), F.adaptive_avg_pool2d(ft, (level, level))
            loss = loss + F.mse_loss(*pooled) * count
            total += count
        return loss / total

    deeper, total = None, 0
    for s, t, arrays in reversed(pairs):
        if s.dim() == 2:
            s, t = s[:, :, None, None], t[:, :, None, None]
        output, deeper = fusion(s, deeper, t.shape[2:], arrays)
        total = total + context(output, t)
    return total


def layers(x, arrays, *names):
    """Three convolutions with leaky ReLU behind each."""
    for name in names:
        for layer in range(3):
            weight, bias = arrays[f"{name}.{layer}.weight"], arrays[f"{name}.{layer}.bias"]
            x = F.leaky_relu(convolved(x, weight, bias), 0.1)
    return x


def factors(pairs, power):
    """Kim et al. (2018), equation 3 and the authors' code, which has the mean: no gradient goes into the paraphraser."""
    normal = lambda x: F.normalize(x.flatten(1))
    total = 0
    for s, t, arrays in pairs:
        s, t = pooled(s, t)
        apart = normal(layers(s, arrays, "translator")) - normal(layers(t, arrays, "encoder").detach())
        total = total + apart.abs().pow(power).mean()
    return total


def reconstruction(t, arrays):
    """Kim et al. (2018), equation 1, with the mean in place of the sum. The decoder has transposed convolutions, of stride
    1: convolutions whose filters are turned round."""
    x = layers(t, arrays, "encoder")
    for layer in range(3):
        weight, bias = arrays[f"decoder.{layer}.weight"], arrays[f"decoder.{layer}.bias"]
        turned = weight.view(len(weight), -1, 3, 3).flip(2, 3).transpose(0, 1)
        x = F.leaky_relu(F.conv_transpose2d(x, turned, bias, padding=1), 0.1)
    return F.mse_loss(x, t)


def contrastive(pairs, contrasts, images, temperature, momentum, eps=1e-7):
    """Tian et al. (2020): Embed, ContrastMemory and ContrastLoss of the authors' code. Constants of zero are not known
    yet. Gives the memories and constants after the step too."""

    def embedded(x, arrays, name):
        x = x.mean((2, 3)) if x.dim() == 4 else x
        return F.normalize(F.linear(x, arrays[f"{name}.weight"], arrays[f"{name}.bias"]))

    def scores(own, memory):
        return torch.exp(torch.einsum("nkd,nd->nk", memory[contrasts], own) / temperature)

    def loss(x):
        noise = (x.shape[1] - 1) / images
        same, others = x[:, 0], x[:, 1:]
        return -((same / (same + noise + eps)).log().sum() + (noise / (others + noise + eps)).log().sum()) / len(x)

    total, after = 0, []
    own = contrasts[:, 0]
    for s, t, arrays in pairs:
        student, teacher = embedded(s, arrays, "student"), embedded(t, arrays, "teacher")
        memories = arrays["student-memory"], arrays["teacher-memory"]
        found = scores(student, memories[1]), scores(teacher, memories[0])
        constants = [z if z > 0 else x.detach().mean() * images for z, x in zip(arrays["constants"], found)]
        total = total + sum(loss(x / z) for x, z in zip(found, constants))
        kept = []
        for memory, now in zip(memories, (student, teacher)):
            memory = memory.clone()
            memory[own] = F.normalize(memory[own] * momentum + now.detach() * (1 - momentum))
            kept.append(memory)
        after.append([*kept, torch.stack(constants)])
    return total, after


# --- cases -----------------------------------------------------------------------------------------------------


def flat(array):
    """Nine digits, which tell all 32-bit floats apart."""
    return [float(f"{value:.9g}") for value in np.asarray(array, dtype=np.float64).ravel()]


def leaf(values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


student, teacher = drawn(N, K, scale=2.0), drawn(N, K, scale=3.0)
labels = rng.integers(0, K, N)


def of_logits(term, **settings):
    s, t, y = leaf(student), torch.tensor(teacher, dtype=torch.float64), torch.tensor(labels)
    value = term(s, t, y, **settings)
    (gradient,) = torch.autograd.grad(value, s)
    return {"value": float(value.detach()), "gradient": flat(gradient)}


def shapes(adapter, channels, pair):
    """Of what is trained for one of the pairs of nodes with so many channels of student and teacher."""
    inputs, outputs = channels[pair]
    if adapter == "linear":
        return {"weight": (outputs, inputs), "bias": (outputs,)}
    if adapter == "batch-norm":
        return {"weight": (outputs, inputs), "norm.weight": (outputs,), "norm.bias": (outputs,)}
    if adapter == "variational":
        return {
            "mean.0.weight": (outputs, inputs),
            "mean.1.weight": (outputs, outputs),
            "mean.2.weight": (outputs, outputs),
            "scale": (outputs,),
        }
    if adapter == "review":
        fused = min(512, channels[-1][0])
        own = {
            "input.weight": (fused, inputs),
            "input.norm.weight": (fused,),
            "input.norm.bias": (fused,),
            "output.weight": (outputs, 9 * fused),
            "output.norm.weight": (outputs,),
            "output.norm.bias": (outputs,),
        }
        attention = {"attention.weight": (2, 2 * fused), "attention.bias": (2,)}
        return own if pair + 1 == len(channels) else own | attention
    if adapter == "factors":
        return convolutions("translator", [inputs, inputs, outputs // 2, outputs // 2])
    if adapter == "as many factors":
        return convolutions("translator", [inputs, inputs, outputs, outputs])
    if adapter == "contrastive":
        of_both = zip(["student", "teacher"], [inputs, outputs])
        return {
            name: shape
            for side, size in of_both
            for name, shape in [(f"{side}.weight", (DIMENSIONS, size)), (f"{side}.bias", (DIMENSIONS,))]
        }
    return {}


def kept_shapes(adapter, channels, pair):
    """Of what is kept for one of the pairs, and no gradient changes."""
    _, outputs = channels[pair]
    if adapter == "factors":
        return autoencoder(outputs, outputs // 2)
    if adapter == "as many factors":
        return autoencoder(outputs, outputs)
    if adapter == "contrastive":
        return {"student-memory": (TRAINING, DIMENSIONS), "teacher-memory": (TRAINING, DIMENSIONS), "constants": (2,)}
    return {}


def autoencoder(features, factors):
    encoder = convolutions("encoder", [features, features, factors, factors])
    return encoder | convolutions("decoder", [factors, factors, features, features])


def convolutions(name, channels):
    found = {}
    for layer, (inputs, outputs) in enumerate(zip(channels, channels[1:])):
        found |= {f"{name}.{layer}.weight": (outputs, 9 * inputs), f"{name}.{layer}.bias": (outputs,)}
    return found


def of_taps(term, shape_pairs, adapter=None, constants=None, **settings):
    """On inputs of `shape_pairs`, the shapes of student and teacher for one image. `constants` are those that a term
    keeps, for each pair."""
    made = []
    channels = [(own[0], other[0]) for own, other in shape_pairs]
    for pair, (own, other) in enumerate(shape_pairs):
        is_needed = adapter not in ("linear", "batch-norm") or own[0] != other[0]
        arrays = {name: drawn(*shape, scale=0.5) for name, shape in shapes(adapter, channels, pair).items()}
        inputs = drawn(N, *own), drawn(N, *other)
        kept = {name: drawn(*shape, scale=0.5) for name, shape in kept_shapes(adapter, channels, pair).items()}
        if constants:
            kept["constants"] = np.asarray(constants[pair], dtype=np.float32)
        made.append((*inputs, arrays if is_needed else {}, kept))
    constant = lambda values: torch.tensor(values, dtype=torch.float64)
    trained = [{name: leaf(values) for name, values in arrays.items()} for _, _, arrays, _ in made]
    pairs = [
        (leaf(s), constant(t), arrays | {name: constant(values) for name, values in kept.items()})
        for (s, t, _, kept), arrays in zip(made, trained)
    ]
    value, after = term(pairs, **settings), None
    if isinstance(value, tuple):
        value, after = value
    leaves = [[s, *arrays.values()] for (s, _, _), arrays in zip(pairs, trained)]
    gradients = iter(torch.autograd.grad(value, [one for group in leaves for one in group]))
    found = []
    for pair, (s, t, arrays, kept) in enumerate(made):
        entry = {
            "student": {"shape": list(s.shape), "values": flat(s), "gradient": flat(next(gradients))},
            "teacher": {"shape": list(t.shape), "values": flat(t)},
            "arrays": [
                {"name": name, "shape": list(values.shape), "values": flat(values), "gradient": flat(next(gradients))}
                for name, values in arrays.items()
            ],
        }
        if kept:
            entry["kept"] = [{"name": name, "shape": list(values.shape), "values": flat(values)} for name, values in kept.items()]
        if after:
            entry["after"] = [flat(values) for values in after[pair]]
        found.append(entry)
    return {"value": float(value.detach()), "pairs": found}


def of_reconstruction(shape, factors):
    features = drawn(N, *shape)
    arrays = {name: drawn(*shape, scale=0.5) for name, shape in autoencoder(shape[0], factors).items()}
    leaves = {name: leaf(values) for name, values in arrays.items()}
    value = reconstruction(torch.tensor(features, dtype=torch.float64), leaves)
    gradients = torch.autograd.grad(value, list(leaves.values()))
    return {
        "value": float(value.detach()),
        "features": {"shape": list(features.shape), "values": flat(features)},
        "arrays": [
            {"name": name, "shape": list(values.shape), "values": flat(values), "gradient": flat(gradient)}
            for (name, values), gradient in zip(arrays.items(), gradients)
        ],
    }


# Larger and wider teacher, larger student of as many channels, sizes that do not divide each other.
IMAGES = [((2, 4, 4), (3, 2, 2)), ((3, 3, 3), (3, 5, 4))]
ROWS = [((6,), (4,))]
# Ten training images, and those that each of the batch is contrasted with behind its own.
TRAINING, DIMENSIONS = 10, 4
CONTRASTS = [[7, 0, 3, 9], [2, 9, 1, 5], [4, 3, 0, 8], [0, 6, 2, 1], [9, 5, 8, 3]]
CONTRASTED = [((3,), (5,)), ((2, 2, 3), (4,))]
# Teachers of which half of the channels is a number.
FACTORED = [((2, 3, 3), (4, 3, 3)), ((3, 4, 4), (2, 2, 3))]
# From shallow to deep: all levels of pooling, sizes that differ either way, and features at the end.
REVIEWED = [((2, 6, 6), (3, 6, 6)), ((3, 3, 4), (4, 5, 4)), ((3, 3, 3), (2, 2, 2)), ((4,), (3,))]


def of_contrastive(constants):
    settings = {"contrasts": torch.tensor(CONTRASTS), "images": TRAINING, "temperature": 0.3, "momentum": 0.4}
    case = of_taps(contrastive, CONTRASTED, "contrastive", constants, **settings)
    return case | {"images": TRAINING, "contrasts": CONTRASTS}


result = {
    "made-by": f"tests/reference/distillation.py with PyTorch {torch.__version__.split('+')[0]} and NumPy {np.__version__}",
    "logits": {
        "classes": K,
        "student": flat(student),
        "teacher": flat(teacher),
        "labels": labels.tolist(),
        "terms": {
            "soft-labels": of_logits(soft_labels, temperature=4.0),
            "soft-labels standardized": of_logits(with_standardized(soft_labels), temperature=2.0),
            "logits": of_logits(logits),
            "logits standardized": of_logits(with_standardized(logits)),
            "decoupled": of_logits(decoupled, temperature=4.0, alpha=1.0, beta=8.0),
            "decoupled cold": of_logits(decoupled, temperature=0.7, alpha=2.0, beta=0.5),
            "decoupled standardized": of_logits(with_standardized(decoupled), temperature=2.0, alpha=1.0, beta=8.0),
            "dist": of_logits(dist, temperature=1.0, beta=1.0, gamma=1.0),
            "dist warm": of_logits(dist, temperature=4.0, beta=2.0, gamma=0.5),
            "dist standardized": of_logits(with_standardized(dist), temperature=1.0, beta=1.0, gamma=1.0),
            "teacher-free": of_logits(teacher_free, certainty=0.99, temperature=20.0),
        },
    },
    "taps": {
        "features": of_taps(features, IMAGES, "linear"),
        "features of rows": of_taps(features, ROWS, "linear"),
        "features with batch norm": of_taps(features, IMAGES, "batch-norm"),
        "attention": of_taps(attention, IMAGES),
        "similarity": of_taps(similarity, IMAGES),
        "relations": of_taps(relations, [((6,), (4,)), ((2, 2, 2), (3,))], distance=25.0, angle=50.0),
        "correlation": of_taps(correlation, IMAGES),
        "probabilistic": of_taps(probabilistic, IMAGES),
        "neuron-selectivity": of_taps(neuron_selectivity, IMAGES),
        "flow": of_taps(flow, IMAGES + [((2, 2, 2), (4, 2, 2))], "linear"),
        "variational": of_taps(variational, IMAGES, "variational"),
        "boundaries": of_taps(boundaries, IMAGES, "batch-norm", margin=1.0),
        "review": of_taps(review, REVIEWED, "review"),
        "factors": of_taps(factors, FACTORED, "factors", power=1),
        "factors squared": of_taps(factors, FACTORED[:1], "as many factors", power=2),
        "contrastive": of_contrastive([[0, 0], [0, 0]]),
        "contrastive later": of_contrastive([[12.5, 8.25], [0, 30]]),
    },
    "reconstruction": of_reconstruction((4, 3, 3), 2),
}
json.dump(result, sys.stdout, separators=(",", ":"))
print()

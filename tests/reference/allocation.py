"""Reference values for the allocations `uniform-plus`, `erk`, `lamp` and `sensitivity-scan`.

Written from the papers' formulas and the authors' code, and on purpose not as the Rust code does it:
- erk: the loop of `get_sparsities_erdos_renyi` in google-research/rigl (`sparse_utils.py`), with real numbers in
  place of its rounded-down counts;
- uniform-plus: the two cases of Gale et al. (2019), written out;
- lamp: `_normalize_scores` and the global threshold of jaeho-lee/layer-adaptive-sparsity (`tools/pruners.py`), in
  double precision; the kept set is then of the highest scores;
- sensitivity-scan: the tolerated rise by bisection (scipy), and what a layer keeps at it by interpolating its curve
  (numpy).
Counts of layers are whole numbers by largest remainders.

`python allocation.py > allocation.json`
"""

import json
import sys
from fractions import Fraction

import numpy as np
import scipy.optimize
import torch

# Weights of ResNet-20's layers on CIFAR-10 as [out, in, kh, kw], in node order, and of LeNet-300-100.
RESNET = [[16, 3, 3, 3]]
for outputs, inputs in [(16, 16), (32, 16), (64, 32)]:
    for block in range(3):
        first = inputs if block == 0 else outputs
        RESNET += [[outputs, first, 3, 3], [outputs, outputs, 3, 3]]
        if first != outputs:
            RESNET += [[outputs, first, 1, 1]]
RESNET += [[10, 64]]
LENET = [[300, 784], [100, 300], [10, 100]]


def erk(shapes, sparsity):
    """Densities of the layers."""
    dense = set()
    while True:
        divisor = rhs = 0.0
        raw = {}
        for index, shape in enumerate(shapes):
            size = float(np.prod(shape))
            if index in dense:
                rhs -= sparsity * size
            else:
                rhs += (1.0 - sparsity) * size
                raw[index] = np.sum(shape) / np.prod(shape)
                divisor += raw[index] * size
        epsilon = rhs / divisor
        largest = max(raw.values())
        if largest * epsilon <= 1:
            break
        dense |= {index for index, probability in raw.items() if probability == largest}
    return [1.0 if index in dense else epsilon * raw[index] for index in range(len(shapes))]


def uniform_plus(shapes, sparsity):
    sizes = [float(np.prod(shape)) for shape in shapes]
    removed = sparsity * sum(sizes)
    share = removed / sum(sizes[1:])
    last = share
    if share > 0.8:
        last = np.floor(0.8 * sizes[-1]) / sizes[-1]
        share = (removed - last * sizes[-1]) / sum(sizes[1:-1])
    return [1.0] + [1.0 - share] * (len(sizes) - 2) + [1.0 - last]


def whole(densities, shapes, sparsity):
    """Kept weights of the layers."""
    sizes = [int(np.prod(shape)) for shape in shapes]
    total = sum(sizes) - int(np.floor(Fraction(str(sparsity)) * sum(sizes) + Fraction(1, 2)))
    shares = [density * size for density, size in zip(densities, sizes)]
    shares = [round(share) if abs(share - round(share)) < 1e-6 else share for share in shares]
    kept = [int(np.floor(share)) for share in shares]
    order = sorted(range(len(sizes)), key=lambda index: -(shares[index] - kept[index]))
    for index in order[: total - sum(kept)]:
        kept[index] += 1
    assert sum(kept) == total
    return kept


def lamp_scores(weights):
    scores = torch.from_numpy(weights.astype(np.float64)) ** 2
    ascending, order = scores.view(-1).sort(descending=False, stable=True)
    before = ascending.cumsum(dim=0) - ascending
    ascending = ascending / (scores.sum() - before)
    normalized = torch.zeros_like(ascending)
    normalized[order] = ascending
    return normalized.numpy()


def lamp(layers, sparsity):
    """Kept weights of the layers, as text of 0 and 1."""
    scores = [lamp_scores(layer) for layer in layers]
    flat = np.concatenate(scores)
    removed = int(np.floor(Fraction(str(sparsity)) * len(flat) + Fraction(1, 2)))
    kept = np.ones(len(flat), dtype=int)
    kept[np.argsort(flat, kind="stable")[:removed]] = 0
    ends = np.cumsum([len(layer) for layer in layers])[:-1]
    return ["".join(map(str, part)) for part in np.split(kept, ends)]


def scan(curves, left):
    """Real numbers of weights that layers keep whose curves are [(kept, loss), ...], `left` together."""

    def kept(rise):
        found = []
        for curve in curves:
            weights = [weights for weights, _ in curve]
            rises = np.maximum.accumulate([loss - curve[0][1] for _, loss in curve])
            found.append(np.interp(rise, rises, weights))
        return np.array(found)

    most = max(loss - curve[0][1] for curve in curves for _, loss in curve)
    rise = scipy.optimize.bisect(lambda rise: kept(rise).sum() - left, 0.0, most, xtol=1e-15, rtol=1e-14)
    # Where a curve is flat, the kept weights jump at its rise: all that jump go the same part of the way.
    before, after = kept(rise * (1 - 1e-9)), kept(rise * (1 + 1e-9))
    part = (before.sum() - left) / (before.sum() - after.sum())
    return before + part * (after - before)


def scans(draw):
    cases = []
    for shapes in [LENET, RESNET]:
        curves = []
        for size in map(int, map(np.prod, shapes)):
            sparsities = [0.0, 0.3, 0.6, 0.8, 0.9, 0.97]
            losses = 0.4 + np.cumsum([0.0, *draw.exponential(0.3, size=5)])
            # Some curves have a dip, after which the loss is still what it was before at most.
            if draw.uniform() < 0.3 or size == 30_000:
                losses[3] = losses[2] - 0.05
            curves.append([(round(size * (1 - share)), float(loss)) for share, loss in zip(sparsities, losses)])
        total = sum(curve[0][0] for curve in curves)
        for sparsity in [0.2, 0.5, 0.8, 0.9, 0.95]:
            left = total - int(np.floor(Fraction(str(sparsity)) * total + Fraction(1, 2)))
            cases.append(dict(curves=curves, left=left, kept=[float(kept) for kept in scan(curves, left)]))
    return cases


def main():
    spread = []
    for network, shapes in [("resnet", RESNET), ("lenet", LENET)]:
        for rule, of in [("erk", erk), ("uniform-plus", uniform_plus)]:
            for sparsity in [0.3, 0.5, 0.9, 0.95]:
                densities = of(shapes, sparsity)
                # The rest cannot be met, the first layer being dense.
                if min(densities) >= 0:
                    kept = whole(densities, shapes, sparsity)
                    spread.append(
                        dict(network=network, rule=rule, sparsity=sparsity, densities=densities, kept=kept)
                    )
    draw = np.random.default_rng(0)
    layers = [(draw.standard_normal(size) * scale).astype(np.float32) for size, scale in [(40, 1.0), (60, 0.1), (10, 0.5)]]
    ranked = dict(
        layers=[[float(value) for value in layer] for layer in layers],
        scores=[[float(score) for score in lamp_scores(layer)] for layer in layers],
        kept={str(sparsity): lamp(layers, sparsity) for sparsity in [0.2, 0.5, 0.9]},
    )
    versions = dict(
        python=sys.version.split()[0], numpy=np.__version__, scipy=scipy.__version__, torch=torch.__version__
    )
    shapes = dict(resnet=RESNET, lenet=LENET)
    json.dump(dict(versions=versions, shapes=shapes, spread=spread, lamp=ranked, scan=scans(draw)), sys.stdout)
    print()


main()

"""Statistics over seeds, by SciPy and NumPy.

    python tests/reference/seed_statistics.py > tests/reference/seed-statistics.json

The interquartile mean weighs the outermost values of the middle half in part, so that it is the trimmed mean of four of
each value. The bootstrap enumerates all samples. Effect sizes are Cohen's d, of pairs by the standard deviation of the
differences and otherwise by the pooled one, times Hedges' 1 - 3 / (4 * df - 1).
"""

import itertools
import json
import sys

import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(3)


def accuracies(n, mean, deviation):
    return [float(x) for x in np.round(rng.normal(mean, deviation, n), 4)]


def hedges(d, df):
    return float(d * (1 - 3 / (4 * df - 1)))


def paired(a, b):
    difference = np.subtract(a, b)
    test = stats.ttest_rel(a, b)
    interval = test.confidence_interval(0.95)
    d = difference.mean() / difference.std(ddof=1)
    flips = np.array(list(itertools.product([1, -1], repeat=len(a)))) @ difference
    far = np.abs(flips) >= abs(difference.sum()) - 1e-12
    return dict(a=a, b=b, mean=float(difference.mean()), low=float(interval.low), high=float(interval.high),
                t=float(test.statistic), p=float(test.pvalue), effect=float(d), hedges=hedges(d, len(a) - 1),
                sign_flip=float(far.mean()))


def unpaired(a, b):
    test = stats.ttest_ind(a, b, equal_var=False)
    interval = test.confidence_interval(0.95)
    df = len(a) + len(b) - 2
    pooled = np.sqrt(((len(a) - 1) * np.var(a, ddof=1) + (len(b) - 1) * np.var(b, ddof=1)) / df)
    return dict(a=a, b=b, difference=float(np.mean(a) - np.mean(b)), low=float(interval.low),
                high=float(interval.high), t=float(test.statistic), freedom=float(test.df), p=float(test.pvalue),
                hedges=hedges((np.mean(a) - np.mean(b)) / pooled, df))


def equivalence(values, low, high):
    above = stats.ttest_1samp(values, low, alternative="greater").pvalue
    below = stats.ttest_1samp(values, high, alternative="less").pvalue
    return dict(values=values, low=low, high=high, p=float(max(above, below)))


def middle(values):
    return stats.trim_mean(np.repeat(np.sort(values), 4), 0.25)


def robust(values):
    found = [middle(sample) for sample in itertools.product(values, repeat=len(values))]
    low, high = np.percentile(found, [2.5, 97.5])
    return dict(values=values, mean=float(middle(values)), low=float(low), high=float(high))


def wilson(right, images):
    interval = stats.binomtest(right, images).proportion_ci(0.95, method="wilson")
    return dict(right=right, images=images, low=float(interval.low), high=float(interval.high))


a, b = [0.962, 0.958, 0.965, 0.960, 0.963], [0.951, 0.949, 0.957, 0.950, 0.948]
json.dump(
    dict(
        versions=dict(scipy=scipy.__version__, numpy=np.__version__),
        paired=[paired(a, b), paired(accuracies(3, 0.91, 0.01), accuracies(3, 0.92, 0.02)),
                paired(accuracies(10, 0.8, 0.03), accuracies(10, 0.78, 0.01))],
        unpaired=[unpaired(a, b), unpaired(a[:3], b[2:]), unpaired(accuracies(2, 0.9, 0.01), accuracies(7, 0.7, 0.1))],
        equivalence=[equivalence([0.011, 0.009, 0.008, 0.010, 0.015], 0.005, 0.02),
                     equivalence(accuracies(3, 0.0, 0.001), -0.002, 0.002),
                     equivalence(accuracies(4, 0.1, 0.01), -0.05, 0.05)],
        robust=[robust(a), robust(b[:3]), robust(accuracies(2, 0.9, 0.1)), robust(accuracies(4, 0.9, 0.1)),
                robust(accuracies(6, 0.5, 0.2))],
        wilson=[wilson(1729, 1797), wilson(10, 10), wilson(3, 20)],
    ),
    sys.stdout,
    indent=1,
)
print()

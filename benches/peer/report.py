"""What `compare.py` prints: the machine and the table."""

import datetime
import os
import platform
import statistics
from pathlib import Path

HEADER = [
    "| work | other side | its variants | Niwaki | ratio | ratio to the fastest | goal | met |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
]


def row(work: str, unit: str, variants: dict[str, list[float]], niwaki: list[float], goal: float) -> str:
    """A line of the table from the numbers of each round, the default variant first; less is better.

    The goal is for the default variant; the brackets are the range of the rounds' ratios to the fastest.
    """
    typical = {name: statistics.median(rounds) for name, rounds in variants.items()}
    default, *others = typical
    best = min(typical, key=typical.get)
    own = statistics.median(niwaki)
    ratios = [mine / theirs for mine, theirs in zip(niwaki, variants[best])]
    cells = [
        work,
        f"{typical[default]:.4g} {unit}",
        ", ".join(f"{name} {typical[name]:.4g}" for name in others) or "–",
        f"{own:.4g} {unit}",
        f"{own / typical[default]:.2f}",
        f"{own / typical[best]:.2f} ({min(ratios):.2f}–{max(ratios):.2f})",
        f"{goal:.2f}",
        "yes" if own <= goal * typical[default] else "no",
    ]
    return f"| {' | '.join(cells)} |"


def machine() -> dict[str, str]:
    """What the numbers hold for."""
    model, features = cpu()
    vectors = sorted(feature for feature in features if feature.startswith(("avx2", "avx512")))
    return {
        "cpu": model,
        "cores": str(os.cpu_count()),
        "vector instructions": " ".join(vectors) or "unknown",
        "system": platform.platform(),
        "date": datetime.date.today().isoformat(),
        "python": platform.python_version(),
    }


def cpu() -> tuple[str, list[str]]:
    """Name and features, as far as the system tells them."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    entries = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    return entries.get("model name", platform.processor() or platform.machine()), entries.get("flags", "").split()

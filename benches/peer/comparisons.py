"""What `compare.py` compares, and the goals."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Steps of one network: Niwaki against variants of the other side, PyTorch unless `by` says otherwise."""

    work: str
    goal: float
    niwaki: str
    variants: dict[str, str]
    by: str = "PyTorch"
    memory_goal: float | None = None


COMPARISONS = [
    Comparison(
        "ResNet-20 step, 2 threads", 0.70, "resnet-20 --threads 2", memory_goal=1.00,
        variants={"default": "resnet-20 --threads 2", "channels-last": "resnet-20 --threads 2 --channels-last"},
    ),
    Comparison(
        "ResNet-18 step, 2 threads", 0.95, "resnet-18 --threads 2",
        variants={"default": "resnet-18 --threads 2", "channels-last": "resnet-18 --threads 2 --channels-last"},
    ),
    Comparison(
        "LeNet-5 step, 2 threads", 0.50, "lenet-5 --threads 2",
        variants={
            "default": "lenet-5 --threads 2", "1 thread": "lenet-5 --threads 1",
            "fused Adam": "lenet-5 --threads 2 --fused",
        },
    ),
    Comparison(
        "LeNet-300-100 step, 1 thread", 0.75, "lenet-300-100 --threads 1",
        variants={"default": "lenet-300-100 --threads 1", "fused Adam": "lenet-300-100 --threads 1 --fused"},
    ),
    Comparison(
        "LeNet-300-100 step, 95 % sparse, against Niwaki's dense", 0.60,
        "lenet-300-100 --threads 1 --sparsity 0.95", by="Niwaki",
        variants={"dense": "lenet-300-100 --threads 1"},
    ),
    Comparison(
        "ResNet-20 step, half its channels, 2 threads, against Niwaki's whole one", 0.60,
        "resnet-20 --threads 2 --channels 0.5", by="Niwaki", variants={"whole": "resnet-20 --threads 2"},
    ),
    Comparison(
        "ResNet-20 distilled step, 2 threads, against Niwaki's plain step and the teacher's pass", 1.15,
        "resnet-20 --threads 2 --teacher resnet-20", by="Niwaki",
        variants={"apart": "resnet-20 --threads 2 --teacher resnet-20 --apart"},
    ),
]  # fmt: skip

RACE, RACE_GOAL = "lottery ticket of two seeds, whole processes", 0.50

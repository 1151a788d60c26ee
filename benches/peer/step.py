"""Times PyTorch's training steps, as a server that `compare.py` asks.

It prints `{"ready": true, "version": ...}` when it is warm. Then, for each line on standard input:

    run K    takes K steps and prints {"milliseconds": [K numbers]}
    memory   prints {"peak_mib": ..., "library_mib": ...}, the latter before anything was built
    quit     ends it, as the end of the input does

Each `run` trains a new network and does not count its first step, as Niwaki's server does: a network that
trained for long on one batch has gradients so small that the processor takes longer over them.
"""

import argparse
import json
import resource
import sys
import time

import torch
from torch.nn import functional as F

from networks import BATCHES, CLASSES, NETWORKS, build, build_optimizer


def time_steps(name: str, steps: int, memory_format: torch.memory_format, fused: bool) -> list[float]:
    """Milliseconds of each of `steps` training steps on one random batch, after one that is not counted."""
    torch.manual_seed(0)
    images = torch.randn(BATCHES[name]).to(memory_format=memory_format)
    labels = torch.randint(CLASSES, BATCHES[name][:1])
    network = build(name).to(memory_format=memory_format).train()
    optimizer = build_optimizer(name, network, fused)
    milliseconds = []
    for _ in range(steps + 1):
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = F.cross_entropy(network(images), labels)
        loss.backward()
        optimizer.step()
        milliseconds.append((time.perf_counter() - start) * 1e3)
    return milliseconds[1:]


def peak_mib() -> float:
    """The most memory that this process had at one time."""
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def answer(**message) -> None:
    print(json.dumps(message), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--channels-last", action="store_true", help="images and weights as NHWC")
    parser.add_argument("--fused", action="store_true", help="the optimizer's fused kernel")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    memory_format = torch.channels_last if arguments.channels_last else torch.contiguous_format

    def run(steps: int) -> list[float]:
        return time_steps(arguments.network, steps, memory_format, arguments.fused)

    library_mib = peak_mib()
    run(3)
    answer(ready=True, version=torch.__version__)
    for line in sys.stdin:
        match line.split():
            case ["run", steps]:
                answer(milliseconds=run(int(steps)))
            case ["memory"]:
                answer(peak_mib=peak_mib(), library_mib=library_mib)
            case ["quit"]:
                break
            case _:
                sys.exit(f"`run K`, `memory` or `quit`, not {line!r}")


if __name__ == "__main__":
    main()

"""Compares a training step on a GPU with PyTorch's on the same card and prints a Markdown table.

    cargo bench --bench step --features cuda --no-run
    python3 benches/peer/gpu.py --niwaki STEP_BENCH

PyTorch must be installed with CUDA. Niwaki's f32 products may use tensor cores, in TF32; PyTorch is timed with
and without.
"""

import argparse
import itertools
import statistics
import subprocess
import sys
import time

import torch
from torch.nn import functional as F

from networks import BATCHES, CLASSES, build, build_optimizer
from server import Server

BATCH = 128
FORMATS = {"eager": torch.contiguous_format, "channels-last": torch.channels_last, "compiled": torch.channels_last}


def time_steps(name: str, variant: str, steps: int, rounds: int) -> list[float]:
    """Milliseconds of a training step on one random batch, in each round; the first steps are not counted."""
    torch.manual_seed(0)
    memory_format = FORMATS[variant]
    images = torch.randn((BATCH, *BATCHES[name][1:]), device="cuda").to(memory_format=memory_format)
    labels = torch.randint(CLASSES, (BATCH,), device="cuda")
    network = build(name).cuda().to(memory_format=memory_format).train()
    optimizer = build_optimizer(name, network)
    forward = torch.compile(network) if variant == "compiled" else network

    def take(count: int) -> float:
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(count):
            optimizer.zero_grad()
            F.cross_entropy(forward(images), labels).backward()
            optimizer.step()
        torch.cuda.synchronize()
        return (time.perf_counter() - start) * 1e3 / count

    take(10)
    return [take(steps) for _ in range(rounds)]


def card() -> str:
    query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    return subprocess.run(query, capture_output=True, text=True, check=True).stdout.strip()


def memory_in_use() -> int:
    """MiB of the card that all processes use together."""
    query = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    return int(subprocess.run(query, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--niwaki", required=True, help="the benchmark `step`, built with the backend's feature")
    parser.add_argument("--backend", default="cuda")
    parser.add_argument("--networks", nargs="+", default=["resnet-20", "resnet-18"])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-pytorch", action="store_true")
    arguments = parser.parse_args()
    print(f"{card()}; PyTorch {torch.__version__}, CUDA {torch.version.cuda}", flush=True)
    print("| network, batch 128 | side | ms a step | rounds | card MiB |\n| --- | --- | --- | --- | --- |", flush=True)
    for name in arguments.networks:
        start, before = time.perf_counter(), memory_in_use()
        options = f"{name} --backend {arguments.backend} --batch {BATCH} --threads 4"
        with Server([arguments.niwaki, *options.split()]) as server:
            started = time.perf_counter() - start
            rounds = [server.take_steps(arguments.steps)[0] for _ in range(arguments.rounds)]
            show(name, f"Niwaki (ready after {started:.0f} s)", rounds, memory_in_use() - before)
    if arguments.without_pytorch:
        return
    # Compiling takes longest, so it comes last.
    for variants in ["eager", "channels-last"], ["compiled"]:
        for tf32, name, variant in itertools.product([True, False], arguments.networks, variants):
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
            torch.compiler.reset()
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            rounds = time_steps(name, variant, arguments.steps, arguments.rounds)
            side = f"PyTorch {variant}, TF32 {'on' if tf32 else 'off'}"
            show(name, side, rounds, torch.cuda.max_memory_reserved() // 2**20)


def show(name: str, side: str, rounds: list[float], mib: int) -> None:
    taken = ", ".join(f"{milliseconds:.3g}" for milliseconds in rounds)
    print(f"| {name} | {side} | {statistics.median(rounds):.3g} | {taken} | {mib} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""The whole lottery ticket as a race: `sweep.py`, a process for each seed, against `niwaki run`."""

import csv
import json
import os
import statistics
import subprocess
import tempfile
import time
import tomllib
from pathlib import Path

EXPERIMENT = Path(__file__).with_name("lottery-ticket.toml")
SWEEP = Path(__file__).with_name("sweep.py")


VARIANTS = {"default": [], "fused Adam": ["--fused"]}


def race(python: Path, niwaki: Path, laps: int) -> list[dict]:
    """Wall seconds of all sides in each lap, and the test accuracy they end with, to see that all do the work."""
    taken = []
    for _ in range(laps):
        seconds, accuracy = {}, {}
        for variant, options in VARIANTS.items():
            seconds[variant], sweeps = run_together(sweep_commands(python, options))
            rounds = [json.loads(line)["rounds"] for line in sweeps]
            accuracy[variant] = statistics.mean(sweep[-1]["test"] for sweep in rounds)
        with tempfile.TemporaryDirectory() as results:
            command = [niwaki, "run", EXPERIMENT, "--results", results, "--fresh"]
            seconds["niwaki"], _ = run_together([command])
            accuracy["niwaki"] = last_accuracy(Path(results) / EXPERIMENT.stem / "measurements.csv")
        taken.append({"seconds": seconds, "accuracy": accuracy})
    return taken


def sweep_commands(python: Path, more: list[str]) -> list[list]:
    """`sweep.py` with the numbers of the experiment's file, for each of its seeds."""
    experiment = tomllib.loads(EXPERIMENT.read_text())
    training = experiment["stage"]["dense"]["train"]
    schedule = experiment["stage"]["ticket"]["prune"]["schedule"]["geometric"]
    options = {
        "--data": experiment["data"]["source"]["fashion-mnist"]["dir"],
        "--steps": training["steps"],
        "--batch": training["batch"],
        "--rounds": schedule["rounds"],
    }
    arguments = [str(word) for option in options.items() for word in option]
    return [[python, SWEEP, *arguments, *more, "--seed", str(seed)] for seed in experiment["sweep"]["seed"]]


def run_together(commands: list[list]) -> tuple[float, list[str]]:
    """Seconds from the start of all to the end of the last, and what each printed."""
    # Niwaki's own settings, as the number of workers, are to be its defaults.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NIWAKI_")}
    with tempfile.TemporaryFile("w+") as log:
        start = time.perf_counter()
        pipes = {"stdout": subprocess.PIPE, "stderr": log, "text": True, "env": environment}
        processes = [subprocess.Popen(command, **pipes) for command in commands]
        printed = [process.communicate()[0] for process in processes]
        seconds = time.perf_counter() - start
        if any(process.returncode for process in processes):
            log.seek(0)
            raise SystemExit(f"`{' '.join(map(str, commands[0]))}` failed:\n{log.read()}")
    return seconds, printed


def last_accuracy(measurements: Path) -> float:
    """Mean test accuracy of the seeds after the last round."""
    with measurements.open(newline="") as file:
        rows = list(csv.DictReader(file))
    last = max(int(row["round"]) for row in rows)
    return statistics.mean(float(row["accuracy"]) for row in rows if int(row["round"]) == last)

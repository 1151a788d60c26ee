"""Compares Niwaki's speed with PyTorch's on this machine and prints a Markdown table.

    cargo build --release && cargo bench --bench step --no-run
    python3 benches/peer/compare.py --niwaki STEP_BENCH --program NIWAKI

The first run makes a virtual environment and installs PyTorch into it. A ratio is Niwaki ÷ the other side:
below 1 Niwaki is faster. A goal is for the other side as it comes; its faster variants are shown
with the ratio to the fastest.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import venv
from pathlib import Path

import report
from comparisons import COMPARISONS, RACE, RACE_GOAL, Comparison
from race import race
from server import Server, take_turns

HERE = Path(__file__).parent


def measure(comparison: Comparison, programs: dict[str, list[str]], rounds: int, seconds: float) -> dict:
    """All numbers of one comparison, by variant; Niwaki's own under `niwaki`."""
    commands = {name: programs[comparison.by] + line.split() for name, line in comparison.variants.items()}
    commands["niwaki"] = programs["Niwaki"] + comparison.niwaki.split()
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(Server(command)) for command in commands.values()]
        blocks = take_turns(servers, rounds, seconds)
        return {
            name: {"version": server.version, "milliseconds": taken, "memory": server.memory()}
            for name, server, taken in zip(commands, servers, blocks)
        }


def rows_of(comparison: Comparison, measured: dict) -> list[str]:
    """The table's rows for what `measure` gave."""
    medians = {name: list(map(statistics.median, side["milliseconds"])) for name, side in measured.items()}
    niwaki = medians.pop("niwaki")
    rows = [report.row(comparison.work, "ms", medians, niwaki, comparison.goal)]
    if comparison.memory_goal is not None:
        peaks = {name: [side["memory"]["peak_mib"]] for name, side in measured.items()}
        niwaki = peaks.pop("niwaki")
        library = measured["default"]["memory"]["library_mib"]
        work = f"{comparison.niwaki.split()[0]} peak memory (PyTorch's library alone {library:.0f} MiB)"
        rows.append(report.row(work, "MiB", peaks, niwaki, comparison.memory_goal))
    return rows


def install(folder: Path) -> Path:
    """The Python of the virtual environment in `folder`, which is made unless it is there."""
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
    options = ["--quiet", "--disable-pip-version-check", "--requirement", HERE / "requirements.txt"]
    subprocess.run([python, "-m", "pip", "install", *options], check=True)
    return python


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--niwaki", type=Path, required=True, help="the compiled benchmark `step`")
    parser.add_argument("--program", type=Path, required=True, help="the program `niwaki`")
    parser.add_argument("--venv", type=Path, default=Path("target/peer-venv"), help="where PyTorch is, or will be")
    parser.add_argument("--quick", action="store_true", help="fewer, shorter rounds: a look, not a result")
    parser.add_argument("--json", type=Path, help="writes every number to this file")
    arguments = parser.parse_args()
    rounds, seconds, laps = (2, 0.5, 1) if arguments.quick else (7, 1.5, 3)
    python = install(arguments.venv.absolute())
    programs = {"PyTorch": [str(python), str(HERE / "step.py")], "Niwaki": [str(arguments.niwaki.resolve())]}

    raw = {"machine": report.machine(), "steps": {}}
    print(*report.HEADER, sep="\n", flush=True)
    for comparison in COMPARISONS:
        measured = raw["steps"][comparison.work] = measure(comparison, programs, rounds, seconds)
        print(*rows_of(comparison, measured), sep="\n", flush=True)
        versions = {name: side["version"] for name, side in measured.items()}
        raw["machine"]["Niwaki"] = versions.pop("niwaki")
        raw["machine"][comparison.by] = next(iter(versions.values()))
    raw["race"] = race(python, arguments.program.resolve(), laps)
    sides = {name: [lap["seconds"][name] for lap in raw["race"]] for name in raw["race"][0]["seconds"]}
    niwaki = sides.pop("niwaki")
    print(report.row(RACE, "s", sides, niwaki, RACE_GOAL), end="\n\n")

    print(*(f"- {name}: {value}" for name, value in raw["machine"].items()), sep="\n")
    accuracy = raw["race"][-1]["accuracy"].items()
    print("- test accuracy after the last round:", ", ".join(f"{name} {value:.2%}" for name, value in accuracy))
    if arguments.json:
        arguments.json.write_text(json.dumps(raw, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""Servers that take training steps when they are asked, and turns between them."""

import json
import statistics
import subprocess
import time

# Threads that wait for work spin for a while; the next server is not to share the cores with them.
PAUSE_SECONDS = 0.3


class Server:
    """A process that speaks the protocol of `step.py`; leaving its `with` block ends it."""

    def __init__(self, command: list[str]):
        self.command = command
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.version = self._answer()["version"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def take_steps(self, count: int) -> list[float]:
        """Milliseconds of each of `count` training steps."""
        return self._ask(f"run {count}")["milliseconds"]

    def memory(self) -> dict:
        return self._ask("memory")

    def _ask(self, request: str) -> dict:
        try:
            print(request, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass  # `_answer` says that the server ended.
        return self._answer()

    def _answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"`{' '.join(self.command)}` ended with status {self.process.wait()}")
        return json.loads(line)


def take_turns(servers: list[Server], rounds: int, seconds: float) -> list[list[list[float]]]:
    """For each server its milliseconds of each step of each round.

    The servers take turns, each for about `seconds`, so that whatever else slows the machine slows all.
    """
    counts = []
    for server in servers:
        milliseconds = statistics.median(server.take_steps(5))
        counts.append(max(3, round(seconds * 1e3 / milliseconds)))
        time.sleep(PAUSE_SECONDS)
    blocks = [[] for _ in servers]
    for _ in range(rounds):
        for server, count, taken in zip(servers, counts, blocks):
            taken.append(server.take_steps(count))
            time.sleep(PAUSE_SECONDS)
    return blocks

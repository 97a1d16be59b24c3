#!/usr/bin/env python3
"""Trains for very long and compares the begin with the end: memory, file handles and step time must not grow.

    tests/faults/long_run.py --steps 100000 --report long-run.md
"""
import argparse
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from trial import processes
from world import Left, World, plain_environment

GROWTH = 0.05  # of memory, from the first tenth to the last
SLACK_KIB = 1024
SLOWER = 0.25  # of the median step: other work on the machine moves it by so much


class LongRun:
    def __init__(self, steps, folder):
        self.steps, self.folder = steps, folder / "run"
        self.world = World(folder / "world", "2 ranks, zero 3")
        self.memory, self.handles = {}, {}  # of each process, in order

    def train(self):
        self.world.fill(self.folder, "begin")
        settings = ("checkpoint.every_steps=1000", "checkpoint.keep=3", f"schedule.decay_steps={self.steps}")
        words = [word for setting in settings for word in ("--set", setting)]
        process = subprocess.Popen(self.world.command(False, self.steps, words), cwd=self.folder,
                                   env=plain_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        pause = min(2.0, self.steps / 20000)
        while process.poll() is None:
            self.sample(process.pid)
            time.sleep(pause)
        records = Left(self.folder).lines("metrics.jsonl")
        self.seconds = [record["step_seconds"] for record in records]
        self.finished = process.returncode == 0 and len(records) == self.steps

    def sample(self, supervisor):
        metrics = self.folder / "runs/run/metrics.jsonl"
        if not metrics.exists() or metrics.stat().st_size == 0:
            return  # still starting
        found = {"supervisor": supervisor}
        for pid, variables in processes():
            if variables.get("TRIREME_JOB_ID", "").endswith(f"-{supervisor}"):
                found[f"rank {variables['TRIREME_RANK']}"] = pid
        for name, pid in found.items():
            try:
                rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
                sizes = {line.split(":")[0]: int(line.split()[1]) for line in rollup.splitlines()[1:]}
                handles = len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))
            except OSError:
                continue
            # Without the pages of files: a rank's share of libtorch depends on who else on the machine has it loaded.
            self.memory.setdefault(name, []).append(sizes["Pss_Anon"] + sizes["Pss_Shmem"])
            self.handles.setdefault(name, []).append(handles)

    def figures(self):
        """(what, in the first tenth, in the last tenth, the most that the last may be)."""
        rows = []
        for name in sorted(self.memory):
            first, last = tenths(self.memory[name])
            rows.append((f"PSS of {name} without files, KiB", first, last, first * (1 + GROWTH) + SLACK_KIB))
            first, last = tenths(self.handles[name])
            rows.append((f"file handles of {name}", first, last, first + 1))  # a save has one open now and then
        first, last = tenths(self.seconds)
        rows.append(("step time, ms", 1000 * first, 1000 * last, 1000 * first * (1 + SLOWER)))
        return rows

    def problems(self):
        found = [] if self.finished else ["the run did not finish"]
        return found + [f"{what} grew from {first:.4g} to {last:.4g}"
                        for what, first, last, most in self.figures() if last > most]

    def table(self):
        lines = [f"{self.steps} steps, {len(self.memory.get('rank 0', []))} samples.", "",
                 "| what | median of the first tenth | median of the last tenth |", "|---|---|---|"]
        return "\n".join(lines + [f"| {what} | {first:.6g} | {last:.6g} |" for what, first, last, _ in self.figures()])


def tenths(values):
    """Medians of the first and the last tenth, without the warm-up."""
    settled = values[len(values) // 20:]
    tenth = max(1, len(settled) // 10)
    return statistics.median(settled[:tenth]), statistics.median(settled[-tenth:])


def main():
    parser = argparse.ArgumentParser(description="A long run with flat memory, handles and step time.")
    parser.add_argument("--steps", type=int, default=100000)
    parser.add_argument("--report", type=pathlib.Path, help="write the table here, as Markdown")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="trireme-long-"))
    run = LongRun(arguments.steps, folder)
    run.train()
    shutil.rmtree(folder, ignore_errors=True)
    text = "\n".join([run.table(), "", *run.problems()])
    print(text)
    if arguments.report:
        arguments.report.write_text(text + "\n")
    return 1 if run.problems() else 0


if __name__ == "__main__":
    sys.exit(main())

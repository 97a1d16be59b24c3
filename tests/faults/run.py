#!/usr/bin/env python3
"""Hurts random runs of a tiny model and checks that nothing is lost, nothing hangs and the culprit is named.

    tests/faults/run.py --trials 1000 --seed 1 --report faults.md
    tests/faults/run.py --seed 1 --only 17        one trial again
"""
import argparse
import collections
import concurrent.futures
import pathlib
import shutil
import sys
import tempfile

from trial import Trial
from world import LAYOUTS, World


def make_worlds(folder):
    return {layout: World(folder / f"world_{i}", layout) for i, layout in enumerate(LAYOUTS)}


def run_trials(seed, numbers, parallel, folder, told=lambda outcome: None):
    worlds = make_worlds(folder)
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(parallel) as pool:
        waiting = [pool.submit(lambda n=number: Trial(seed, n, worlds, folder).run()) for number in numbers]
        try:
            for done in concurrent.futures.as_completed(waiting):
                outcomes.append(done.result())
                told(outcomes[-1])
        except KeyboardInterrupt:  # ends with what is done
            pool.shutdown(cancel_futures=True)
    return sorted(outcomes, key=lambda outcome: outcome.number)


def accuracy(outcomes):
    """(named, due) over the runs that ended with a report."""
    due = [outcome.culprit for outcome in outcomes if outcome.culprit is not None]
    return sum(due), len(due)


def table(outcomes):
    groups = collections.defaultdict(list)
    for outcome in outcomes:
        groups[" + ".join(outcome.kinds) if len(outcome.kinds) == 1 else "two kinds"].append(outcome)
    lines = ["| fault | trials | struck | run went on | ended and resumed | culprit named | failures |",
             "|---|---|---|---|---|---|---|"]
    for name, group in [*sorted(groups.items()), ("**all**", outcomes)]:
        went_on = sum(outcome.ended == "exit code 0" for outcome in group)
        named, due = accuracy(group)
        failures = sum(bool(outcome.problems) for outcome in group)
        lines.append(f"| {name} | {len(group)} | {sum(outcome.struck for outcome in group)} | {went_on} | "
                     f"{len(group) - went_on} | {named} of {due} | {failures} |")
    return "\n".join(lines)


def failures_text(outcomes, seed):
    parts = []
    for outcome in outcomes:
        for problem in outcome.problems:
            parts.append(f"--seed {seed} --only {outcome.number}: {outcome.description}\n  {problem}")
    return "\n".join(parts)


def parse_arguments():
    parser = argparse.ArgumentParser(description="Random faults against a tiny training run.")
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="run only the trial of this number")
    parser.add_argument("--parallel", type=int, default=4, help="trials at once")
    parser.add_argument("--report", type=pathlib.Path, help="write the table and the failures here, as Markdown")
    parser.add_argument("--keep", action="store_true", help="keep the folders of failed trials")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="trireme-faults-"))
    numbers = range(arguments.trials) if arguments.only is None else [arguments.only]

    def tell(outcome):
        word = "FAILED" if outcome.problems else "ok" if outcome.struck else "missed"
        took = f"{outcome.seconds:5.1f} s"
        print(f"{word:6} {outcome.number:5} {took}  {outcome.ended}  {outcome.description}", flush=True)

    outcomes = run_trials(arguments.seed, numbers, arguments.parallel, folder, tell)
    failures = failures_text(outcomes, arguments.seed)
    print(f"\n{table(outcomes)}\n\n{failures}")
    if arguments.report:
        arguments.report.write_text(f"{table(outcomes)}\n\n{failures}\n")
    if arguments.keep:
        print(f"kept in {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    named, due = accuracy(outcomes)
    return 1 if failures or named < 0.99 * due else 0


if __name__ == "__main__":
    sys.exit(main())

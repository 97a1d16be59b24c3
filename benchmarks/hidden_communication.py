#!/usr/bin/env python3
"""Reads traces of GPU ranks (log.trace) and says which gathers and reductions ran behind computing layers.

  benchmarks/hidden_communication.py runs/trace.rank_0.json [--steps 2]

For each collective of the last steps: how long the GPU ran it, and which share of that some layer computed at the same
time. What is not hidden delays the step.
"""
import argparse
import collections
import json
import pathlib


def spans_of(path):
    """The GPU's spans by category, in order: (name, begin, end) in microseconds."""
    text = pathlib.Path(path).read_text()
    if not text.rstrip().endswith("]"):  # a killed rank
        text = text[:text.rindex("}") + 1] + "]"
    spans = collections.defaultdict(list)
    for event in json.loads(text):
        if event.get("cat", "").startswith("GPU"):
            spans[event["cat"]].append((event["name"], event["ts"], event["ts"] + event["dur"]))
    if not spans["GPU compute"] or not spans["GPU collective"]:
        raise SystemExit(f"{path} has no spans of a GPU: train on GPUs with log.trace set")
    return {category: sorted(found, key=lambda span: span[1]) for category, found in spans.items()}


def overlap(begin, end, computes):
    return sum(max(0.0, min(end, other_end) - max(begin, other_begin)) for _, other_begin, other_end in computes)


def last_steps(spans, steps):
    """From the begin of the first layer of the first of these steps on."""
    first_layer = spans["GPU compute"][0][0]
    begins = [begin for name, begin, _ in spans["GPU compute"] if name == first_layer]
    start = begins[-min(steps, len(begins))]
    return {category: [span for span in found if span[1] >= start] for category, found in spans.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("traces", nargs="+")
    parser.add_argument("--steps", type=int, default=2, help="the last steps of the trace")
    args = parser.parse_args()
    for path in args.traces:
        spans = last_steps(spans_of(path), args.steps)
        whole, hidden = collections.Counter(), collections.Counter()
        for name, begin, end in spans["GPU collective"]:
            whole[name] += end - begin
            hidden[name] += overlap(begin, end, spans["GPU compute"])
        computed = sum(end - begin for _, begin, end in spans["GPU compute"])
        print(f"{path}: layers computed for {computed / 1e3 / args.steps:.1f} ms a step")
        print(f"{'collective':44} {'ms a step':>10} {'hidden':>8}")
        for name in whole:
            print(f"{name:44} {whole[name] / 1e3 / args.steps:10.2f} {hidden[name] / whole[name]:8.0%}")
        for kind in ("gather", "reduce"):
            total = sum(time for name, time in whole.items() if name.startswith(kind))
            covered = sum(time for name, time in hidden.items() if name.startswith(kind))
            print(f"{'all: ' + kind:44} {total / 1e3 / args.steps:10.2f} {covered / max(total, 1e-9):8.0%}")


if __name__ == "__main__":
    main()

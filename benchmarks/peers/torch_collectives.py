#!/usr/bin/env python3
"""The rows of `trireme bench collectives` by torch.distributed: gloo on the CPU, NCCL on GPUs. Prints a JSON array.

Starts its own processes. Sizes, buffers (all_reduce and broadcast in place, the others not), checks and the timing rule
are those of src/trireme/bench/collectives_bench.h.

  benchmarks/peers/torch_collectives.py --ranks 2 --max 64MiB
"""
import argparse
import json
import math
import os
import socket
import statistics
import sys
import time
import warnings

import torch
import torch.distributed as dist
import torch.multiprocessing

OPERATIONS = ("all_reduce", "all_gather", "reduce_scatter", "all_to_all", "broadcast", "send_recv")
UNITS = {"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
FIGURE_SECONDS = 2e-3
PERIOD = 1048573
LARGEST_SUM = 256  # bf16 has every integer up to here


def parse_size(text):
    number = text.rstrip("BKMGi")
    return int(number) * UNITS[text[len(number):]]


def bus_factor(operation, ranks):
    """https://github.com/NVIDIA/nccl-tests/blob/master/doc/PERFORMANCE.md"""
    others = (ranks - 1) / ranks
    return {"all_reduce": 2 * others, "broadcast": 1, "send_recv": 1}.get(operation, others)


class Case:
    """One collective over buffers of one size."""

    def __init__(self, operation, size, dtype, device):
        self.operation, self.rank, self.ranks, self.device = operation, dist.get_rank(), dist.get_world_size(), device
        self.piece = max(1, size // dtype.itemsize // self.ranks)
        whole = self.piece * self.ranks
        make = lambda count: torch.empty(count, dtype=dtype, device=device)
        self.source = make(self.piece if operation == "all_gather" else whole)
        in_place = operation in ("all_reduce", "broadcast")
        self.target = self.source if in_place else make(self.piece if operation == "reduce_scatter" else whole)
        self.bytes = whole * dtype.itemsize

    def run(self):
        source, target = self.source, self.target
        if self.operation == "all_reduce":
            dist.all_reduce(source)
        elif self.operation == "all_gather":
            dist.all_gather_into_tensor(target, source)
        elif self.operation == "reduce_scatter":
            dist.reduce_scatter_tensor(target, source)
        elif self.operation == "all_to_all":
            dist.all_to_all_single(target, source)
        elif self.operation == "broadcast":
            dist.broadcast(source, 0)
        else:
            messages = [dist.P2POp(dist.isend, source, (self.rank + 1) % self.ranks),
                        dist.P2POp(dist.irecv, target, (self.rank - 1) % self.ranks)]
            for work in dist.batch_isend_irecv(messages):
                work.wait()

    def check(self, patterns):
        """Every element, against integers whose sums are exact; leaves zeros, which sums of sums can't overflow."""
        self.target.fill_(-1)
        self.source.copy_(repeated(patterns[self.rank], 0, self.source.numel()))
        self.run()
        total, mine, before = patterns[self.ranks], self.rank * self.piece, patterns[(self.rank - 1) % self.ranks]
        for p, got in enumerate(self.target.split(self.piece)):
            period, first = {"all_reduce": (total, p * self.piece), "all_gather": (patterns[p], 0),
                             "reduce_scatter": (total, mine), "all_to_all": (patterns[p], mine),
                             "broadcast": (patterns[0], p * self.piece),
                             "send_recv": (before, p * self.piece)}[self.operation]
            if not torch.equal(got, repeated(period, first, self.piece)):
                sys.exit(f"{self.operation} of {self.bytes} bytes: piece {p} on rank {self.rank} is wrong")
        self.source.zero_()
        self.target.zero_()


def repeated(period, first, count):
    """Elements [first, first + count) of the endless repetition."""
    start = first % PERIOD
    return period.repeat((start + count - 1) // PERIOD + 1)[start:start + count]


def make_patterns(ranks, dtype, device):
    """One period of each rank's values, then one of their sum."""
    values = min(32, LARGEST_SUM // ranks)
    patterns = [torch.randint(values, (PERIOD,), generator=torch.Generator().manual_seed(rank)) for rank in range(ranks)]
    return [pattern.to(device=device, dtype=dtype) for pattern in [*patterns, sum(patterns)]]


def time_batch(case, runs):
    """Seconds of the slowest rank, after a barrier."""
    dist.barrier()
    if case.device.type == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(runs):
        case.run()
    if case.device.type == "cuda":
        torch.cuda.synchronize()
    seconds = torch.tensor([time.perf_counter() - start], dtype=torch.float64, device=case.device)
    dist.all_reduce(seconds, dist.ReduceOp.MAX)
    return seconds.item()


def runs_of_a_figure(case):
    runs = 1
    while (seconds := time_batch(case, runs)) < FIGURE_SECONDS:
        runs = min(math.ceil(1.1 * FIGURE_SECONDS / seconds * runs), 16 * runs)
    return runs


def row(case, rounds, dtype_name):
    runs = runs_of_a_figure(case)
    seconds = [time_batch(case, runs) / runs for _ in range(rounds)]
    median = statistics.median(seconds)
    speed = case.bytes / median / 1e9
    return {"operation": case.operation, "ranks": case.ranks, "backend": dist.get_backend(), "bytes": case.bytes,
            "dtype": dtype_name, "buffers": "any", "seconds_median": median, "seconds_min": min(seconds), "algbw_gbs": speed,
            "busbw_gbs": speed * bus_factor(case.operation, case.ranks), "spread": (max(seconds) - min(seconds)) / median,
            "checked": True}


def run_rank(rank, arguments, port):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", category=FutureWarning)  # newer PyTorch renames two calls that older ones need
    device = torch.device(arguments.device, rank) if arguments.device == "cuda" else torch.device("cpu")
    if device.type == "cuda":
        torch.cuda.set_device(device)
    backend = "nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, rank=rank, world_size=arguments.ranks)
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[arguments.dtype]
    patterns = make_patterns(arguments.ranks, dtype, device)
    rows = []
    for operation in OPERATIONS if arguments.operations == "all" else arguments.operations.split(","):
        size = parse_size(arguments.min)
        while size <= parse_size(arguments.max):
            case = Case(operation, size, dtype, device)
            case.check(patterns)
            rows.append(row(case, arguments.rounds, arguments.dtype))
            size *= 4
    dist.destroy_process_group()
    if rank == 0:
        print(json.dumps(rows), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--operations", default="all", help="comma-separated")
    parser.add_argument("--dtype", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--min", default="4KiB")
    parser.add_argument("--max", default="256MiB")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    arguments = parser.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(run_rank, (arguments, port), nprocs=arguments.ranks)


if __name__ == "__main__":
    main()

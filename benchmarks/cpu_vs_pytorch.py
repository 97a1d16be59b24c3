#!/usr/bin/env python3
"""Times trireme's training step against PyTorch's on this machine's CPUs.

    benchmarks/cpu_vs_pytorch.py --recipe llama_15m --dtype fp32 bf16 --mode ddp --output results.json

Ours and every variant of PyTorch (eager and torch.compile, with the C library's malloc as it is and tuned) run in turn,
round after round, from the same weights on the same tokens. Ratios are PyTorch's best variant over ours, above 1 where
ours is better; the spread is that of the rounds. Fails when losses differ by more than 1e-5 (fp32) or 2e-3 (bf16).
Run it with the Python that has PyTorch.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TUNED_MALLOC = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "-1", "MALLOC_TOP_PAD_": str(64 << 20)}
LOSS_TOLERANCE = {"fp32": 1e-5, "bf16": 2e-3}
# Figures of a run that are compared: lower is better in all.
FIGURES = ("cpu_ms_median", "step_ms_median", "peak_rss_mb", "pss_mb", "start_to_first_step_s")
OUR_MODE = {"none": "none", "ddp": "ddp", "fsdp2": "zero-3"}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--recipe", nargs="+", default=["llama_15m"], help="names in recipes/bench")
    parser.add_argument("--dtype", nargs="+", choices=["fp32", "bf16"], default=["fp32", "bf16"])
    parser.add_argument("--mode", nargs="+", choices=sorted(OUR_MODE), default=["ddp"])
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1, help="of each rank")
    parser.add_argument("--batch", type=int, default=8, help="sequences a rank")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--variants", nargs="+", choices=["eager", "eager-tuned", "compile", "compile-tuned"],
                        default=["eager", "eager-tuned", "compile", "compile-tuned"])
    parser.add_argument("--peer", type=pathlib.Path, default=ROOT / "benchmarks/peers/torch_cpu.py")
    parser.add_argument("--trireme", type=pathlib.Path, default=ROOT / "build/release/bin/trireme")
    parser.add_argument("--output", type=pathlib.Path, help="JSON file of all runs and ratios")
    return parser.parse_args()


def run_json(command: list, environment: dict) -> dict:
    done = subprocess.run([str(word) for word in command], env=os.environ | environment, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        sys.exit(f"{command[0]} failed ({done.returncode}):\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return json.loads(lines[-1])


class Setting:
    """One model in one dtype and one way of spreading it."""

    def __init__(self, arguments, recipe: str, dtype: str, mode: str, weights: pathlib.Path):
        self.arguments, self.dtype, self.mode, self.weights = arguments, dtype, mode, weights
        self.recipe = ROOT / f"recipes/bench/{recipe}.toml"
        self.ranks = 1 if mode == "none" else arguments.ranks
        threads = f"{arguments.threads} thread{'s' if arguments.threads > 1 else ''}"
        place = threads if mode == "none" else f"{mode}, {self.ranks} ranks of {threads}"
        self.name = f"{recipe} {dtype} {place}"
        self.environment = {"OMP_NUM_THREADS": str(arguments.threads)}

    def common(self) -> list:
        return ["--dtype", self.dtype, "--batch", self.arguments.batch, "--steps", self.arguments.steps,
                "--weights", self.weights]

    def ours(self) -> dict:
        return run_json([self.arguments.trireme, "bench", "step", self.recipe, "--ranks", self.ranks, "--threads",
                         self.arguments.threads, "--mode", OUR_MODE[self.mode], "--json", *self.common()], self.environment)

    def peer(self, variant: str) -> dict:
        start = [sys.executable]
        if self.mode != "none":
            start += ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", self.ranks]
        compiles = ["--compile"] if variant.startswith("compile") else []
        return run_json([*start, self.arguments.peer, self.recipe, "--mode", self.mode, *compiles, *self.common()],
                        self.environment | (TUNED_MALLOC if variant.endswith("tuned") else {}))


def figure(run: dict, key: str) -> float:
    return max(run[key]) if isinstance(run[key], list) else run[key]


def median(runs: list[dict], key: str) -> float:
    return statistics.median(figure(run, key) for run in runs)


def loss_distance(ours: list[dict], peers: list[dict]) -> float:
    return max(abs(a - b) for peer in peers for a, b in zip(ours[0]["losses"], peer["losses"], strict=True))


def compare(setting: Setting) -> dict:
    ours, peers = [], {variant: [] for variant in setting.arguments.variants}
    for _ in range(setting.arguments.rounds):
        for variant, runs in peers.items():
            ours.append(setting.ours())
            runs.append(setting.peer(variant))
    ratios = {}
    for key in FIGURES:
        best = min(peers, key=lambda variant: median(peers[variant], key))
        own = median(ours, key)
        by_round = [figure(run, key) / own for run in peers[best]]
        ratios[key] = {"ours": own, "best_variant": best, "theirs": median(peers[best], key),
                       "ratio": median(peers[best], key) / own, "lowest": min(by_round), "highest": max(by_round)}
    distance = max(loss_distance(ours, runs) for runs in peers.values())
    return {"setting": setting.name, "ratios": ratios, "loss_distance": distance,
            "losses_agree": distance <= LOSS_TOLERANCE[setting.dtype], "ours": ours, "peers": peers}


def report(result: dict):
    print(f"\n{result['setting']}: losses within {result['loss_distance']:.1e}"
          f"{'' if result['losses_agree'] else ', MORE THAN ALLOWED'}")
    for key, ratio in result["ratios"].items():
        print(f"  {key:22} {ratio['ratio']:5.2f}x ({ratio['lowest']:.2f} to {ratio['highest']:.2f})  "
              f"ours {ratio['ours']:.1f}, PyTorch {ratio['theirs']:.1f} ({ratio['best_variant']})", flush=True)


def main() -> int:
    arguments = parse_arguments()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for recipe in arguments.recipe:
            weights = pathlib.Path(folder) / f"{recipe}.safetensors"
            subprocess.run([sys.executable, ROOT / "benchmarks/peers/torch_cpu.py", ROOT / f"recipes/bench/{recipe}.toml",
                            "--save-weights", weights], check=True)
            for mode in arguments.mode:
                for dtype in arguments.dtype:
                    results.append(compare(Setting(arguments, recipe, dtype, mode, weights)))
                    report(results[-1])
    if arguments.output:
        arguments.output.write_text(json.dumps(results, indent=1) + "\n")
    return 0 if all(result["losses_agree"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())

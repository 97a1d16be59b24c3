"""The tiny run that is hurt: its folders, its layouts, and what the run that nobody hurt leaves."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/runs"))

from run_support import LAUNCHER_PREFIXES, RECIPE, TRIREME, prose  # noqa: E402

LIBRARY = pathlib.Path(TRIREME).resolve().parent / "faulty_calls.so"
STEPS, HALF, EVERY = 12, 6, 3
SETTINGS = {"train.steps": STEPS, "train.seq_len": 16, "model.max_position_embeddings": 16,
            "checkpoint.every_steps": EVERY, "schedule.decay_steps": STEPS, "system.heartbeat_s": 1.0,
            "system.timeout_s": 8}
LAYOUTS = {"2 ranks, zero 3": (2, {}), "3 ranks, zero 1": (3, {"parallel.zero": 1}),
           "2 ranks, zero 0": (2, {"parallel.zero": 0}), "4 ranks, 2 replicas": (4, {"parallel.dp_replicate": 2})}
CORPUS = ("corpus.bin", "corpus.idx", "corpus.json")


def plain_environment():
    return {name: value for name, value in os.environ.items() if not name.startswith(LAUNCHER_PREFIXES)}


class World:
    """One layout's inputs, its golden run, a run that ended half way, and the calls both make. Only read once made."""

    def __init__(self, folder, layout):
        self.folder, self.layout = folder, layout
        self.ranks, self.settings = LAYOUTS[layout]
        folder.mkdir(parents=True)
        (folder / "corpus.txt").write_text(prose())
        subprocess.run([TRIREME, "data", "prepare", "corpus.txt", "--tokenizer", "bytes", "--to", "corpus"], cwd=folder,
                       check=True, capture_output=True)
        self.whole, self.half, self.end = (folder / name for name in ("whole", "half", "end"))
        self.calls = {"begin": self.clean_run(self.whole)}
        self.clean_run(self.half, steps=HALF)
        self.calls["resume"] = self.clean_run(self.end, begin="resume")
        self.golden = Left(self.whole)

    def clean_run(self, folder, begin="begin", steps=STEPS):
        """Returns the calls that it made."""
        self.fill(folder, begin)
        environment = plain_environment() | noting(folder.with_suffix(".calls"))
        subprocess.run(self.command(begin == "resume", steps), cwd=folder, env=environment, check=True,
                       capture_output=True, stdin=subprocess.DEVNULL)
        return read_log(folder.with_suffix(".calls"))

    def fill(self, folder, begin):
        """The folder of a run that has yet to begin, or of one to resume."""
        folder.mkdir(parents=True)
        for name in CORPUS:
            shutil.copy(self.folder / name, folder)
        (folder / "recipe.toml").write_text(RECIPE)
        if begin == "resume":
            shutil.copytree(self.half / "runs", folder / "runs")

    def command(self, resume, steps=STEPS, words=()):
        settings = SETTINGS | self.settings | {"train.micro_batch_size": 12 // self.ranks, "train.steps": steps}
        sets = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        return [TRIREME, "train", "recipe.toml", "--ranks", str(self.ranks), *sets, *words,
                *(["--resume"] if resume else [])]


def noting(log):
    places = ("runs/run", "corpus", "recipe.toml", "control", "pipe:")
    plan = ";".join(f"*|any|{place}|1|1000000|note" for place in places)
    return {"LD_PRELOAD": str(LIBRARY), "FAULTS": plan, "FAULT_LOG": str(log)}


def read_log(log):
    """[(who, call, action, path)] of what the library noted or struck."""
    lines = log.read_text().splitlines() if log.exists() else []
    return [tuple(line.split(" ", 3)) for line in lines]


class Left:
    """What a run left in its folder."""

    def __init__(self, folder):
        self.run = folder / "runs/run"

    def lines(self, name):
        path = self.run / name
        found = []
        for line in path.read_text(errors="replace").splitlines() if path.exists() else []:
            try:
                found.append(json.loads(line))
            except ValueError:
                pass
        return found

    def losses(self):
        return {record["step"]: record["loss"] for record in self.lines("metrics.jsonl")}

    def complete_steps(self):
        return sorted(int(path.parent.name[5:]) for path in (self.run / "checkpoints").glob("step_*/manifest.json"))

    def last_state(self):
        """The bytes of the last checkpoint, and where the data goes on."""
        folder = self.run / f"checkpoints/step_{self.complete_steps()[-1]:08}"
        state = {path.name: path.read_bytes() for path in folder.glob("*.safetensors")}
        state["next_sample"] = json.loads((folder / "manifest.json").read_text())["state"]["next_sample"]
        return state

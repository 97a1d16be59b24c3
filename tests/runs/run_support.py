"""Real training runs of a tiny Llama, from text to checkpoint, for tests that stop, kill and resume them."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRIREME = os.environ.get("TRIREME_BIN", str(ROOT / "build/release/bin/trireme"))
SCALE = int(os.environ.get("TRIREME_TEST_SCALE", "1"))
LAUNCHER_PREFIXES = ("OMPI_", "PMIX_", "PMI_", "SLURM_", "TRIREME_RANK", "RANK", "WORLD_SIZE", "LOCAL_", "MASTER_")

RECIPE = """version = 1
[model]
hidden_size = 32
intermediate_size = 72
num_hidden_layers = 2
num_attention_heads = 2
num_key_value_heads = 1
vocab_size = 257
tie_word_embeddings = true
max_position_embeddings = 32
[data]
train = ["corpus"]
valid_fraction = 0.1
tokenizer = "bytes"
[train]
steps = 30
global_batch_size = 12
micro_batch_size = 1
seq_len = 32
[checkpoint]
every_steps = 5
[evaluate]
batches = 1
[log]
name = "run"
[system]
device = "cpu"
threads = 1
heartbeat_s = 0.5
timeout_s = 20
"""


def prose():
    """English enough for a loss that falls; the same in every run."""
    words = "the ship had three banks of oars and a bronze ram at the bow which the crew kept bright".split()
    return " ".join(words[i * i % len(words)] + ("." if i % 11 == 0 else "") for i in range(4000))


def free_port():
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


def torchrun_variables(rank, world, port, ranks_a_node=None):
    """What torchrun sets for a rank; the nodes may all be this host."""
    local = ranks_a_node or world
    return {"RANK": str(rank), "WORLD_SIZE": str(world), "LOCAL_RANK": str(rank % local), "LOCAL_WORLD_SIZE": str(local),
            "MASTER_ADDR": "localhost", "MASTER_PORT": str(port)}


class RunTest(unittest.TestCase):
    """Each test has a folder of its own with token files and the recipe in it, and leaves no process behind."""

    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="runs_"))
        cls.addClassCleanup(shutil.rmtree, cls.shared)
        (cls.shared / "corpus.txt").write_text(prose())
        subprocess.run([TRIREME, "data", "prepare", "corpus.txt", "--tokenizer", "bytes", "--to", "corpus"],
                       cwd=cls.shared, check=True, capture_output=True)

    def setUp(self):
        self.folder = self.new_folder()
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(LAUNCHER_PREFIXES)}
        self.addCleanup(self.check_nothing_left)

    def new_folder(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="run_", dir=self.shared))
        for name in ("corpus.bin", "corpus.idx", "corpus.json"):
            (folder / name).symlink_to(self.shared / name)
        (folder / "recipe.toml").write_text(RECIPE)
        return folder

    def start(self, *words, folder=None, env=None):
        return subprocess.Popen([TRIREME, "train", "recipe.toml", *words], cwd=folder or self.folder, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=self.environment | (env or {}))

    def finish(self, process, code=0, seconds=120):
        process.out, process.err = process.communicate(timeout=seconds)
        if code is not None:
            self.assertEqual(process.returncode, code, process.err)
        return process

    def train(self, *words, code=0, **options):
        return self.finish(self.start(*words, **options), code)

    def wait_for_step(self, step, process, folder=None):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            if len(self.records(folder)) >= step:
                return
            time.sleep(0.005)
        self.fail(f"no step {step}: {process.communicate()[1]}")

    def ranks_of(self, process):
        """Process ids of a run's ranks, in order."""
        found = {}
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (entry / "exe").readlink().name == "trireme-train":
                    variables = dict(item.partition("=")[::2] for item in (entry / "environ").read_text().split("\0"))
                    if variables.get("TRIREME_JOB_ID", "").endswith(f"-{process.pid}"):
                        found[int(variables["TRIREME_RANK"])] = int(entry.name)
            except OSError:
                pass
        return [found[rank] for rank in sorted(found)]

    def check_goes_on_after(self, process, seconds):
        """Suspends a run as a batch system does: its processes stand still, then go on, one after the other. Ends it."""
        self.wait_for_step(2, process)
        everyone = [*self.ranks_of(process), process.pid]
        for pid in everyone:
            os.kill(pid, signal.SIGSTOP)
            time.sleep(0.1)
        time.sleep(seconds)
        for pid in reversed(everyone):
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.1)
        self.wait_for_step(self.records()[-1]["step"] + 5, process)
        process.send_signal(signal.SIGTERM)
        self.finish(process, code=75)
        self.assertNotIn("sign of life", process.err)

    def check_nothing_left(self):
        deadline = time.monotonic() + 5
        while (left := self.processes_here()) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(left, [])

    def processes_here(self):
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (entry / "cwd").readlink().is_relative_to(self.shared):
                    found.append(int(entry.name))
            except OSError:
                pass
        return found

    # What a run left

    def run_folder(self, folder=None):
        return (folder or self.folder) / "runs/run"

    def records(self, folder=None):
        """Whole lines of metrics.jsonl."""
        path = self.run_folder(folder) / "metrics.jsonl"
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def losses(self, folder=None):
        records = self.records(folder)
        self.assertEqual([record["step"] for record in records], list(range(1, len(records) + 1)))
        return [record["loss"] for record in records]

    def events(self, name, folder=None):
        lines = (self.run_folder(folder) / "events.jsonl").read_text().splitlines()
        return [event for event in map(json.loads, lines) if event["event"] == name]

    def last_checkpoint(self, folder=None):
        return sorted((self.run_folder(folder) / "checkpoints").glob("step_*"))[-1]

    def state_bytes(self, folder=None):
        """Every shard of the last checkpoint: weights and moments, bit for bit."""
        return {path.name: path.read_bytes() for path in self.last_checkpoint(folder).glob("*.safetensors")}

    def next_sample(self, folder=None):
        return json.loads((self.last_checkpoint(folder) / "manifest.json").read_text())["state"]["next_sample"]

    def assert_same_run(self, folder, other):
        self.assertEqual(self.losses(folder), self.losses(other))
        self.assertEqual(self.next_sample(folder), self.next_sample(other))
        mine, theirs = self.state_bytes(folder), self.state_bytes(other)
        self.assertEqual(mine.keys(), theirs.keys())
        for name, data in mine.items():
            self.assertTrue(data == theirs[name], f"{name} differs")

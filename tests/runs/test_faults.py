"""Bad data, bad weights and a full disk: a clear message, the documented exit code, and nothing lost."""
import pathlib
import shutil
import struct
import subprocess
import time
import unittest

from run_support import ROOT, TRIREME, RunTest

MOUNT = ["unshare", "--map-root-user", "--mount", "sh", "-c"]


class DataFaultsTest(RunTest):
    def spoil(self, name, change):
        path = self.folder / name
        data = change(path.read_bytes())
        path.unlink()
        path.write_bytes(data)

    def assert_refused(self, *parts, words=(), code=1):
        process = self.train("--ranks", "2", *words, code=code)
        for part in parts:
            self.assertIn(part, process.err)

    def test_truncated_tokens(self):
        self.spoil("corpus.bin", lambda data: data[:-100])
        self.assert_refused("corpus.bin")

    def test_corrupt_index(self):
        self.spoil("corpus.idx", lambda data: b"MMIDIDY" + data[7:])
        self.assert_refused("corpus.idx")

    def test_empty_corpus(self):
        self.spoil("corpus.bin", lambda data: b"")
        self.assert_refused("corpus.bin")

    def test_token_outside_the_vocabulary(self):
        self.spoil("corpus.bin", lambda data: struct.pack("<H", 9999) * (len(data) // 2))
        self.assert_refused("9999", "vocabulary")

    def test_corpus_shorter_than_a_sample(self):
        self.assert_refused("corpus", "seq_len", words=("--set", "train.seq_len=1000000"))


class NotANumberTest(RunTest):
    def setUp(self):
        super().setUp()
        self.train("--ranks", "1")
        subprocess.run([TRIREME, "convert", "--from", "runs/run", "--to", "model"], cwd=self.folder, check=True,
                       capture_output=True)
        shutil.rmtree(self.folder / "runs")
        weights = self.folder / "model/model.safetensors"
        data = bytearray(weights.read_bytes())
        data[-4:] = struct.pack("<f", float("nan"))
        weights.write_bytes(data)

    def test_non_finite_steps_are_skipped_counted_and_stop_the_run(self):
        process = self.train("--ranks", "2", "--set", "model.from=model", "--set", "train.max_skipped_steps=3", code=1)
        self.assertIn("loss or gradient norm was not finite in 4 steps in a row (train.max_skipped_steps = 3)", process.err)
        records = self.records()
        self.assertEqual([(record["loss"], record["skipped"]) for record in records], [(None, 1)] * len(records))
        self.assertGreaterEqual(len(records), 3)


class FullDiskTest(RunTest):
    """The run folder is a disk of its own, so small that a test can fill it."""

    def start_on_small_disk(self, kib, *words):
        script = f"mkdir -p runs && mount -t tmpfs -o size={kib}k tmpfs runs && exec {TRIREME} train recipe.toml " + " ".join(words)
        return subprocess.Popen([*MOUNT, script], cwd=self.folder, text=True, env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def inside(self, process):
        """The run folder as the process sees it."""
        return pathlib.Path(f"/proc/{process.pid}/root{self.folder}/runs/run")

    def wait_for(self, condition, process):
        deadline = time.monotonic() + 60
        while not condition():
            self.assertIsNone(process.poll(), process.stderr.read() if process.poll() is not None else "")
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def num_lines(self, process):
        try:
            return (self.inside(process) / "metrics.jsonl").read_text().count("\n")
        except OSError:
            return 0

    def fill(self, process):
        with open(self.inside(process).parent / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
            except OSError:
                return

    def test_save_that_does_not_fit_names_the_cause_and_keeps_older_ones(self):
        # One checkpoint of this model takes 0.4 MiB.
        process = self.start_on_small_disk(1000, "--ranks", "2", "--set", "train.steps=1000000", "--set", "checkpoint.keep=100")
        self.finish(process, code=3)
        self.assertRegex(process.err, r"checkpoint of step \d+ was not saved: rank \d: can't write .*: No space left on device "
                                      r"\(free some space, then run again\); older checkpoints stand")

    def test_log_waits_for_space(self):
        process = self.start_on_small_disk(2000, "--ranks", "2", "--set", "train.steps=1000000", "--set",
                                           "checkpoint.every_steps=0", "--set", "log.tensorboard=false")
        self.wait_for(lambda: self.num_lines(process) >= 3, process)
        self.fill(process)
        held = self.num_lines(process)
        # The last page of the file may have room left.
        time.sleep(2)
        (self.inside(process).parent / "filler").unlink()
        self.wait_for(lambda: self.num_lines(process) > held + 50, process)
        steps = [line.split('"step":')[1].split(",")[0] for line in
                 (self.inside(process) / "metrics.jsonl").read_text().splitlines()]
        process.terminate()
        self.finish(process, code=75)
        self.assertIn("No space left on device; the run goes on, lines are kept until there is space", process.err)
        self.assertIn("metrics.jsonl is complete again", process.err)
        self.assertEqual(steps, [str(i + 1) for i in range(len(steps))])


class RunOutputTest(RunTest):
    def test_what_a_run_leaves(self):
        self.train("--ranks", "2", "--trace", "trace.json")
        names = {path.name for path in self.run_folder().iterdir()}
        self.assertLessEqual({"config.toml", "environment.json", "metrics.jsonl", "events.jsonl", "logs", "checkpoints"}, names)
        self.assertTrue(any(name.startswith("events.out.tfevents") for name in names))
        keys = ("step loss grad_norm lr tokens tokens_seen step_seconds data_seconds compute_seconds comm_seconds save_seconds tokens_per_second tps_per_device mfu "
                "peak_memory_bytes skipped").split()
        for record in self.records():
            self.assertEqual(list(record), keys)
        losses = self.losses()
        self.assertLess(losses[-1], losses[0])
        page = subprocess.run([TRIREME, "report", "runs/run"], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(page.returncode, 0, page.stderr)
        self.assertTrue((self.run_folder() / "report.html").exists())
        self.assertEqual(len(list(self.folder.glob("trace*.json"))), 2)

    def test_demo_recipe_is_checked(self):
        done = subprocess.run([TRIREME, "check", ROOT / "recipes/demo.toml", "--set", "data.train=corpus", "--set",
                               "data.tokenizer=bytes"], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()

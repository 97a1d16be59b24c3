"""trireme train, the supervising half: run folders, ranks, failures and signals, with a stand-in for the ranks.

A copy of the trireme executable finds tests/support/fake_rank beside it under the name trireme-train.
"""
import json
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TRIREME = pathlib.Path(os.environ.get("TRIREME_BIN", ROOT / "build/release/bin/trireme")).resolve()
LAUNCHER_PREFIXES = ("OMPI_", "PMIX_", "PMI_", "SLURM_", "TRIREME_", "RANK", "WORLD_SIZE", "LOCAL_", "MASTER_")

RECIPE = """version = 1
[model]
hidden_size = 32
intermediate_size = 64
num_hidden_layers = 1
num_attention_heads = 2
num_key_value_heads = 2
vocab_size = 64
[data]
synthetic = true
[train]
steps = 10
global_batch_size = 12
seq_len = 16
[log]
name = "run"
"""


class Train(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="train_"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.addCleanup(self.check_nothing_left)
        self.program = self.folder / "bin/trireme"
        self.program.parent.mkdir()
        shutil.copy(TRIREME, self.program)
        shutil.copy(TRIREME.parent / "fake_rank", self.program.with_name("trireme-train"))
        (self.folder / "recipe.toml").write_text(RECIPE)
        self.run_folder = self.folder / "runs/run"
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(LAUNCHER_PREFIXES)}
        self.memory_names = set(os.listdir("/dev/shm"))

    def check_nothing_left(self):
        deadline = time.monotonic() + 3
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(left, [])
        self.assertEqual(set(os.listdir("/dev/shm")) - self.memory_names, set())

    def processes(self):
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (entry / "exe").readlink().is_relative_to(self.folder):
                    found.append(int(entry.name))
            except OSError:
                pass
        return found

    def start(self, *words, plan="", steps=20, **variables):
        environment = self.environment | {"FAKE_RANK": plan, "FAKE_STEPS": str(steps)} | variables
        return subprocess.Popen([self.program, "train", "recipe.toml", *words], cwd=self.folder, text=True,
                                env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def finish(self, process):
        process.out, process.err = process.communicate(timeout=60)
        return process

    def train(self, *words, **options):
        return self.finish(self.start(*words, **options))

    def wait_for_ranks(self, count):
        deadline = time.monotonic() + 10
        while len(list(self.run_folder.glob("logs/rank_*.log"))) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.3)

    def events(self):
        return [json.loads(line) for line in (self.run_folder / "events.jsonl").read_text().splitlines()]

    def assert_failed(self, process, code, *parts):
        self.assertEqual(process.returncode, code, process.err)
        for part in parts:
            self.assertIn(part, process.err)

    # The run folder

    def test_writes_the_run_folder(self):
        done = self.train("--ranks", "2", "--set", "train.steps=7")
        self.assert_failed(done, 0)
        self.assertIn("progress of rank 0", done.out)
        self.assertIn("steps = 7", (self.run_folder / "config.toml").read_text())
        environment = json.loads((self.run_folder / "environment.json").read_text())
        self.assertEqual(environment["world"], 2)
        self.assertEqual(environment["launcher"], "supervisor")
        self.assertEqual(environment["command"][1:3], ["train", "recipe.toml"])
        self.assertEqual([event["event"] for event in self.events()], ["start", "end"])
        log = (self.run_folder / "logs/rank_1.log").read_text()
        self.assertIn("arguments: train runs/run/config.toml\n", log)

    def test_log_name_defaults_to_the_recipe(self):
        (self.folder / "recipe.toml").write_text(RECIPE.replace('name = "run"', ""))
        self.assert_failed(self.train(), 0)
        self.assertTrue((self.folder / "runs/recipe/config.toml").exists())

    def make_run(self, steps=1):
        self.assert_failed(self.train(), 0)
        (self.run_folder / "metrics.jsonl").write_text("".join(f'{{"step":{i + 1}}}\n' for i in range(steps)))

    def test_a_second_run_does_not_overwrite_the_first(self):
        self.make_run()
        self.assert_failed(self.train(), 2, "runs/run holds a run already", "--resume", "--set log.name=NAME")

    def test_a_run_that_made_no_step_may_start_again(self):
        self.assert_failed(self.train(plan="0:exit=1@1"), 1)
        self.assert_failed(self.train(), 0)

    def test_resume_needs_a_run(self):
        self.assert_failed(self.train("--resume"), 2, "runs/run holds no run to resume")

    def test_resume_hands_resume_to_the_ranks_and_logs_what_changed(self):
        self.make_run()
        done = self.train("--resume", "--set", "optimizer.learning_rate=0.5")
        self.assert_failed(done, 0, "changed since the run began: optimizer.learning_rate: ")
        self.assertIn("config.toml --resume", (self.run_folder / "logs/rank_0.log").read_text())
        self.assertEqual(len(self.events()[-2]["changes"]), 1)

    def test_resume_refuses_another_model_and_other_data(self):
        self.make_run()
        before = (self.run_folder / "config.toml").read_text()
        for key, value in (("model.hidden_size", "64"), ("train.seq_len", "8"), ("train.seed", "9"),
                           ("data.order", "sequential")):
            self.assert_failed(self.train("--resume", "--set", f"{key}={value}"), 1, f"{key}: ", "must keep its model")
        self.assertEqual((self.run_folder / "config.toml").read_text(), before)

    def test_two_runs_in_one_folder(self):
        first = self.start("--ranks", "2", steps=100000)
        self.wait_for_ranks(2)
        self.assert_failed(self.train(), 3, "another run works in runs/run", f"process {first.pid} on ")
        first.send_signal(signal.SIGTERM)
        self.assertEqual(self.finish(first).returncode, 75)

    def test_a_folder_that_is_not_writable(self):
        (self.folder / "runs").write_text("a file in the way")
        self.assert_failed(self.train(), 3, "can't create folder runs/run")

    # Ranks

    def test_wrong_numbers_of_ranks(self):
        self.assert_failed(self.train("--ranks", "-1"), 2, "--ranks must be at least 1, got -1")
        self.assert_failed(self.train("--ranks", "5"), 1, "can't run on 5 ranks")
        self.assert_failed(self.train("--ranks", "2", "--set", "system.device=cuda"), 2, "2 ranks need 2 GPUs")
        self.assertFalse(self.run_folder.exists())

    def test_degrees_say_how_many_ranks(self):
        self.assert_failed(self.train("--set", "parallel.dp_shard=3"), 0)
        self.assertEqual(len(list(self.run_folder.glob("logs/*.log"))), 3)

    def test_more_ranks_than_cores_is_a_warning(self):
        ranks = str(12 * (1 + os.cpu_count() // 12))
        done = self.train("--ranks", ranks, "--set", f"train.global_batch_size={ranks}", steps=3)
        self.assert_failed(done, 0, f"{ranks} ranks share ", "the run is right but slow")

    def test_under_another_launcher_it_is_a_rank(self):
        for variables in ({"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "2950"},
                          {"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2"}):
            done = self.train(**variables)
            self.assert_failed(done, 0, "fake rank without a supervisor: rank 1 of 2")
            self.assertFalse(self.run_folder.exists())

    def test_a_missing_training_executable(self):
        self.program.with_name("trireme-train").unlink()
        self.assert_failed(self.train(), 3, "trireme-train is not there", "./trireme build")

    # Failures and signals

    def test_killed_rank(self):
        done = self.train("--ranks", "3", plan="1:signal=9@7", steps=1000)
        self.assert_failed(done, 3, "failed first: it was killed by SIGKILL", "in all_reduce 7 of world",
                           "last step 6", "runs/run/logs/rank_1.log", "--resume")
        self.assertEqual(self.events()[-1]["exit_code"], 3)

    def test_error_of_a_rank(self):
        done = self.train("--ranks", "2", plan="1:error=corpus.bin is truncated@2", steps=1000)
        self.assert_failed(done, 1, "cause: corpus.bin is truncated", "next: mend what the message names")

    def test_restarts(self):
        done = self.train("--ranks", "2", "--max-restarts", "1", plan="1:signal=9@3#0")
        self.assert_failed(done, 0, "restart 1 of 1 from the newest good checkpoint")
        self.assertEqual([event["event"] for event in self.events()], ["start", "restart", "end"])
        self.assertIn("SIGKILL", self.events()[1]["cause"])

    def test_crash_loop(self):
        done = self.train("--ranks", "2", "--max-restarts", "9", "--restart-delay", "0.05", plan="1:signal=9@3")
        self.assert_failed(done, 3, "no restart: a crash loop", "the first cause was: rank 1 was killed by SIGKILL")
        self.assertEqual([event["event"] for event in self.events()], ["start", "restart", "end"])

    def test_goes_on_with_fewer_ranks_that_the_recipe_accepts(self):
        # A batch of 12 sequences divides among 4 and 3 ranks, not among 5.
        words = ("--max-restarts", "9", "--restart-delay", "0.05", "--set", "train.global_batch_size=12")
        done = self.train("--ranks", "6", "--min-ranks", "3", *words, plan="1:signal=9@3#0;1:signal=9@3#1")
        self.assert_failed(done, 0, "on 4 ranks, without slot 1 5")
        self.assertEqual([event.get("world") for event in self.events()], [6, 6, 4, None])
        shutil.rmtree(self.run_folder)
        done = self.train("--ranks", "3", "--min-ranks", "3", *words, plan="1:signal=9@3")
        self.assert_failed(done, 3, "slot 1 failed first twice in a row without progress", "no world of 3 ranks or more is left")

    def test_signals_save_and_stop(self):
        for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT):
            process = self.start("--ranks", "2", steps=100000)
            self.wait_for_ranks(2)
            process.send_signal(number)
            self.assert_failed(self.finish(process), 75, "go on with: trireme train runs/run/config.toml --resume")
            shutil.rmtree(self.run_folder)

    def test_second_interrupt_kills(self):
        process = self.start("--ranks", "2", plan="0:hang@1;1:hang@1")
        self.wait_for_ranks(2)
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        self.assert_failed(self.finish(process), 130, "interrupted twice")

    def test_killed_supervisor_leaves_nothing_behind(self):
        process = self.start("--ranks", "2", plan="0:child@1;1:deaf@1", steps=100000)
        self.wait_for_ranks(2)
        self.assertGreaterEqual(len(self.processes()), 5)  # supervisor, keeper, two ranks, a rank's own child
        process.kill()
        self.finish(process)
        self.check_nothing_left()
        self.assert_failed(self.train(), 0)  # the lock went with it

    def test_rank_0_gets_a_terminal_when_there_is_one(self):
        own, child = pty.openpty()
        process = subprocess.Popen([self.program, "train", "recipe.toml"], cwd=self.folder, stderr=child,
                                   env=self.environment | {"FAKE_RANK": "0:terminal@1", "FAKE_STEPS": "3"})
        os.close(child)
        shown = b""
        while True:
            try:
                chunk = os.read(own, 4096)
            except OSError:
                break
            if not chunk:
                break
            shown += chunk
        os.close(own)
        self.assertEqual(process.wait(), 0)
        self.assertIn(b"\r\x1b[Kbar 1\r\x1b[Kbar 2\r\x1b[K", shown)
        self.assertTrue((self.run_folder / "logs/rank_0.log").read_text().endswith("a terminal\n"))


if __name__ == "__main__":
    unittest.main()

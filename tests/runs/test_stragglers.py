"""A rank that its peers wait for is named with what takes it long; a healthy run names nobody."""
import json
import os
import signal
import subprocess
import threading
import time
import unittest

from run_support import TRIREME, RunTest

LONG = ("--set", "train.steps=100000", "--set", "schedule.decay_steps=30", "--set", "checkpoint.every_steps=0",
        "--set", "evaluate.every_steps=0")
# A step as long as several stops, most of it a rank's own work: a rank that is stopped now and then is mostly stopped there.
OWN_WORK = ("--set", "model.hidden_size=256", "--set", "model.intermediate_size=704",
            "--set", "train.global_batch_size=48", "--set", "train.micro_batch_size=16")


class StragglerTest(RunTest):
    def stragglers(self):
        lines = (self.run_folder() / "events.jsonl").read_text().splitlines()
        return [event for event in map(json.loads, lines) if event["event"] == "straggler"]

    def slow_down(self, pid, done):
        """Lets a process run a sixth of the time."""
        while not done.is_set():
            os.kill(pid, signal.SIGSTOP)
            time.sleep(0.05)
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.01)

    def test_a_slow_rank_is_named_with_its_phase(self):
        process = self.start("--ranks", "3", *LONG, *OWN_WORK)
        self.wait_for_step(2, process)
        done = threading.Event()
        slow = threading.Thread(target=self.slow_down, args=(self.ranks_of(process)[1], done))
        slow.start()
        deadline = time.monotonic() + 90
        while not self.stragglers() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        done.set()
        slow.join()
        process.send_signal(signal.SIGTERM)
        self.finish(process, code=75)
        events = self.stragglers()
        self.assertTrue(events, process.err)
        self.assertEqual({event["rank"] for event in events}, {1})
        self.assertEqual(events[0]["phase"], "compute")
        self.assertGreater(events[0]["slowdown"], 1.5)
        self.assertTrue(0.5 < events[0]["share"] <= 1, events)
        self.assertRegex(process.err, r"the others wait for rank 1 on \S+: its own work takes \d+\.\d x the median of the ranks")
        rows = json.loads(subprocess.run([TRIREME, "report", "runs/run", "--json"], cwd=self.folder, check=True,
                                         capture_output=True, text=True).stdout)
        self.assertEqual(rows[0]["Stragglers"], "rank 1 (compute)")
        self.assertIn("straggler", (self.run_folder() / "report.html").read_text())

    def test_a_healthy_run_names_nobody(self):
        self.train("--ranks", "3", *LONG, "--set", "train.steps=90")
        self.assertEqual(self.stragglers(), [])
        for record in self.records():
            parts = record["data_seconds"] + record["compute_seconds"] + record["comm_seconds"]
            self.assertAlmostEqual(parts, record["step_seconds"], places=6)
            self.assertGreater(record["compute_seconds"], 0)


if __name__ == "__main__":
    unittest.main()

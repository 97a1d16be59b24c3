"""Training runs on every GPU of this host: what a rank that dies or hangs does to them, and what they leave behind.

tools/check_gpus.sh runs these where there are GPUs.
"""
import os
import signal
import socket
import time
import unittest

from gpu_support import GPUS, ON_GPU
from run_support import RunTest

ON_GPUS = ("--ranks", str(GPUS), *ON_GPU)
LONG = ("--set", "train.steps=100000", "--set", "schedule.decay_steps=30", "--set", "checkpoint.keep=1000000")
START_SECONDS = 60  # CUDA, NCCL and the first kernels


class GpuRunTest(RunTest):
    def setUp(self):
        super().setUp()
        self.assertGreaterEqual(GPUS, 2, "these tests need a host with several GPUs")

    def hurt(self, number):
        """Sends the last rank a signal after two steps; the run and the seconds until it ended."""
        process = self.start(*ON_GPUS, *LONG)
        self.wait_for_step(2, process)
        os.kill(self.ranks_of(process)[-1], number)
        started = time.monotonic()
        self.finish(process, code=3)
        return process, time.monotonic() - started

    def test_losses_follow_one_gpu_and_the_cpu(self):
        one, cpu = self.new_folder(), self.new_folder()
        self.train(*ON_GPUS)
        self.train("--ranks", "1", *ON_GPU, folder=one)
        self.train("--ranks", "2", "--set", "system.device=cpu", folder=cpu)
        for other in (one, cpu):
            for mine, theirs in zip(self.losses(), self.losses(other), strict=True):
                self.assertAlmostEqual(mine, theirs, delta=1e-5 * theirs)

    def test_killed_rank(self):
        process, seconds = self.hurt(signal.SIGKILL)
        self.assertLess(seconds, 10)
        last = GPUS - 1
        self.assertRegex(process.err, rf"rank {last} on {socket.gethostname()} \(pid \d+\) failed first: it was killed by SIGKILL")
        for rank in range(GPUS):  # each with its operation and sequence number
            self.assertRegex(process.err, rf"rank {rank} \(pid \d+\): .*(in|after) \w+ (to \d+ |from \d+ )?\d+ of \w+")

    def test_stopped_rank(self):
        process, seconds = self.hurt(signal.SIGSTOP)
        self.assertLess(seconds, 15)
        self.assertRegex(process.err, rf"rank {GPUS - 1} on \S+ \(pid \d+\) gave no sign of life for \d\.\d s: it is stopped, as by SIGSTOP")

    def test_job_that_was_suspended_goes_on(self):
        process = self.start(*ON_GPUS, *LONG, "--set", "system.timeout_s=2", "--set", "system.heartbeat_s=0.5")
        self.check_goes_on_after(process, seconds=6)

    def test_restarts_follow_the_uninterrupted_run(self):
        whole = self.new_folder()
        self.train(*ON_GPUS, folder=whole)
        process = self.start(*ON_GPUS, "--max-restarts", "2")
        for step in (2, 12):
            self.wait_for_step(step, process)
            ranks = self.ranks_of(process)
            if len(ranks) == GPUS:  # else the run was faster
                os.kill(ranks[-1], signal.SIGKILL)
        self.finish(process, seconds=4 * START_SECONDS)
        self.assertIn("restart 1 of 2 from the newest good checkpoint", process.err)
        self.assert_same_run(self.folder, whole)

    def test_more_ranks_than_gpus_are_refused(self):
        process = self.train("--ranks", str(GPUS + 1), "--set", "system.device=cuda", code=2)
        self.assertIn(f"{GPUS + 1} ranks need {GPUS + 1} GPUs and this host shows {GPUS}", process.err)


if __name__ == "__main__":
    unittest.main()

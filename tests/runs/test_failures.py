"""A rank that dies or hangs ends the run within the deadline, with a report that names it; restarts lose nothing."""
import os
import signal
import socket
import subprocess
import time
import unittest

from run_support import TRIREME, RunTest, free_port, torchrun_variables

LONG = ("--set", "train.steps=100000", "--set", "schedule.decay_steps=30", "--set", "checkpoint.keep=1000000")


class FailureTest(RunTest):
    def hurt(self, number, *words, ranks=3):
        """Starts a run, sends rank 1 a signal after two steps, and returns the run and how long it took to end."""
        process = self.start("--ranks", str(ranks), *LONG, *words)
        self.wait_for_step(2, process)
        os.kill(self.ranks_of(process)[1], number)
        started = time.monotonic()
        self.finish(process, code=3)
        return process, time.monotonic() - started

    def test_killed_rank(self):
        process, seconds = self.hurt(signal.SIGKILL)
        self.assertLess(seconds, 10)
        self.assertRegex(process.err, rf"rank 1 on {socket.gethostname()} \(pid \d+\) failed first: it was killed by SIGKILL")
        for rank in range(3):  # each with its operation and sequence number
            self.assertRegex(process.err, rf"rank {rank} \(pid \d+\): .*(in|after) \w+ (to \d+ |from \d+ )?\d+ of \w+")
        self.assertIn("--resume", process.err)

    def test_stopped_rank(self):
        process, seconds = self.hurt(signal.SIGSTOP)
        self.assertLess(seconds, 15)
        self.assertRegex(process.err, r"rank 1 on \S+ \(pid \d+\) gave no sign of life for \d\.\d s: it is stopped, as by SIGSTOP")

    def test_job_that_was_suspended_goes_on(self):
        """It stands still past every deadline, and rank 1 waits for rank 0."""
        process = self.start("--ranks", "2", *LONG, "--set", "system.timeout_s=1", "--set", "system.heartbeat_s=0.3")
        self.check_goes_on_after(process, seconds=3)

    def test_restart_from_the_newest_checkpoint(self):
        whole = self.new_folder()
        self.train("--ranks", "2", folder=whole)
        process = self.start("--ranks", "2", "--max-restarts", "2")
        for step in (2, 12):
            self.wait_for_step(step, process)
            ranks = self.ranks_of(process)
            if len(ranks) == 2:  # else the run was faster
                os.kill(ranks[1], signal.SIGKILL)
        self.finish(process)
        self.assertIn("restart 1 of 2 from the newest good checkpoint", process.err)
        self.assert_same_run(self.folder, whole)

    def test_killed_supervisor_takes_its_ranks_along(self):
        process = self.start("--ranks", "2", *LONG)
        self.wait_for_step(2, process)
        process.kill()
        self.finish(process, code=-signal.SIGKILL)
        self.check_nothing_left()


class OtherLaunchersTest(RunTest):
    """Ranks that somebody else started follow the run that `trireme train` starts itself."""

    def setUp(self):
        super().setUp()
        self.whole = self.new_folder()
        self.train("--ranks", "2", folder=self.whole)

    def mpirun(self, *words):
        return subprocess.Popen(["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", "2",
                                 TRIREME, "train", "recipe.toml", *words], cwd=self.folder, text=True,
                                env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def test_mpirun(self):
        self.finish(self.mpirun())
        self.assert_same_run(self.folder, self.whole)

    def test_mpirun_passes_sigusr1_on(self):
        process = self.mpirun()
        self.wait_for_step(4, process)
        process.send_signal(signal.SIGUSR1)
        self.finish(process, code=75)
        self.finish(self.mpirun("--resume"))
        self.assert_same_run(self.folder, self.whole)

    def test_torchrun_variables(self):
        port = free_port()
        ranks = [self.start(env=torchrun_variables(rank, 2, port)) for rank in range(2)]
        for process in ranks:
            self.finish(process)
        self.assert_same_run(self.folder, self.whole)

    def test_port_in_use(self):
        with socket.socket(socket.AF_INET6) as other:
            other.bind(("::", 0))
            other.listen()
            port = other.getsockname()[1]
            first = self.start("--set", "system.timeout_s=5", env=torchrun_variables(0, 2, port))
            self.finish(first, code=3)
        self.assertIn(f"can't listen on port {port}", first.err)
        self.assertIn("set MASTER_PORT to a free port", first.err)


if __name__ == "__main__":
    unittest.main()

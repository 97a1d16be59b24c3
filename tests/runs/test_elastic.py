"""Restarts wait longer each time, end in a crash loop, and go on with fewer or more ranks."""
import os
import signal
import time
import unittest

from run_support import RunTest


class ElasticTest(RunTest):
    def kill_rank_1(self, process, world, before):
        """Kills rank 1 of `world` as soon as all are there and it is one that was not there before."""
        deadline = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < deadline:
            ranks = self.ranks_of(process)
            if len(ranks) == world and ranks[1] not in before:
                os.kill(ranks[1], signal.SIGKILL)
                return ranks[1]
            time.sleep(0.002)
        self.fail(process.communicate()[1])

    def assert_near(self, expected):
        for step, (loss, want) in enumerate(zip(self.losses(), expected, strict=True), start=1):
            self.assertLessEqual(abs(loss - want), 2e-6 * want, f"step {step}")

    def test_a_rank_that_keeps_failing_is_left_out(self):
        whole = self.new_folder()
        self.train("--ranks", "2", folder=whole)
        process = self.start("--ranks", "3", "--max-restarts", "5", "--min-ranks", "2", "--restart-delay", "0.1")
        self.wait_for_step(6, process)
        killed = set()
        for _ in range(2):  # after six steps, and before the first of its next life
            killed.add(self.kill_rank_1(process, 3, killed))
        self.finish(process)
        self.assertEqual(self.events("restart")[-1]["world"], 2, process.err)
        self.assertIn("on 2 ranks, without slot 1", process.err)
        self.assert_near(self.losses(whole))
        self.assertEqual(self.next_sample(), self.next_sample(whole))

    def test_a_crash_loop_ends_with_the_first_cause(self):
        process = self.start("--ranks", "2", "--max-restarts", "20", "--restart-delay", "0.1")
        killed = set()
        for _ in range(2):
            killed.add(self.kill_rank_1(process, 2, killed))
        self.finish(process, code=3)
        self.assertIn("no restart: a crash loop: two failures in a row without a newer checkpoint or more steps", process.err)
        self.assertIn("SIGKILL", process.err)
        self.assertEqual(len(self.events("restart")), 1)

    def test_more_ranks_after_a_stop(self):
        whole = self.new_folder()
        self.train("--ranks", "2", folder=whole)
        self.train("--ranks", "2", "--set", "train.steps=11", "--set", "schedule.decay_steps=30")
        self.train("--ranks", "4", "--resume", "--set", "train.steps=30")
        self.assert_near(self.losses(whole))
        self.assertEqual(self.next_sample(), self.next_sample(whole))

    def test_options_that_contradict_each_other(self):
        for words, part in ((("--min-ranks", "2"), "--min-ranks 2 does nothing without --max-restarts"),
                            (("--min-ranks", "3", "--max-restarts", "1"), "--min-ranks must be from 1 to the 2 ranks"),
                            (("--restart-delay", "61"), "--restart-delay must be from 0 to 60 seconds, got 61"),
                            (("--max-restarts", "-1"), "--max-restarts must be at least 0")):
            self.assertIn(part, self.train("--ranks", "2", *words, code=2).err)


if __name__ == "__main__":
    unittest.main()

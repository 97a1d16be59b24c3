"""A run that was stopped, however it was stopped, ends as the run that nobody stopped."""
import random
import signal
import time
import unittest

from run_support import SCALE, RunTest

KILLS = 10 * SCALE
# Until which step, and how.
LAYOUTS = [(7, ("--ranks", "1")), (15, ("--ranks", "3", "--set", "parallel.zero=1")),
           (22, ("--ranks", "2", "--set", "parallel.zero=0")), (30, ("--ranks", "4", "--set", "parallel.dp_replicate=2"))]


class ResumeTest(RunTest):
    def setUp(self):
        super().setUp()
        self.whole = self.new_folder()
        started = time.monotonic()
        self.train("--ranks", "2", folder=self.whole)
        self.seconds = time.monotonic() - started

    def test_more_steps_after_a_clean_end(self):
        self.train("--ranks", "2", "--set", "train.steps=5", "--set", "schedule.decay_steps=30")
        self.train("--ranks", "2", "--resume")
        self.assert_same_run(self.folder, self.whole)

    def test_sigterm_and_sigusr1_save_and_stop_with_75(self):
        for number, step in ((signal.SIGTERM, 2), (signal.SIGUSR1, 12)):
            process = self.start("--ranks", "2", *(["--resume"] if step > 2 else []))
            self.wait_for_step(step, process)
            process.send_signal(number)
            self.finish(process, code=75)
            self.assertIn("--resume", process.err)
            self.assertEqual(self.last_checkpoint().name, f"step_{len(self.records()):08}")
        self.train("--ranks", "2", "--resume")
        self.assert_same_run(self.folder, self.whole)

    def test_interrupt_once_saves_and_twice_ends_at_once(self):
        process = self.start("--ranks", "2", "--set", "train.steps=100000", "--set", "checkpoint.every_steps=0",
                             "--set", "schedule.decay_steps=30")
        self.wait_for_step(2, process)
        process.send_signal(signal.SIGINT)
        self.finish(process, code=75)
        saved = self.last_checkpoint()
        process = self.start("--ranks", "2", "--resume", "--set", "train.steps=100000", "--set",
                             "checkpoint.every_steps=0", "--set", "schedule.decay_steps=30")
        self.wait_for_step(len(self.records()) + 2, process)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        self.assertIn(self.finish(process, code=None).returncode, (75, 130))  # saved before the second came, or killed
        self.assertTrue((saved / "manifest.json").exists() or self.last_checkpoint() != saved)

    def test_kill_at_any_moment(self):
        self.kill_often(())

    def test_kill_in_a_save(self):
        # Every step saves and waits for the disk, so that most of the time is spent in saves.
        saving = ("--set", "checkpoint.every_steps=1", "--set", "checkpoint.asynchronous=false")
        self.kill_often(saving)

    def kill_often(self, words):
        dice = random.Random(20261124)
        for number in range(KILLS):
            with self.subTest(kill=number):
                folder = self.new_folder()
                process = self.start("--ranks", "2", *words, folder=folder)
                time.sleep(dice.uniform(0.0, self.seconds))
                process.kill()
                self.finish(process, code=None)
                began = (self.run_folder(folder) / "config.toml").exists()
                self.train("--ranks", "2", *words, *(["--resume"] if began else []), folder=folder)
                self.assert_same_run(folder, self.whole)

    def test_another_layout_each_time(self):
        words = ()
        for steps, layout in LAYOUTS:
            self.train(*layout, *words, "--set", f"train.steps={steps}", "--set", "schedule.decay_steps=30")
            words = ("--resume",)
        expected = self.losses(self.whole)
        for step, (loss, want) in enumerate(zip(self.losses(), expected, strict=True), start=1):
            self.assertLessEqual(abs(loss - want), 2e-6 * want, f"step {step}")
        self.assertEqual(self.next_sample(), self.next_sample(self.whole))


if __name__ == "__main__":
    unittest.main()

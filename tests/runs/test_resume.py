"""A run that was stopped, however it was stopped, ends as the run that nobody stopped."""
import random
import signal
import time
import unittest

from run_support import SCALE, RunTest

KILLS = 10 * SCALE
LAYOUTS = [("--ranks", "1"), ("--ranks", "3", "--set", "parallel.zero=1"),
           ("--ranks", "2", "--set", "parallel.zero=0"), ("--ranks", "4", "--set", "parallel.dp_replicate=2")]


class ResumeTest(RunTest):
    def setUp(self):
        super().setUp()
        self.whole = self.new_folder()
        started = time.monotonic()
        self.train("--ranks", "2", folder=self.whole)
        self.seconds = time.monotonic() - started

    def test_more_steps_after_a_clean_end(self):
        self.train("--ranks", "2", "--set", "train.steps=5", "--set", "schedule.decay_steps=12")
        self.train("--ranks", "2", "--resume")
        self.assert_same_run(self.folder, self.whole)

    def test_sigterm_and_sigusr1_save_and_stop_with_75(self):
        for number, step in ((signal.SIGTERM, 2), (signal.SIGUSR1, 7)):
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
                             "--set", "schedule.decay_steps=12")
        self.wait_for_step(2, process)
        process.send_signal(signal.SIGINT)
        self.finish(process, code=75)
        saved = self.last_checkpoint()
        process = self.start("--ranks", "2", "--resume", "--set", "train.steps=100000", "--set",
                             "checkpoint.every_steps=0", "--set", "schedule.decay_steps=12")
        self.wait_for_step(len(self.records()) + 2, process)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        self.assertIn(self.finish(process, code=None).returncode, (75, 130))  # saved before the second came, or killed
        self.assertTrue((saved / "manifest.json").exists() or self.last_checkpoint() != saved)

    def test_kill_at_any_moment(self):
        self.kill_often(self.whole, ())

    def test_kill_in_a_save(self):
        # Every step saves and waits for the disk, so that most of the time is spent in saves.
        saving = ("--set", "checkpoint.every_steps=1", "--set", "checkpoint.asynchronous=false")
        self.kill_often(self.whole, saving)

    def kill_often(self, whole, words):
        dice = random.Random(20261124)
        for number in range(KILLS):
            with self.subTest(kill=number):
                folder = self.new_folder()
                process = self.start("--ranks", "2", *words, folder=folder)
                time.sleep(dice.uniform(0.0, self.seconds))
                process.kill()
                self.finish(process, code=None)
                words_now = ("--resume",) if (self.run_folder(folder) / "config.toml").exists() else ()
                self.train("--ranks", "2", *words, *words_now, folder=folder)
                self.assert_same_run(folder, whole)

    def test_another_layout_each_time(self):
        for number, layout in enumerate(LAYOUTS):
            steps = 3 * (number + 1)
            words = ["--resume"] if number else []
            self.train(*layout, *words, "--set", f"train.steps={steps}", "--set", "schedule.decay_steps=12")
        expected = self.losses(self.whole)
        for step, (loss, want) in enumerate(zip(self.losses(), expected, strict=True), start=1):
            self.assertLessEqual(abs(loss - want), 2e-6 * want, f"step {step}")
        self.assertEqual(self.next_sample(), self.next_sample(self.whole))


if __name__ == "__main__":
    unittest.main()

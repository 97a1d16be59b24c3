"""`trireme train` with a teacher: the student comes closer to it, in any layout, and over a stop."""
import sys
import unittest

from run_support import ROOT, RunTest

sys.path.insert(0, str(ROOT / "tests/cli"))
import successor_model

DISTILL = ("--set", "distill.teacher=teacher", "--set", "distill.weight=0.9", "--set", "optimizer.learning_rate=0.01",
           "--set", "schedule.name=constant")


class DistillationTest(RunTest):
    def setUp(self):
        super().setUp()
        successor_model.write(self.folder / "teacher")

    def test_student_follows_its_teacher(self):
        self.train("--ranks", "3", *DISTILL)
        records = self.records()
        self.assertLess(records[-1]["distill_loss"], 0.5 * records[0]["distill_loss"])
        # The teacher expects the byte after this one, which prose does not: the reported loss is the data's alone.
        self.assertGreater(records[-1]["loss"], 2.0)

        other = self.new_folder()
        (other / "teacher").symlink_to(self.folder / "teacher")
        self.train("--ranks", "1", *DISTILL, "--set", "train.steps=3", folder=other)
        for one, three in zip(self.records(other), records):  # rounding grows with the steps
            for key in ("loss", "distill_loss"):
                self.assertAlmostEqual(one[key] / three[key], 1, delta=1e-5)

    def test_without_a_teacher_there_is_no_such_figure(self):
        self.train("--ranks", "1", "--set", "train.steps=2")
        self.assertNotIn("distill_loss", self.records()[0])

    def test_resumed_run_goes_on_with_its_teacher(self):
        self.train("--ranks", "2", *DISTILL, "--set", "train.steps=10")
        self.train("--ranks", "2", *DISTILL, "--set", "train.steps=12", "--resume")
        self.assertEqual([record["step"] for record in self.records()], list(range(1, 13)))
        self.assertLess(self.records()[-1]["distill_loss"], self.records()[0]["distill_loss"])


if __name__ == "__main__":
    unittest.main()

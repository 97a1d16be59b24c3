"""A sample of the random faults; tests/faults/run.py makes as many trials as one likes."""
import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from run import accuracy, failures_text, run_trials  # noqa: E402

SCALE = int(os.environ.get("TRIREME_TEST_SCALE", "1"))
SEED = 20261127


class FaultsTest(unittest.TestCase):
    def test_hurt_runs_resume_to_the_same_end_and_name_the_culprit(self):
        with tempfile.TemporaryDirectory(prefix="faults_") as folder:
            outcomes = run_trials(SEED, range(12 * SCALE), 4, pathlib.Path(folder))
        self.assertEqual(failures_text(outcomes, SEED), "")
        named, due = accuracy(outcomes)
        self.assertGreater(due, 0)
        self.assertEqual(named, due)


if __name__ == "__main__":
    unittest.main()

"""A few thousand steps with flat memory, handles and step time; tests/faults/long_run.py makes more."""
import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from long_run import LongRun  # noqa: E402


@unittest.skipIf(os.environ.get("TRIREME_TEST_SCALE", "1") == "1", "takes longer than tier 1 may; in the suite faults")
class LongRunTest(unittest.TestCase):
    def test_nothing_grows(self):
        with tempfile.TemporaryDirectory(prefix="long_") as folder:
            run = LongRun(4000, pathlib.Path(folder))
            run.train()
        self.assertEqual(run.problems(), [], run.table())


if __name__ == "__main__":
    unittest.main()

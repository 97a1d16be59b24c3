"""docs/reliability.md is true: every test it names exists."""
import pathlib
import unittest

from named_tests import exists, named_tests

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/reliability.md").read_text()


class ReliabilityTest(unittest.TestCase):
    def test_every_test_exists(self):
        named = named_tests(PAGE)
        self.assertGreater(len(named), 20)
        for path, name in named:
            with self.subTest(f"{path}::{name}"):
                self.assertTrue(exists(path, name))

    def test_every_promise_is_tested(self):
        rows = [line for line in PAGE.splitlines() if line.startswith("| ") and "what happens" not in line]
        promises = rows[:rows.index("| layout | compared |")]
        for row in promises:
            self.assertIn("::", row)


if __name__ == "__main__":
    unittest.main()

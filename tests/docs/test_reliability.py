"""docs/reliability.md is true: every test it names exists."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/reliability.md").read_text()


class ReliabilityTest(unittest.TestCase):
    def test_every_test_exists(self):
        named = re.findall(r"`([\w/]+\.(?:py|cpp))::([\w.]+)`", PAGE)
        self.assertGreater(len(named), 20)
        for path, name in named:
            with self.subTest(f"{path}::{name}"):
                pattern = rf"^ +def {name}\(" if path.endswith(".py") else r"^TEST(_F)?\({}, {}\)".format(*name.split("."))
                self.assertTrue(re.search(pattern, (ROOT / "tests" / path).read_text(), re.M))

    def test_every_promise_is_tested(self):
        rows = [line for line in PAGE.splitlines() if line.startswith("| ") and "what happens" not in line]
        promises = rows[:rows.index("| layout | compared |")]
        for row in promises:
            self.assertIn("::", row)


if __name__ == "__main__":
    unittest.main()

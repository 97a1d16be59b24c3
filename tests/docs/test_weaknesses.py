"""docs/weaknesses.md is whole and true: every weakness once, and what is said to show its absence exists."""
import pathlib
import re
import unittest

from named_tests import exists, named_tests

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/weaknesses.md").read_text()
IDS = [f"{letter}{number}" for letter, count in zip("WMSDO", (20, 8, 12, 8, 8)) for number in range(1, count + 1)]
LATER = re.compile(r"with the (HyperPod target|EKS target|images|exporters)\b")


def rows():
    lines = [line.strip("|").split("|") for line in PAGE.splitlines() if re.match(r"\| [A-Z]\d", line)]
    return [[cell.strip() for cell in line] for line in lines]


class WeaknessesTest(unittest.TestCase):
    def test_every_weakness_is_there_once(self):
        self.assertEqual([row[0] for row in rows()], IDS)

    def test_rows_are_short_and_whole(self):
        for name, weakness, seen, here in rows():
            with self.subTest(name):
                self.assertLessEqual(len(weakness.split()), 12)
                self.assertRegex(seen, r"^(\d\.\w|everywhere|\.github)")
                self.assertRegex(here, rf"`|by construction: \w|{LATER.pattern}")

    def test_every_test_exists(self):
        named = named_tests(PAGE)
        self.assertGreater(len(named), 60)
        for path, name in named:
            with self.subTest(f"{path}::{name}"):
                self.assertTrue(exists(path, name))

    def test_every_rule_exists_and_has_cases(self):
        named = [rule for clause in re.findall(r"rules? ((?:`[a-z0-9-]+`(?:, )?)+)", PAGE) for rule in re.findall(r"`([^`]+)`", clause)]
        self.assertGreater(len(named), 30)
        known = re.findall(r"^\| `([a-z0-9-]+)` \|", (ROOT / "docs/reference/preflight.md").read_text(), re.M)
        for rule in named:
            with self.subTest(rule):
                self.assertIn(rule, known)
                self.assertTrue(any((ROOT / "tests/data/preflight" / rule).glob("fires*")))

    def test_nothing_else_is_named(self):
        """Each code span is a test, a rule, or one of few words, so none escapes the tests above."""
        spans = set(re.findall(r"`([^`]+)`", PAGE))
        others = {span for span in spans if "::" not in span and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", span)}
        self.assertEqual(others, {"tests/", "tests/data/preflight/", "return", "deploy", "--yes"})


if __name__ == "__main__":
    unittest.main()

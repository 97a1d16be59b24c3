"""docs/reference says what the code does today."""
import re
import unittest

from cli_support import ROOT, CliTest

PAGES = ROOT / "docs/reference"


class ReferenceTest(CliTest):
    def test_generated_pages_are_current(self):
        done = self.run_trireme("reference", "--to", "pages")
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in ("recipe.md", "commands.md", "cluster.md", "cluster.schema.json", "preflight.md"):
            self.assertEqual((PAGES / name).read_text(), (self.folder / "pages" / name).read_text(),
                             f"docs/reference/{name} is stale; run: trireme reference --to docs/reference")

    def test_folder_that_cannot_be_made(self):
        self.write("pages", "a file")
        done = self.run_trireme("reference", "--to", "pages/deeper")
        self.assertEqual(done.returncode, 3)
        self.assertIn("pages/deeper", done.stderr)

    def test_environment_page_lists_every_variable_that_is_read(self):
        read = set()
        for path in (ROOT / "src").rglob("*.cpp"):
            text = path.read_text()
            if "getenv" in text and path.name != "environment.cpp":
                self.fail(f"{path} reads the environment itself; use trireme::env")
            # Names may be kept in a table before they are read, so any capitals in quotes count.
            if "core/environment.h" in text:
                read |= set(re.findall(r'"([A-Z][A-Z0-9]*_[A-Z0-9_]+|RANK|TERM)"', text))
        listed = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", (PAGES / "environment.md").read_text()))
        self.assertGreater(len(read), 20)
        self.assertEqual(read, listed)


if __name__ == "__main__":
    unittest.main()

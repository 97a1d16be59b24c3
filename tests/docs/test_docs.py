"""Documentation is true: links lead somewhere, and the commands that pages show run."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
from scripted_aws import ScriptedAws

BIN = pathlib.Path(os.environ.get("TRIREME_BIN", ROOT / "build/release/bin/trireme"))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```console\n(.*?)^```", re.M | re.S)
# What needs a fresh machine, minutes, or a network; these are run by their own tests.
NOT_RUN = re.compile(r"^(git clone|\./trireme (demo|test|build))\b|^cd ")


# The head node of a guide's cluster: commands sent to it run here, and Slurm takes what is a script.
SSH = """#!/bin/sh
[ "$1" = -F ] && grep -q "^Host $3\$" "$2" || exit 255
shift 3
mkdir -p head && cd head && exec sh -c "$*"
"""
SBATCH = """#!/bin/sh
[ "$1" = --version ] && exec echo slurm 25.05
bash -n "$1" && grep -q '^#SBATCH' "$1" && echo Submitted batch job 1
"""


def pages():
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, text=True, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.split()]


def heading_anchors(text):
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


class DocsTest(unittest.TestCase):
    def test_every_relative_link_leads_to_a_file_and_heading(self):
        for page in pages():
            for target in LINK.findall(page.read_text()):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = target.partition("#")
                file = (page.parent / path).resolve() if path else page
                with self.subTest(page=str(page.relative_to(ROOT)), link=target):
                    self.assertTrue(file.exists(), f"{file} does not exist")
                    if anchor.startswith("L"):
                        self.assertLessEqual(int(anchor[1:].split("-")[0]), file.read_text().count("\n") + 1)
                    elif anchor:
                        self.assertIn(anchor, heading_anchors(file.read_text()))

    def test_every_source_named_in_the_tour_exists(self):
        tour = ROOT / "docs/tour.md"
        names = re.findall(r"`((?:src|tests|tools|recipes)/[\w/.\-]+)`", tour.read_text())
        self.assertGreater(len(names), 10)
        for name in names:
            self.assertTrue((ROOT / name).exists(), f"docs/tour.md names {name}")

    def test_code_of_the_library_page_is_that_of_the_example(self):
        example = ROOT / "examples/own_module"
        sources = (example / "main.cpp").read_text() + (example / "CMakeLists.txt").read_text()
        page = (ROOT / "docs/library.md").read_text()
        blocks = re.findall(r"^```(?:cpp|cmake)\n(.*?)^```", page, re.M | re.S)
        self.assertGreater(len(blocks), 3)
        for block in blocks:
            self.assertIn(block, sources)
        for name in re.findall(r"`((?:src|docs|examples)/[\w/.\-]+)`", page):
            self.assertTrue((ROOT / name).exists(), f"docs/library.md names {name}")

    def prepare(self, folder: pathlib.Path) -> dict:
        """A clone as a page's reader has it, and an account behind the aws and pcluster commands."""
        (folder / "trireme").symlink_to(BIN)
        for name in ("recipes", "clusters"):
            shutil.copytree(ROOT / name, folder / name)
        account = ScriptedAws(folder / "account")
        for name, script in (("ssh", SSH), ("sbatch", SBATCH)):
            (account.folder / "bin" / name).write_text(script)
            (account.folder / "bin" / name).chmod(0o755)
        return account.env

    def test_every_console_snippet_runs(self):
        ran = 0
        for page in pages():
            lines = [line for block in BLOCK.findall(page.read_text()) for line in block.splitlines()]
            commands = [line[2:] for line in lines if line.startswith("$ ") and not NOT_RUN.match(line[2:])]
            if not commands:
                continue
            with tempfile.TemporaryDirectory() as folder:
                env = self.prepare(pathlib.Path(folder))
                for command in commands:
                    with self.subTest(page=str(page.relative_to(ROOT)), command=command):
                        done = subprocess.run(["bash", "-c", command], cwd=folder, env=env, text=True, timeout=120,
                                              stdin=subprocess.DEVNULL, capture_output=True)
                        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                        ran += 1
        self.assertGreater(ran, 5)


if __name__ == "__main__":
    unittest.main()

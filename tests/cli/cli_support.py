"""What the black-box tests of the command line share."""
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TRIREME = os.environ.get("TRIREME_BIN", str(ROOT / "build/release/bin/trireme"))


class CliTest(unittest.TestCase):
    """Runs `trireme` in a folder of its own and reads what it says."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_trireme(self, *words, env=None, stdout=subprocess.PIPE):
        return subprocess.run([TRIREME, *map(str, words)], cwd=self.folder, text=True, stdout=stdout,
                              stderr=subprocess.PIPE, env={**os.environ, **(env or {})}, timeout=60)

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

"""Each gate passes on this repository and fires on a planted violation."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run_gate(name, root):
    return subprocess.run([sys.executable, str(ROOT / "tools" / name), str(root)], text=True, capture_output=True)


class GatesTest(unittest.TestCase):
    def planted(self, files):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        subprocess.run(["git", "init", "-q"], cwd=root, check=True)
        subprocess.run(["git", "add", "-A"], cwd=root, check=True)
        return root

    def test_this_repository_is_clean(self):
        for gate in ("check_layers.py", "check_sizes.py", "check_format.py"):
            done = run_gate(gate, ROOT)
            self.assertEqual(done.returncode, 0, done.stdout)

    def test_an_upward_include_fails(self):
        root = self.planted({"src/trireme/core/x.h": '#include "trireme/engine/trainer.h"\n'})
        done = run_gate("check_layers.py", root)
        self.assertEqual(done.returncode, 1)
        self.assertIn("core/ (0) includes engine/ (13), not below it", done.stdout)

    def test_an_include_of_the_other_tower_fails(self):
        root = self.planted({"src/trireme/launch/x.h": '#include "trireme/device/device.h"\n'})
        self.assertIn("different towers", run_gate("check_layers.py", root).stdout)

    def test_pytorch_in_the_base_fails(self):
        root = self.planted({"src/trireme/plan/x.h": "#include <ATen/ATen.h>\n"})
        self.assertIn("must not include PyTorch", run_gate("check_layers.py", root).stdout)

    def test_an_unknown_folder_fails(self):
        root = self.planted({"src/trireme/misc/x.h": "\n"})
        self.assertIn("unknown folder misc/", run_gate("check_layers.py", root).stdout)

    def test_a_long_file_fails(self):
        root = self.planted({"src/long.cpp": "int x;\n" * 401})
        done = run_gate("check_sizes.py", root)
        self.assertEqual(done.returncode, 1)
        self.assertIn("src/long.cpp: 401 lines", done.stdout)

    def test_a_badly_laid_out_file_fails(self):
        root = self.planted({".clang-format": "BasedOnStyle: Google\n", "src/x.cpp": "int  x ;\n"})
        done = run_gate("check_format.py", root)
        self.assertEqual(done.returncode, 1)
        self.assertIn("src/x.cpp:1:", done.stdout)


if __name__ == "__main__":
    unittest.main()

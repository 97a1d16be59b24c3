"""`cmake --install` gives both programs and a package: another project finds it, links it and trains a step with it."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("TRIREME_BIN", ROOT / "build/release/bin/trireme")).resolve().parents[1]


class InstallTest(unittest.TestCase):
    def run_command(self, *words):
        done = subprocess.run([str(word) for word in words], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def test_another_project_finds_links_and_runs_it(self):
        with tempfile.TemporaryDirectory() as folder:
            prefix, build = pathlib.Path(folder) / "prefix", pathlib.Path(folder) / "build"
            self.run_command("cmake", "--install", BUILD, "--prefix", prefix)
            self.assertIn("trireme 0.", self.run_command(prefix / "bin/trireme", "--version"))
            plan = self.run_command(prefix / "bin/trireme", "plan", prefix / "share/trireme/recipes/bench/llama_15m.toml",
                                    "--world", "1", "--device", "h100-sxm")
            self.assertIn("time floor", plan)  # facts/ came along
            cache = (BUILD / "CMakeCache.txt").read_text()
            python = re.search(r"^TRIREME_PYTHON:\w+=(.*)$", cache, re.M)[1]
            self.run_command("cmake", "-G", "Ninja", "-S", ROOT / "tests/install/consumer", "-B", build,
                             f"-DCMAKE_PREFIX_PATH={prefix}", f"-DTRIREME_PYTHON={python}")
            self.run_command("cmake", "--build", build)
            self.assertRegex(self.run_command(build / "consumer"), r"^loss \d\.\d+\n$")


if __name__ == "__main__":
    unittest.main()

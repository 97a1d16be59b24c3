"""Pictures of measurements show the figures that lie beside them."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class PicturesTest(unittest.TestCase):
    def test_ratios_to_pytorch_are_those_of_the_results(self):
        with tempfile.NamedTemporaryFile(suffix=".svg") as drawn:
            subprocess.run([sys.executable, ROOT / "benchmarks/draw_ratios.py",
                            ROOT / "benchmarks/results/cpu-vs-pytorch.json", drawn.name], check=True)
            self.assertEqual(pathlib.Path(drawn.name).read_text(),
                             (ROOT / "docs/images/cpu-vs-pytorch.svg").read_text())


if __name__ == "__main__":
    unittest.main()

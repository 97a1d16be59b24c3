"""`trireme bench`: what other tools read from it, and that every mode computes the same losses."""
import json
import pathlib
import subprocess
import tempfile
import unittest

from run_support import ROOT, TRIREME

RECIPE = str(ROOT / "recipes/bench/llama_15m_v4k.toml")


def bench(*words):
    return subprocess.run([TRIREME, "bench", *map(str, words)], text=True, capture_output=True, timeout=120)


class StepTest(unittest.TestCase):
    def step(self, *words):
        done = bench("step", RECIPE, "--batch", 1, "--steps", 3, "--json", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_every_mode_has_the_same_losses(self):
        expected = None
        for mode in ("ddp", "zero-1", "zero-2", "zero-3", "hsdp"):
            result = self.step("--ranks", 2, "--mode", mode)
            self.assertLessEqual({"tok_s_median", "cpu_ms_median", "step_ms_median", "start_to_first_step_s", "peak_rss_mb",
                                  "pss_mb", "losses"}, result.keys())
            self.assertEqual((len(result["losses"]), len(result["pss_mb"]), len(result["peak_rss_mb"])), (3, 2, 2))
            self.assertGreater(result["tok_s_median"], 0)
            expected = expected or result["losses"]
            for loss, want in zip(result["losses"], expected, strict=True):
                self.assertLessEqual(abs(loss - want), 2e-6 * want, mode)

    def test_bf16_is_near(self):
        one = self.step("--mode", "none")
        other = self.step("--mode", "none", "--dtype", "bf16")
        for loss, want in zip(other["losses"], one["losses"], strict=True):
            self.assertLessEqual(abs(loss - want), 2e-3 * want)

    def test_modes_that_do_not_fit_the_ranks(self):
        for words, message in ((("--ranks", 2, "--mode", "none"), "--mode none is for one rank, not 2"),
                               (("--ranks", 3, "--mode", "hsdp"), "--mode hsdp needs an even number of ranks, not 3")):
            done = bench("step", RECIPE, *words)
            self.assertEqual(done.returncode, 2)
            self.assertIn(message, done.stderr)


class CheckpointTest(unittest.TestCase):
    def test_small_state(self):
        with tempfile.TemporaryDirectory() as folder:
            done = bench("checkpoint", "--folder", folder, "--size", 8, "--rounds", 2, "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            result = json.loads(done.stdout)
            self.assertEqual(result["bytes"], 8 << 20)
            for name in ("save_seconds", "load_seconds", "held_up_seconds", "save_speed_over_one_file"):
                self.assertGreater(result[name], 0, name)
            self.assertEqual(list(pathlib.Path(folder).iterdir()), [])

    def test_folder_that_can_not_be_made(self):
        done = bench("checkpoint", "--folder", "/proc/none")
        self.assertEqual(done.returncode, 3)
        self.assertIn("can't create folder /proc/none", done.stderr)


if __name__ == "__main__":
    unittest.main()

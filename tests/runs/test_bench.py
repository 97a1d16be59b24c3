"""`trireme bench`: what other tools read from it, and that every mode computes the same losses."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from run_support import ROOT, TRIREME

RECIPE = str(ROOT / "recipes/bench/llama_15m_v4k.toml")


def bench(*words, env=None):
    return subprocess.run([TRIREME, "bench", *map(str, words)], text=True, capture_output=True, timeout=120,
                          env=os.environ | (env or {}))


class StepTest(unittest.TestCase):
    def step(self, *words, env=None):
        done = bench("step", RECIPE, "--batch", 1, "--steps", 3, "--json", *words, env=env)
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

    def test_threads_change_no_bit_of_the_losses(self):
        for dtype in ("fp32", "bf16"):
            one, two = (self.step("--dtype", dtype, "--threads", threads)["losses"] for threads in (1, 2))
            self.assertEqual(one, two, dtype)

    def test_every_instruction_set_has_the_same_losses(self):
        expected = {dtype: self.step("--dtype", dtype)["losses"] for dtype in ("fp32", "bf16")}
        for isa in ("baseline", "avx2", "avx512", "avx512_bf16", "amx"):
            for dtype, bound in (("fp32", 2e-6), ("bf16", 2e-4)):
                done = bench("step", RECIPE, "--batch", 1, "--steps", 3, "--json", "--dtype", dtype,
                             env={"TRIREME_CPU_ISA": isa})
                if "this processor does not run it" in done.stderr:
                    continue
                self.assertEqual(done.returncode, 0, done.stderr)
                for loss, want in zip(json.loads(done.stdout)["losses"], expected[dtype], strict=True):
                    self.assertLessEqual(abs(loss - want), bound * want, (isa, dtype))

    def test_unknown_instruction_set(self):
        done = bench("step", RECIPE, "--batch", 1, "--steps", 3, env={"TRIREME_CPU_ISA": "sse9"})
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("TRIREME_CPU_ISA=sse9 is none of baseline, avx2, avx512, avx512_bf16, amx", done.stderr)

    def test_profile_accounts_for_the_step(self):
        result = self.step("--profile")
        rows = {row["family"]: row for row in result["profile"]}
        self.assertEqual(list(rows), ["products", "attention", "loss", "norms", "rotary", "swiglu", "embedding", "optimizer",
                                      "other"])
        self.assertAlmostEqual(sum(row["ms"] for row in rows.values()), result["cpu_ms_median"],
                               delta=0.3 * result["cpu_ms_median"])
        # Seven linear layers of six blocks, forward and backward twice; attention and its backward.
        self.assertEqual((rows["products"]["calls"], rows["attention"]["calls"]), (6 * 7 * 3, 6 * 2))
        for family in ("products", "attention", "loss"):
            self.assertGreater(rows[family]["floor_ms"], 0)

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

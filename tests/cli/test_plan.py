"""`trireme plan`: its text, its JSON and its messages, through the executable."""
import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRIREME = os.environ.get("TRIREME_BIN", str(ROOT / "build/release/bin/trireme"))
GOLDEN = ROOT / "tests/golden/plan"

RECIPE = """\
version = 1
[model]
hidden_size = 256
intermediate_size = 704
num_hidden_layers = 4
num_attention_heads = 4
num_key_value_heads = 2
vocab_size = 4096
tie_word_embeddings = true
[data]
synthetic = true
[parallel]
dp_replicate = 2
zero = 3
[precision]
compute = "bf16"
[train]
steps = 400
global_batch_size = 32
micro_batch_size = 2
seq_len = 128
"""


class PlanTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.recipe = pathlib.Path(folder.name) / "recipe.toml"
        self.recipe.write_text(RECIPE)

    def plan(self, *arguments):
        return subprocess.run([TRIREME, "plan", str(self.recipe), *arguments], capture_output=True, text=True,
                              timeout=60, check=False)

    def plan_json(self, *arguments):
        result = self.plan("--json", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def problem(self, *arguments):
        result = self.plan(*arguments)
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertEqual(result.stdout, "")
        return result.stderr

    def test_golden_text(self):
        result = self.plan("--world", "8", "--local-size", "4", "--device", "h100-sxm")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, (GOLDEN / "llama_4m_8_ranks.txt").read_text())

    def test_json_adds_up(self):
        plan = self.plan_json("--world", "8")
        self.assertEqual(plan["degrees"], {"pp": 1, "dp_replicate": 2, "dp_shard": 4, "cp": 1, "tp": 1, "ep": 1})
        self.assertEqual(plan["parameters"], 4_000_000)
        self.assertEqual(plan["memory"]["peak"], sum(plan["memory"]["by_kind"].values()))
        batch = plan["batch"]
        self.assertEqual(batch["global_batch_size"],
                         batch["micro_batch_size"] * batch["batch_ranks"] * batch["accumulation_steps"])
        self.assertEqual(batch["tokens_per_step"], 32 * 128)
        shard = next(group for group in plan["groups"] if group["axis"] == "dp_shard")
        self.assertEqual(shard["first_group"], [0, 1, 2, 3])
        self.assertEqual(shard["groups"], 2)

    def test_unknown_device_is_unknown(self):
        for device in ([], ["--device", "NVIDIA Z9"], ["--device", "h100"]):
            floor = self.plan_json("--world", "8", *device)["time_floor"]
            self.assertIsNone(floor["peak_flops"], device)
            self.assertIsNone(floor["step_seconds"], device)

    def test_time_floor_is_flops_over_peak(self):
        plan = self.plan_json("--world", "8", "--device", "NVIDIA H100 80GB HBM3")
        flops = plan["flops_per_token"]["6*N_matmul + 12*L*h*s"] * plan["batch"]["tokens_per_step"]
        self.assertAlmostEqual(plan["time_floor"]["step_seconds"], flops / (8 * 989e12), delta=1e-12)

    def test_impossible_degrees(self):
        message = self.problem("--world", "7")
        self.assertIn("recipe.toml:", message)
        self.assertIn("= 2 does not divide the world of 7 ranks", message)
        self.assertIn("nearest valid values of dp_replicate: 1 and 7", message)

    def test_all_problems_at_once(self):
        message = self.problem("--world", "8", "--local-size", "3", "--set", "train.global_batch_size=33",
                               "--set", "model.num_key_value_heads=3")
        self.assertIn("model.num_key_value_heads: must divide model.num_attention_heads = 4, got 3", message)
        self.assertIn("train.global_batch_size: 33 sequences do not divide by micro_batch_size 2 x 8 batch ranks = 16 "
                      "(nearest valid values: 32 and 48)", message)
        self.assertIn("8 ranks do not fill nodes of 3 ranks (nearest valid local sizes: 2 and 4)", message)

    def test_axes_that_are_not_built(self):
        self.assertIn("parallel.tp: 2: tensor parallelism is not built yet", self.problem("--world", "8", "--set",
                                                                                        "parallel.tp=2"))

    def test_unknown_preset_gets_a_suggestion(self):
        self.recipe.write_text('version = 1\n[model]\npreset = "lama3-8b"\n[data]\nsynthetic = true\n')
        message = self.problem("--world", "8")
        self.assertIn('no model preset "lama3-8b"; did you mean "llama3-8b"?', message)
        self.assertNotIn("is missing", message)

    def test_world_is_required(self):
        result = self.plan()
        self.assertEqual(result.returncode, 2)
        self.assertIn("--world", result.stderr)

    def test_largest_preset_on_16384_ranks_is_quick(self):
        self.recipe.write_text('version = 1\n[model]\npreset = "llama3.1-405b"\n[data]\nsynthetic = true\n'
                               '[parallel]\ndp_replicate = 32\n[precision]\ncompute = "bf16"\n'
                               '[train]\nseq_len = 8192\nglobal_batch_size = 16384\nrecompute = "full"\n')
        start = time.monotonic()
        plan = self.plan_json("--world", "16384", "--local-size", "8")
        self.assertLess(time.monotonic() - start, 1.0)
        self.assertEqual(plan["parameters"], 405_853_388_800)
        self.assertEqual(plan["degrees"]["dp_shard"], 512)


if __name__ == "__main__":
    unittest.main()

"""Adapters from a recipe to a folder for PEFT and to a merged model; what a run with [lora] refuses."""
import json
import subprocess
import unittest

from run_support import TRIREME, RunTest
from test_round_trip import tensors

LORA = """version = 1
[model]
from = "../base"
[lora]
rank = 4
alpha = 8
targets = ["q_proj", "v_proj", "mlp.up_proj"]
"""


class LoraTest(RunTest):
    def setUp(self):
        super().setUp()
        self.train("--ranks", "1", "--set", "train.steps=20")
        self.base = self.folder.parent / "base"
        if not self.base.exists():
            self.trireme("convert", "--from", self.run_folder(), "--to", self.base)
        self.adapted = self.new_folder()
        _, rest = (self.adapted / "recipe.toml").read_text().split("[data]")
        (self.adapted / "recipe.toml").write_text(LORA + "[data]" + rest)

    def trireme(self, *words, code=0):
        done = subprocess.run([TRIREME, *map(str, words)], cwd=self.folder, text=True, capture_output=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def fine_tune(self, *words, ranks=2, **options):
        return self.train("--ranks", str(ranks), "--set", "train.steps=6", "--set", "checkpoint.every_steps=3",
                          "--set", "schedule.name=constant", "--set", "optimizer.learning_rate=0.01", *words,
                          folder=self.adapted, **options)

    def loss_of(self, path):
        text = self.folder / "text.txt"
        text.write_text("the ship had three banks of oars and a bronze ram at the bow")
        shown = self.trireme("evaluate", "--model", path, "--text", text, "--seq-len", 16, "--tokenizer", "bytes", "--json")
        return json.loads(shown.stdout)

    def test_adapter_folder_and_merged_model(self):
        self.fine_tune()
        run = self.run_folder(self.adapted)
        self.assertLess(self.losses(self.adapted)[-1], self.losses(self.adapted)[0])
        names = {name for path in self.last_checkpoint(self.adapted).glob("*.safetensors") for name in tensors(path)}
        self.assertTrue(all(".lora_" in name or name == "optimizer.updates" for name in names), names)

        said = self.trireme("convert", "--from", run, "--to", "adapter").stdout
        self.assertIn("LoRA adapter of rank 4 for ", said)
        config = json.loads((self.folder / "adapter/adapter_config.json").read_text())
        self.assertEqual(config["target_modules"], ["self_attn.q_proj", "self_attn.v_proj", "mlp.up_proj"])
        self.assertEqual((config["r"], config["lora_alpha"], config["peft_type"]), (4, 8.0, "LORA"))
        self.assertEqual(config["base_model_name_or_path"], str(self.base.resolve()))
        self.assertEqual(len(tensors(self.folder / "adapter/adapter_model.safetensors")), 2 * 2 * 3)

        self.trireme("convert", "--from", run, "--to", "merged", "--merge")
        before, after = tensors(self.base / "model.safetensors"), tensors(self.folder / "merged/model.safetensors")
        changed = {name for name, data in after.items() if data != before[name]}
        self.assertEqual(before.keys(), after.keys())
        self.assertEqual(len(changed), 2 * 3)
        self.assertTrue(all(name.endswith(("q_proj.weight", "v_proj.weight", "up_proj.weight")) for name in changed))

        of_run = self.loss_of(run)
        for path in ("adapter", "merged"):
            self.assertEqual(self.loss_of(path), of_run | {key: value for key, value in self.loss_of(path).items()
                                                           if key in ("model", "from")})
        self.assertNotEqual(self.loss_of(self.base)["loss"], of_run["loss"])

    def test_resumes_bit_for_bit(self):
        self.fine_tune()
        whole = self.adapted
        self.adapted = self.new_folder()
        (self.adapted / "recipe.toml").write_text((whole / "recipe.toml").read_text())
        self.fine_tune("--set", "train.steps=3")
        self.fine_tune("--resume")
        self.assert_same_run(self.adapted, whole)

    def test_refuses_to_go_on_with_another_adapter(self):
        self.fine_tune("--set", "train.steps=3", ranks=1)
        for change, message in (("lora.rank=3", "lora_A.weight"), ("lora.alpha=9", "lora.alpha: 9.0 is not what"),
                                ('lora.targets=["q_proj", "k_proj"]', "k_proj.lora_A.weight"),
                                ("lora.rank=0", "is valid only with lora.rank > 0")):
            self.assertIn(message, self.fine_tune("--resume", "--set", change, ranks=1, code=None).err)

    def test_refuses_what_an_adapter_can_not_be_written_as(self):
        self.fine_tune("--set", "train.steps=1", ranks=1)
        run = self.run_folder(self.adapted)
        refused = self.trireme("convert", "--from", run, "--to", "x.gguf", code=2)
        self.assertIn("is an adapter alone", refused.stderr)
        self.assertIn("--merge", refused.stderr)
        self.assertIn("is no LoRA adapter", self.trireme("convert", "--from", self.base, "--to", "x", "--merge", code=2).stderr)
        self.trireme("convert", "--from", run, "--to", "x.gguf", "--merge")


if __name__ == "__main__":
    unittest.main()

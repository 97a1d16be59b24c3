"""A masked language model of real proteins (Debian's mmseqs2-examples): FASTA in, the same losses in every layout, and
validation near what residue frequencies alone can give after a short run."""
import json
import subprocess
import unittest

from run_support import TRIREME, RunTest

PROTEINS = "/usr/share/doc/mmseqs2/example-data/QUERY.fasta.gz"
RECIPE = """version = 1
[model]
model_type = "esm"
hidden_size = 64
intermediate_size = 128
num_hidden_layers = 2
num_attention_heads = 4
vocab_size = 33
max_position_embeddings = 130
mask_token_id = 32
token_dropout = true
tie_word_embeddings = true
[data]
train = ["proteins"]
valid_fraction = 0.1
tokenizer = "residues"
packing = "documents"
[optimizer]
learning_rate = 3e-3
[train]
steps = 60
global_batch_size = 12
micro_batch_size = 2
seq_len = 128
[evaluate]
batches = 4
[log]
name = "run"
[system]
threads = 1
"""


class ProteinsTest(RunTest):
    def trireme(self, folder, *words):
        return subprocess.run([TRIREME, *words], cwd=folder, check=True, capture_output=True, text=True).stdout

    def protein_folder(self):
        folder = self.new_folder()
        self.trireme(folder, "data", "prepare", PROTEINS, "--tokenizer", "residues", "--prepend-bos", "--append-eod",
                     "--to", "proteins")
        (folder / "recipe.toml").write_text(RECIPE)
        return folder

    def test_learns_the_same_in_every_layout(self):
        one, three = self.protein_folder(), self.protein_folder()
        self.train("--ranks", "1", folder=one)
        self.train("--ranks", "3", folder=three)
        losses = self.losses(one)
        for step, (loss, want) in enumerate(zip(self.losses(three), losses, strict=True), start=1):
            self.assertLessEqual(abs(loss - want), 1e-5 * want, f"step {step}")
        self.assertGreater(losses[0], 3.3)  # ln 33 = 3.50

        (evaluated,) = self.events("evaluate", one)
        statistics = json.loads(self.trireme(one, "data", "inspect", "proteins", "--statistics", "--json"))
        self.assertLess(evaluated["loss"], statistics["unigram_entropy"] + 0.1)


if __name__ == "__main__":
    unittest.main()

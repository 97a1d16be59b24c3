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

    def test_perplexity(self):
        printed = json.loads(self.evaluate("--seq-len", SEQ_LEN, "--json").stdout)
        self.assertAlmostEqual(printed["perplexity"], math.exp(printed["loss"]), delta=1e-9)

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


def nats(text):
    """Of a text's bytes, each after the one before; the first is given."""
    return sum(successor_model.loss(a, b) for a, b in zip(text, text[1:]))


class ChoicesTest(CliTest):
    # In the second, what comes behind the tab is likely: the longer choice costs more nats in all, but fewer a byte.
    QUESTIONS = [{"context": "abc ", "choices": ["!\"", "xy"], "answer": 0},  # '!' follows the space
                 {"question": "abc", "choices": ["\t\n", "\t\n\x0b\x0c\r\x0e\x0f"], "answer": 1},
                 {"context": "", "choices": ["ab", "ax"], "answer": 1}]

    def setUp(self):
        super().setUp()
        successor_model.write(self.folder / "model")

    def ask(self, *words, questions=None):
        self.write("q.jsonl", "\n".join(json.dumps(question) for question in questions or self.QUESTIONS) + "\n\n")
        return self.run_trireme("evaluate", "--model", "model", "--tokenizer", "bytes", "--choices", "q.jsonl", *words)

    def refused(self, line):
        self.write("q.jsonl", line)
        result = self.run_trireme("evaluate", "--model", "model", "--tokenizer", "bytes", "--choices", "q.jsonl")
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        return result.stderr

    def test_likelihoods_are_the_closed_form(self):
        result = self.ask("--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        printed = json.loads(result.stdout)
        first, second, third = printed["answers"]
        expected = [-nats(b"c" + choice) for choice in (b" !\"", b" xy")]
        for measured, value in zip(first["log_likelihoods"], expected, strict=True):
            self.assertAlmostEqual(measured, value, delta=1e-3)
        for measured, choice in zip(second["log_likelihoods"], (b"c\t\n", b"c\t\n\x0b\x0c\r\x0e\x0f"), strict=True):
            self.assertAlmostEqual(measured, -nats(choice), delta=1e-3)
        self.assertEqual((first["picked"], second["picked"], second["picked_per_byte"]), (0, 0, 1))
        self.assertEqual(third["picked"], 0)
        self.assertAlmostEqual(printed["accuracy"], 1 / 3)
        self.assertAlmostEqual(printed["accuracy_per_byte"], 2 / 3)
        self.assertEqual(printed["questions"], 3)

    def test_text_output(self):
        self.assertIn("accuracy 0.3333 by likelihood, 0.6667 by likelihood a byte, over 3 questions\n", self.ask().stdout)

    def test_both_at_once(self):
        self.write("text.txt", TEXT)
        printed = json.loads(self.ask("--text", "text.txt", "--seq-len", SEQ_LEN, "--json").stdout)
        self.assertIn("perplexity", printed)
        self.assertIn("accuracy", printed)

    def test_a_run_remembers(self):
        self.ask()
        self.assertFalse((self.folder / "evaluations.jsonl").exists())
        self.write("metrics.jsonl", "")  # now the model lies in a run's folder
        (self.folder / "checkpoints").mkdir()
        (self.folder / "model").rename(self.folder / "checkpoints/step_00000007")
        result = self.run_trireme("evaluate", "--model", "checkpoints/step_00000007", "--tokenizer", "bytes", "--choices",
                                  "q.jsonl")
        self.assertEqual(result.returncode, 0, result.stderr)
        line = json.loads((self.folder / "evaluations.jsonl").read_text())
        self.assertEqual((line["model"], line["choices"], line["questions"]), ("step_00000007", "q.jsonl", 3))
        self.assertNotIn("answers", line)

    def test_bad_questions(self):
        good = {"context": "a", "choices": ["b", "c"], "answer": 0}
        cases = [("{", "q.jsonl:1: not JSON"), ("\n", "q.jsonl: holds no question"),
                 (json.dumps(good) + "\n" + json.dumps(good | {"answer": 2}),
                  "q.jsonl:2: answer: is 2, but an index of 2 choices counts from 0"),
                 (json.dumps(good | {"choices": ["b"]}), "choices: is no list of two texts or more"),
                 (json.dumps(good | {"choices": ["b", 3]}), "choices: 3 is no text"),
                 (json.dumps(good | {"question": "a"}), 'a question has either "context" or "question"'),
                 (json.dumps({"choices": ["b", "c"], "answer": 0}), 'a question has either "context" or "question"')]
        for line, message in cases:
            with self.subTest(message):
                self.assertIn(message, self.refused(line))

    def test_nothing_to_measure(self):
        result = self.run_trireme("evaluate", "--model", "model", "--tokenizer", "bytes")
        self.assertEqual(result.returncode, 2)
        self.assertIn("nothing to measure: give --text FILE with --seq-len, or --choices FILE", result.stderr)

    def test_bos_that_is_not_there(self):
        result = self.ask("--bos")
        self.assertEqual(result.returncode, 1)
        self.assertIn("--bos: the tokenizer names no bos token", result.stderr)


if __name__ == "__main__":
    unittest.main()

"""A teacher that does not fit its student is refused before a rank starts, with the way out."""
import json
import unittest

import successor_model
from cli_support import CliTest

RECIPE = """version = 1
[model]
hidden_size = 64
intermediate_size = 176
num_hidden_layers = 2
num_attention_heads = 4
vocab_size = 257
[data]
train = ["corpus"]
tokenizer = "tokenizer.json"
[train]
seq_len = 32
[distill]
teacher = "teacher"
"""


def tokenizer(*words):
    """A tokenizer.json of these words: ids in their order."""
    return json.dumps({"version": "1.0", "added_tokens": [], "normalizer": None,
                       "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
                                         "use_regex": True},
                       "post_processor": None, "decoder": {"type": "ByteLevel"},
                       "model": {"type": "BPE", "vocab": {word: i for i, word in enumerate(words)}, "merges": []}})


class DistillationTest(CliTest):
    def setUp(self):
        super().setUp()
        for name in ("corpus.bin", "corpus.idx"):
            self.write(name, "x")
        self.write("tokenizer.json", tokenizer("a", "b", "c"))
        successor_model.write(self.folder / "teacher")
        self.write("teacher/tokenizer.json", tokenizer("a", "b", "c"))

    def check(self, *overrides):
        self.write("run.toml", RECIPE)
        return self.run_trireme("check", "run.toml", *(word for each in overrides for word in ("--set", each)))

    def assert_refused(self, done, *messages):
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        for message in messages:
            self.assertIn(message, done.stdout)

    def test_teacher_that_fits(self):
        done = self.check()
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn("teacher", done.stdout)

    def test_options_out_of_range(self):
        self.assert_refused(self.check("distill.temperature=0", "distill.weight=1.5", "distill.vocabulary=-1"),
                            "distill.temperature: must be above 0, got 0",
                            "distill.weight: must be between 0 and 1, got 1.5",
                            "distill.vocabulary: must be at least 0, got -1")

    def test_options_without_a_teacher(self):
        self.assert_refused(self.check("distill.teacher=", "distill.weight=0.3"),
                            "distill.weight: is valid only with distill.teacher")

    def test_missing_teacher(self):
        self.assert_refused(self.check("distill.teacher=nowhere"),
                            "error: distill.teacher: can't open nowhere: No such file or directory")

    def test_folder_without_a_model(self):
        (self.folder / "teacher/config.json").unlink()
        self.assert_refused(self.check(), "run.toml:14:11: error: distill.teacher: ", "teacher")

    def test_vocabularies_that_differ(self):
        self.assert_refused(self.check("model.vocab_size=300"),
                            "distill.vocabulary: is missing: the model has a vocabulary of 300, its teacher of 257",
                            "set it to the number of leading ids that mean the same in both, at most 257")
        self.assert_refused(self.check("model.vocab_size=300", "distill.vocabulary=258"),
                            "distill.vocabulary: must be at most 257, got 258: the model has a vocabulary of 300, its "
                            "teacher of 257")
        self.assertEqual(self.check("model.vocab_size=300", "distill.vocabulary=257").returncode, 0)

    def test_another_tokenizer(self):
        self.write("teacher/tokenizer.json", tokenizer("a", "x", "c"))
        self.assert_refused(self.check(), "distill.teacher: teacher has another tokenizer than the data: id 1 differs "
                                          "from that of tokenizer.json", "prepare the data with the teacher's tokenizer")
        self.assertEqual(self.check("distill.vocabulary=1").returncode, 0, "the ids that count are alike")

    def test_unknown_tokenizer_is_a_warning(self):
        (self.folder / "teacher/tokenizer.json").unlink()
        done = self.check()
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("warning: distill.teacher: nothing shows that teacher reads ids as the tokenizer of the data does",
                      done.stdout)

    def test_broken_tokenizer_of_the_teacher(self):
        self.write("teacher/tokenizer.json", "{")
        self.assert_refused(self.check(), "distill.teacher: teacher/tokenizer.json: not JSON")

    def test_decoder_for_an_encoder(self):
        self.assert_refused(self.check("model.model_type=bert", "model.type_vocab_size=2", "model.hidden_act=gelu",
                                       "model.mask_token_id=3"),
                            "distill.teacher: teacher is a llama model, a decoder, but the bert model that learns is "
                            "an encoder")


if __name__ == "__main__":
    unittest.main()

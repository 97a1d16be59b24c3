"""`trireme check`: every problem of a recipe is printed at once, with its place and the way out."""
import json
import unittest

from cli_support import ROOT, CliTest

RECIPE = (ROOT / "tests/data/tiny_recipe.toml").read_text()


class CheckTest(CliTest):
    def setUp(self):
        super().setUp()
        for suffix in (".bin", ".idx"):
            self.write("corpus/train" + suffix, "x")

    def check(self, text=RECIPE, *words):
        self.write("run.toml", text)
        return self.run_trireme("check", "run.toml", *words)

    def assert_refused(self, done, *messages):
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        for message in messages:
            self.assertIn(message, done.stdout)

    def test_right_recipe(self):
        done = self.check()
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertEqual(done.stdout, "run.toml: ok, 125.25 K parameters, 20 steps of 8 x 64 tokens\n")

    def test_misspelt_key(self):
        self.assert_refused(self.check(RECIPE.replace("seq_len", "seq_length")),
                            'run.toml:21:1: error: train.seq_length: unknown key (did you mean "seq_len"?)')

    def test_unknown_section(self):
        self.assert_refused(self.check(RECIPE.replace("[train]", "[trian]")),
                            'run.toml:17:2: error: trian: unknown section (did you mean "train"?)')

    def test_key_of_another_section(self):
        self.assert_refused(self.check(RECIPE + "learning_rate = 0.1\n"),
                            "run.toml:22:1: error: train.learning_rate: unknown key (it belongs in [optimizer])")

    def test_wrong_type(self):
        self.assert_refused(self.check(RECIPE.replace("steps = 20", 'steps = "20"')),
                            'run.toml:18:9: error: train.steps: expected an integer, got string "20"')

    def test_out_of_range(self):
        self.assert_refused(self.check(RECIPE.replace("valid_fraction = 0.01", "valid_fraction = 1.5")),
                            "run.toml:14:18: error: data.valid_fraction: must be at least 0 and below 1, got 1.5")

    def test_misspelt_choice(self):
        self.assert_refused(self.check(RECIPE + '[optimizer]\nname = "adam"\n'),
                            'must be one of adamw, sgd, got "adam"; did you mean "adamw"?')

    def test_duplicate_key(self):
        done = self.check(RECIPE + "steps = 30\n")
        self.assert_refused(done, "run.toml:22:", "error: not valid TOML", "steps")

    def test_syntax_error(self):
        self.assert_refused(self.check("version = 1\n[train\n"), "run.toml:2:", "error: not valid TOML")

    def test_bytes_that_are_no_text(self):
        for junk in (b"\x00\x01\x02", b"\xff\xfe", b"version = 1\n\xc3\x28 = 2\n", b""):
            self.write("run.toml", junk)
            self.assert_refused(self.run_trireme("check", "run.toml"), "error: ")

    def test_missing_recipe(self):
        done = self.run_trireme("check", "nowhere.toml")
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, r"^trireme: error: .*nowhere\.toml: No such file or directory\n$")

    def test_folder_for_a_recipe(self):
        done = self.run_trireme("check", "corpus")
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, r"^trireme: error: .*corpus: Is a directory\n$")

    def test_missing_token_files(self):
        (self.folder / "corpus/train.idx").unlink()
        self.assert_refused(self.check(), "run.toml:13:9: error: data.train: there is no file corpus/train.idx",
                            "make it: trireme data prepare TEXT --tokenizer TOKENIZER --to corpus/train")

    def test_missing_tokenizer_and_model(self):
        self.assert_refused(self.check(RECIPE, "--set", "data.tokenizer=t.json", "--set", "model.from=hf"),
                            "there is no file t.json", "there is no file hf/config.json")

    def test_axes_not_built(self):
        for axis, name in (("pp", "pipeline"), ("cp", "context"), ("tp", "tensor"), ("ep", "expert")):
            self.assert_refused(self.check(RECIPE, "--set", f"parallel.{axis}=2"),
                                f"parallel.{axis}: 2: {name} parallelism is not built yet; set it to 1")

    def test_dropout(self):
        text = RECIPE.replace("vocab_size = 256", "vocab_size = 256\nattention_dropout = 0.1")
        self.assert_refused(self.check(text), "run.toml:11:21: error: model.attention_dropout: dropout is not built")
        self.assertEqual(self.check(text.replace("0.1", "0.0", 1)).returncode, 0)

    def test_heads(self):
        self.assert_refused(self.check(RECIPE, "--set", "model.num_attention_heads=6"), "model.hidden_size = 64")

    def test_degrees_and_batch(self):
        self.assert_refused(self.check(RECIPE, "--world", "3"), "train.global_batch_size")
        self.assert_refused(self.check(RECIPE, "--set", "parallel.dp_shard=3"), "train.global_batch_size")
        self.assertEqual(self.check(RECIPE, "--world", "2").returncode, 0)

    def test_other_version(self):
        done = self.check(RECIPE.replace("version = 1", "version = 9"))
        self.assert_refused(done, "this trireme reads recipes of version 1, got 9")
        self.assertEqual(done.stdout.count("\n"), 1)
        self.assert_refused(self.check(RECIPE.replace("version = 1\n", "")), "version: is missing")

    def test_overrides(self):
        self.assert_refused(self.check(RECIPE, "--set", "train.step=3"),
                            '--set train.step: error: train.step: unknown key (did you mean "steps"?)')
        self.assert_refused(self.check(RECIPE, "--set", "train.steps"),
                            "--set train.steps: error: expected section.key=value")
        self.assert_refused(self.check(RECIPE, "--set", "train.steps=many"),
                            '--set train.steps: error: train.steps: expected an integer, got string "many"')
        self.assertIn("7 steps of", self.check(RECIPE, "--set", "train.steps=5", "--set=train.steps=7").stdout)

    def test_all_problems_at_once(self):
        done = self.check(RECIPE.replace("seq_len = 64", "seq_length = 0").replace("[data]", "[dtaa]"), "--set",
                          "parallel.zero=5")
        self.assert_refused(done, "seq_length", "dtaa", "parallel.zero: must be between 0 and 3, got 5", "data.train")

    def test_json(self):
        done = self.check(RECIPE.replace("steps = 20", "steps = 0"), "--json")
        self.assertEqual(done.returncode, 1)
        report = json.loads(done.stdout)
        self.assertFalse(report["ok"])
        finding = report["findings"][0]
        self.assertEqual((finding["severity"], finding["key"], finding["file"], finding["line"], finding["column"]),
                         ("error", "train.steps", "run.toml", 18, 9))
        self.assertEqual(finding["message"], "must be at least 1, got 0")
        self.assertEqual(json.loads(self.check(RECIPE, "--json").stdout), {"ok": True, "findings": []})


if __name__ == "__main__":
    unittest.main()

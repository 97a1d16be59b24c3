"""`trireme generate`: known continuations, sampling options, and messages."""
import json
import unittest

import successor_model
from cli_support import ROOT, CliTest

SMOLLM2 = ROOT / "build/assets/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"


class GenerateTest(CliTest):
    def setUp(self):
        super().setUp()
        successor_model.write(self.folder / "model")

    def generate(self, *words):
        return self.run_trireme("generate", "--model", "model", "--tokenizer", "bytes", *words)

    def test_greedy_counts_on(self):
        result = self.generate("--prompt", "xyzabc", "--greedy", "--max-new-tokens", 5, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout), {"ids": list(b"defgh"), "text": "defgh"})

    def test_text_output_is_prompt_and_continuation(self):
        self.assertEqual(self.generate("--prompt", "ab", "--greedy", "--max-new-tokens", 3).stdout, "abcde\n")

    def test_sampling_follows_the_seed(self):
        words = ["--prompt", "a", "--temperature", "4", "--max-new-tokens", 40, "--json", "--seed"]
        first, again, other = (json.loads(self.generate(*words, seed).stdout)["ids"] for seed in (1, 1, 2))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)

    def test_top_k_of_one_is_greedy(self):
        result = self.generate("--prompt", "a", "--temperature", "4", "--top-k", 1, "--max-new-tokens", 3)
        self.assertEqual(result.stdout, "abcd\n")

    def test_half_a_character_is_valid_json(self):
        result = self.generate("--prompt", "\x7f", "--greedy", "--max-new-tokens", 1, "--json")
        self.assertEqual(json.loads(result.stdout), {"ids": [0x80], "text": "\ufffd"})

    def test_a_file_of_prompts(self):
        self.write("p.jsonl", '{"prompt": "ab", "completion": "?"}\n\n{"prompt": "wxyabcdef"}\n')
        result = self.generate("--prompts", "p.jsonl", "--greedy", "--max-new-tokens", 2, "--json")
        self.assertEqual([json.loads(line)["text"] for line in result.stdout.splitlines()], ["cd", "gh"], result.stderr)
        self.write("bad.jsonl", '{"prompt": "ab"}\n{"text": "x"}\n')
        self.write("none.jsonl", "\n")
        for words, message in ((["--prompts", "bad.jsonl"], "bad.jsonl:2: prompt: is missing"),
                               (["--prompts", "none.jsonl"], "none.jsonl: holds no prompt"),
                               (["--prompts", "p.jsonl", "--prompt", "a"], "either --prompt P or --prompts FILE"),
                               ([], "either --prompt P or --prompts FILE")):
            result = self.generate(*words)
            self.assertNotEqual(result.returncode, 0)
            self.assertIn(message, result.stderr)

    def test_chats(self):
        words = ["generate", "--model", SMOLLM2, "--chat", "smollm2", "--greedy", "--max-new-tokens", 30, "--json"]
        answer = json.loads(self.run_trireme(*words, "--prompt", "What is the capital of France?").stdout)
        self.assertEqual(answer["text"], "The capital of France is Paris.")
        self.assertEqual(answer["ids"][-1], 2)  # <|im_end|>
        for name, message in (("vicuna", 'chat template "vicuna" is not known; known are llama3, qwen2.5, qwen3, smollm2'),
                              ("llama3", 'chat template "llama3" writes <|begin_of_text|>, which is no special token')):
            result = self.run_trireme("generate", "--model", SMOLLM2, "--chat", name, "--prompt", "a")
            self.assertNotEqual(result.returncode, 0)
            self.assertIn(message, result.stderr)

    def test_bad_options(self):
        for words, message in ((["--temperature", "0"], "temperature must be above 0, got 0"),
                               (["--top-p", "2"], "top_p must be above 0 and at most 1, got 2"),
                               (["--max-new-tokens", 0], "--max-new-tokens must be at least 1, got 0")):
            result = self.generate("--prompt", "a", *words)
            self.assertNotEqual(result.returncode, 0)
            self.assertIn(message, result.stderr)

    def test_vocabulary_smaller_than_the_tokenizers(self):
        self.write("small/config.json", (self.folder / "model/config.json").read_text().replace("257", "200"))
        (self.folder / "small/model.safetensors").write_bytes((self.folder / "model/model.safetensors").read_bytes())
        result = self.run_trireme("generate", "--model", "small", "--tokenizer", "bytes", "--prompt", "a")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, "model.embed_tokens.weight|lm_head.weight|vocabulary")

    def test_model_without_tokenizer(self):
        result = self.run_trireme("generate", "--model", "model", "--prompt", "a")
        self.assertEqual(result.returncode, 1)
        self.assertIn("model has no tokenizer.json: name the tokenizer", result.stderr)

    def test_smollm2_knows_the_capital_of_france(self):
        self.assertTrue(SMOLLM2.exists(), "run tests/support/fetch_smollm2.py first")
        result = self.run_trireme("generate", "--model", SMOLLM2, "--prompt", "The capital of France is", "--greedy",
                                  "--max-new-tokens", 2, "--json")
        self.assertEqual(json.loads(result.stdout), {"ids": [7042, 30], "text": " Paris."})


if __name__ == "__main__":
    unittest.main()

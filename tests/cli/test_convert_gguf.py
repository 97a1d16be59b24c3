"""`trireme convert --to FILE.gguf`, read back by the gguf package and by trireme."""
import json
import random
import resource
import signal
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import successor_model  # noqa: E402
from cli_support import ROOT, TRIREME, CliTest  # noqa: E402

PYTHON = ROOT / "build/readers/bin/python"
COMPARE = ROOT / "tests/cli/compare_gguf.py"
SMOLLM2 = ROOT / "build/assets/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
CONFIG = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 64, "intermediate_size": 96,
          "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 20,
          "max_position_embeddings": 256, "rope_theta": 50000.0, "rms_norm_eps": 1e-6, "tie_word_embeddings": False}
TOKENIZER = {"version": "1.0", "added_tokens": [{"id": 3, "content": "<|end|>", "special": True}],
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
             "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}}


def shapes():
    yield "model.embed_tokens.weight", [20, 64]
    for layer in range(2):
        for name, shape in (("input_layernorm", [64]), ("self_attn.q_proj", [64, 64]), ("self_attn.k_proj", [32, 64]),
                            ("self_attn.v_proj", [32, 64]), ("self_attn.o_proj", [64, 64]),
                            ("post_attention_layernorm", [64]), ("mlp.gate_proj", [96, 64]), ("mlp.up_proj", [96, 64]),
                            ("mlp.down_proj", [64, 96])):
            yield f"model.layers.{layer}.{name}.weight", shape
    yield "model.norm.weight", [64]
    yield "lm_head.weight", [20, 64]


def write_model(folder):
    folder.mkdir()
    draw = random.Random(7)
    header, data = {}, b""
    for name, shape in shapes():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        values = struct.pack(f"<{count}f", *(draw.gauss(0, 0.05) for _ in range(count)))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "tokenizer.json").write_text(json.dumps(TOKENIZER))
    (folder / "tokenizer_config.json").write_text(json.dumps({"eos_token": "<|end|>"}))


class GgufTest(CliTest):
    def setUp(self):
        super().setUp()
        write_model(self.folder / "hf")

    def convert(self, source, to, *words):
        return self.run_trireme("convert", "--from", source, "--to", to, *words)

    def converted(self, *words):
        result = self.convert(*words)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def compare(self, name, weights, kind, heads, kv_heads):
        """The file's metadata as the gguf package reads it."""
        done = subprocess.run([PYTHON, COMPARE, name, weights, kind, str(heads), str(kv_heads)], cwd=self.folder,
                              text=True, capture_output=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)


class GoodInput(GgufTest):
    def test_the_gguf_package_reads_what_it_would_have_written(self):
        for dtype, kind, number in (("fp32", "F32", 0), ("fp16", "F16", 1), ("bf16", "BF16", 32), ("q8_0", "Q8_0", 7)):
            with self.subTest(dtype):
                self.assertIn(f"parameters as {dtype}", self.converted("hf", f"{dtype}.gguf", "--dtype", dtype))
                fields = self.compare(f"{dtype}.gguf", "hf/model.safetensors", kind, 4, 2)
                self.assertEqual(fields["general.architecture"], "llama")
                self.assertEqual(fields["general.file_type"], number)
                self.assertEqual(fields["llama.context_length"], 256)
                self.assertEqual(fields["llama.attention.head_count_kv"], 2)
                self.assertEqual(fields["llama.rope.freq_base"], 50000.0)
                self.assertEqual(fields["tokenizer.ggml.pre"], "gpt-2")
                self.assertEqual(fields["tokenizer.ggml.tokens"][:5], ["a", "b", "ab", "<|end|>", "[PAD4]"])
                self.assertEqual(fields["tokenizer.ggml.token_type"][:5], [1, 1, 1, 3, 5])
                self.assertEqual(fields["tokenizer.ggml.merges"], ["a b"])
                self.assertEqual(fields["tokenizer.ggml.eos_token_id"], 3)

    def test_back_to_a_folder_of_equal_weights(self):
        self.converted("hf", "m.gguf", "--dtype", "fp32")
        self.converted("m.gguf", "back")
        config = json.loads((self.folder / "back/config.json").read_text())
        for key in ("hidden_size", "rope_theta", "rms_norm_eps", "num_key_value_heads", "vocab_size"):
            self.assertEqual(config[key], CONFIG[key])
        tensors = {}
        for name in ("hf", "back"):
            data = (self.folder / name / "model.safetensors").read_bytes()
            (length,) = struct.unpack("<Q", data[:8])
            tensors[name] = {key: data[8 + length:][slice(*entry["data_offsets"])]
                             for key, entry in json.loads(data[8:8 + length]).items() if key != "__metadata__"}
        self.assertEqual(tensors["hf"], tensors["back"])
        tokenizer = json.loads((self.folder / "back/tokenizer.json").read_text())
        self.assertEqual(tokenizer["model"]["merges"], TOKENIZER["model"]["merges"])
        self.assertEqual(tokenizer["added_tokens"][0]["content"], "<|end|>")

    def test_smollm2(self):
        self.converted(SMOLLM2, "hf32", "--dtype", "fp32")
        self.converted(SMOLLM2, "m.gguf", "--dtype", "q8_0")
        fields = self.compare("m.gguf", "hf32/model.safetensors", "Q8_0", 9, 3)
        self.assertEqual(fields["tokenizer.ggml.pre"], "smollm")
        self.assertEqual(len(fields["tokenizer.ggml.merges"]), 48900)
        self.assertEqual(fields["tokenizer.ggml.bos_token_id"], 1)
        self.assertIn("{%", fields["tokenizer.chat_template"])

    def test_a_model_without_tokenizer(self):
        successor_model.write(self.folder / "bytes")
        self.converted("bytes", "m.gguf", "--dtype", "bf16")
        self.converted("m.gguf", "back")
        self.assertFalse((self.folder / "back/tokenizer.json").exists())


class BadInput(GgufTest):
    def refused(self, code, *words):
        result = self.convert(*words)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertEqual([path.name for path in self.folder.iterdir() if ".gguf" in path.name], [])
        return result.stderr

    def test_options_that_contradict(self):
        self.assertIn("--dtype q8_0 is for GGUF: name a file such as --to model.gguf",
                      self.refused(2, "hf", "out", "--dtype", "q8_0"))
        self.assertIn("--max-shard-size is for folders",
                      self.refused(2, "hf", "m.gguf", "--max-shard-size", "1GB"))

    def test_rows_that_make_no_blocks(self):
        successor_model.write(self.folder / "narrow")
        self.assertIn("rows of 16 values are no whole number of Q8_0's blocks of 32; choose --dtype fp16 or bf16",
                      self.refused(1, "narrow", "m.gguf", "--dtype", "q8_0"))

    def test_a_file_that_is_there(self):
        self.converted("hf", "m.gguf")
        before = (self.folder / "m.gguf").read_bytes()
        result = self.convert("hf", "m.gguf")
        self.assertEqual(result.returncode, 1)
        self.assertIn("m.gguf is there already; choose another name, or remove it", result.stderr)
        self.assertEqual((self.folder / "m.gguf").read_bytes(), before)

    def test_a_disk_that_fills_up_leaves_nothing(self):
        def limit_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))

        result = subprocess.run([TRIREME, "convert", "--from", "hf", "--to", "m.gguf"], cwd=self.folder, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=limit_files, timeout=60)
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("m.gguf: File too large", result.stderr)
        self.assertEqual([path.name for path in self.folder.iterdir() if ".gguf" in path.name], [])


if __name__ == "__main__":
    unittest.main()

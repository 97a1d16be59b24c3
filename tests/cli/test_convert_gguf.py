"""`trireme convert --to FILE.gguf`, read back by the gguf package and by trireme."""
import json
import resource
import signal
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import successor_model  # noqa: E402
import tiny_families  # noqa: E402
from cli_support import ROOT, TRIREME, CliTest  # noqa: E402

PYTHON = ROOT / "build/readers/bin/python"
COMPARE = ROOT / "tests/cli/compare_gguf.py"
SMOLLM2 = ROOT / "build/assets/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
TOKENIZER = {"version": "1.0", "added_tokens": [{"id": 3, "content": "<|end|>", "special": True}],
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
             "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}}


def as_fp32(value):
    """As fp32 holds it."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def add_tokenizer(folder):
    (folder / "tokenizer.json").write_text(json.dumps(TOKENIZER))
    (folder / "tokenizer_config.json").write_text(json.dumps({"eos_token": "<|end|>", "chat_template": "{{ messages }}"}))


def tensors_of(folder):
    data = (folder / "model.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    return {name: data[8 + length:][slice(*entry["data_offsets"])]
            for name, entry in json.loads(data[8:8 + length]).items() if name != "__metadata__"}


class GgufTest(CliTest):
    def setUp(self):
        super().setUp()
        tiny_families.write(self.folder / "hf", "llama")
        add_tokenizer(self.folder / "hf")

    def convert(self, source, to, *words):
        return self.run_trireme("convert", "--from", source, "--to", to, *words)

    def converted(self, *words):
        result = self.convert(*words)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def compare(self, name, folder, kind):
        """The file's metadata as the gguf package reads it."""
        done = subprocess.run([PYTHON, COMPARE, name, folder, kind], cwd=self.folder, text=True, capture_output=True,
                              timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)


class GoodInput(GgufTest):
    def test_the_gguf_package_reads_what_it_would_have_written(self):
        for dtype, kind, number in (("fp32", "F32", 0), ("fp16", "F16", 1), ("bf16", "BF16", 32), ("q8_0", "Q8_0", 7)):
            with self.subTest(dtype):
                self.assertIn(f"parameters as {dtype}", self.converted("hf", f"{dtype}.gguf", "--dtype", dtype))
                fields = self.compare(f"{dtype}.gguf", "hf", kind)
                self.assertEqual(fields["general.file_type"], number)
                self.assertEqual(fields["tokenizer.ggml.model"], "gpt2")
                self.assertEqual(fields["tokenizer.ggml.pre"], "gpt-2")
                self.assertEqual(fields["tokenizer.ggml.tokens"][:5], ["a", "b", "ab", "<|end|>", "[PAD4]"])
                self.assertEqual(fields["tokenizer.ggml.token_type"][:5], [1, 1, 1, 3, 5])
                self.assertEqual(fields["tokenizer.ggml.merges"], ["a b"])
                self.assertEqual(fields["tokenizer.ggml.eos_token_id"], 3)
                self.assertEqual(fields["tokenizer.chat_template"], "{{ messages }}")

    def test_every_family_there_and_back(self):
        for name in tiny_families.CONFIGS:
            folder = name.replace(" ", "-")
            tiny_families.write(self.folder / folder, name)
            for dtype, kind in (("fp16", "F16"), ("bf16", "BF16"), ("q8_0", "Q8_0")):
                with self.subTest(name, dtype=dtype):
                    file = f"{folder}-{dtype}.gguf"
                    self.converted(folder, file, "--dtype", dtype)
                    fields = self.compare(file, folder, kind)
                    self.check_metadata(name, fields)
                    if dtype == "q8_0":
                        continue
                    self.converted(file, f"{file}-back", "--dtype", "fp32")
                    self.assertEqual(tensors_of(self.folder / folder), tensors_of(self.folder / f"{file}-back"))
                    self.check_config(name, self.folder / f"{file}-back")

    def check_metadata(self, name, fields):
        architecture = "gptneox" if name == "gpt_neox" else name.split()[0].replace("mistral", "llama")
        self.assertEqual(fields["general.architecture"], architecture)
        self.assertEqual(fields["general.quantization_version"], 2)
        sizes = {"context_length": 256, "embedding_length": 64, "block_count": 2, "feed_forward_length": 128,
                 "attention.head_count": 4, "vocab_size": 20}
        fused = architecture in ("gpt2", "gptneox", "mpt")
        if not fused:
            sizes |= {"attention.head_count_kv": 2, "rope.freq_base": 50000.0}
            head = 32 if architecture in ("qwen3", "gemma2") else 16
            sizes |= {"attention.key_length": head, "attention.value_length": head, "rope.dimension_count": head}
        sizes |= {"attention.layer_norm_epsilon": as_fp32(1e-5)} if fused else {
            "attention.layer_norm_rms_epsilon": as_fp32(1e-6)}
        sizes |= {"gemma2": {"attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0,
                             "attention.sliding_window": 128},
                  "gpt_neox": {"rope.freq_base": 50000.0, "rope.dimension_count": 8, "use_parallel_residual": False},
                  "mistral": {"attention.sliding_window": 128},
                  "mpt": {"attention.max_alibi_bias": 8.0},
                  "mpt with positions": {"attention.max_alibi_bias": 0.0}}.get(name, {})
        found = {key.removeprefix(f"{architecture}."): value for key, value in fields.items()
                 if not key.startswith(("general.", "tokenizer."))}
        self.assertEqual(found, sizes)

    def check_config(self, name, folder):
        config = json.loads((folder / "config.json").read_text())
        for key, value in tiny_families.CONFIGS[name].items():
            if key == "attn_config":
                self.assertEqual(config[key]["alibi"], value["alibi"])
            elif name != "gpt_neox" or not key.startswith(("rms", "num_key")):
                self.assertEqual(config[key], value, key)

    def test_the_tokenizer_comes_back(self):
        self.converted("hf", "m.gguf", "--dtype", "fp32")
        self.converted("m.gguf", "back")
        tokenizer = json.loads((self.folder / "back/tokenizer.json").read_text())
        self.assertEqual(tokenizer["model"]["merges"], TOKENIZER["model"]["merges"])
        self.assertEqual(tokenizer["added_tokens"][0]["content"], "<|end|>")

    def test_smollm2(self):
        self.converted(SMOLLM2, "hf32", "--dtype", "fp32")
        self.converted(SMOLLM2, "m.gguf", "--dtype", "q8_0")
        fields = self.compare("m.gguf", "hf32", "Q8_0")
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

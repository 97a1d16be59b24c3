"""`trireme convert`: GGUF files and Hugging Face folders into Hugging Face folders."""
import json
import os
import resource
import signal
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
import gguf_writer  # noqa: E402
from cli_support import ROOT, TRIREME, CliTest  # noqa: E402

SMOLLM2 = ROOT / "build/assets/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"


def read_safetensors(path):
    """name -> (dtype, shape, bytes)"""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    body = data[8 + length:]
    return {name: (entry["dtype"], entry["shape"], body[slice(*entry["data_offsets"])])
            for name, entry in header.items() if name != "__metadata__"}


class ConvertTest(CliTest):
    def convert(self, *words, **options):
        return self.run_trireme("convert", *words, **options)

    def expect_refused(self, result, *parts, code=1):
        self.assertEqual(result.returncode, code, result.stderr)
        for part in parts:
            self.assertIn(part, result.stderr)
        self.assertEqual(self.left_behind(), [])

    def left_behind(self):
        """Output, whole or half, that should not be there."""
        return [path.name for path in self.folder.iterdir() if path.name == "out" or ".tmp" in path.name]

    def tiny_folder(self):
        self.write("tiny.gguf", gguf_writer.build())
        result = self.convert("--from", "tiny.gguf", "--to", "hf")
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.folder / "hf"


class GoodInput(ConvertTest):
    def test_gguf_becomes_a_folder(self):
        folder = self.tiny_folder()
        self.assertEqual(sorted(path.name for path in folder.iterdir()),
                         ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
                          "tokenizer_config.json"])
        config = json.loads((folder / "config.json").read_text())
        self.assertEqual(config["architectures"], ["LlamaForCausalLM"])
        self.assertEqual(config["num_key_value_heads"], 1)
        self.assertEqual(config["rms_norm_eps"], 1e-5)
        self.assertEqual(json.loads((folder / "tokenizer.json").read_text())["model"]["merges"], [["a", "b"]])
        tensors = read_safetensors(folder / "model.safetensors")
        dtype, shape, data = tensors["model.layers.0.mlp.down_proj.weight"]
        self.assertEqual((dtype, shape), ("F32", [8, 12]))
        self.assertEqual(list(struct.unpack("<96f", data)), list(range(96)))
        # Rows of a head of 4 go from adjacent pairs to halves.
        query = struct.unpack("<64f", tensors["model.layers.0.self_attn.q_proj.weight"][2])
        self.assertEqual([query[row * 8] / 8 for row in range(8)], [0, 2, 1, 3, 4, 6, 5, 7])

    def test_dtype_and_shards(self):
        self.tiny_folder()
        result = self.convert("--from", "hf", "--to", "out", "--dtype", "bf16", "--max-shard-size", "500B")
        self.assertEqual(result.returncode, 0, result.stderr)
        index = json.loads((self.folder / "out/model.safetensors.index.json").read_text())
        shard = self.folder / "out" / index["weight_map"]["model.layers.0.mlp.down_proj.weight"]
        dtype, _, data = read_safetensors(shard)["model.layers.0.mlp.down_proj.weight"]
        self.assertEqual(dtype, "BF16")
        self.assertEqual([struct.unpack("<f", b"\0\0" + data[i:i + 2])[0] for i in range(0, 192, 2)], list(range(96)))
        self.assertEqual(json.loads((self.folder / "out/config.json").read_text())["torch_dtype"], "bfloat16")
        self.assertTrue((self.folder / "out/tokenizer.json").exists())
        self.assertEqual(self.convert("--from", "out", "--to", "again", "--dtype", "fp32").returncode, 0)
        self.assertEqual(read_safetensors(self.folder / "again/model.safetensors"),
                         read_safetensors(self.folder / "hf/model.safetensors"))

    def test_unknown_keys_of_config_json_stay(self):
        folder = self.tiny_folder()
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "some_tool": {"kept": True}}))
        self.assertEqual(self.convert("--from", "hf", "--to", "out").returncode, 0)
        self.assertEqual(json.loads((self.folder / "out/config.json").read_text())["some_tool"], {"kept": True})

    def test_smollm2(self):
        result = self.convert("--from", SMOLLM2, "--to", "out", "--dtype", "bf16")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("134515008 parameters as bf16", result.stdout)
        config = json.loads((self.folder / "out/config.json").read_text())
        self.assertEqual((config["vocab_size"], config["rope_theta"], config["eos_token_id"]), (49152, 100000.0, 2))


class BadInput(ConvertTest):
    def test_files_that_are_no_gguf(self):
        whole = gguf_writer.build()
        self.expect_refused(self.convert("--from", "nowhere.gguf", "--to", "out"), "can't open nowhere.gguf", code=3)
        for content, part in ((b"", "the file is empty"), (whole[:40], "truncated"), (whole[:-100], "truncated"),
                              (b"GGML" + whole[4:], "magic: is not GGUF"),
                              (whole[:4] + b"\x09" + whole[5:], "is 9, supported")):
            self.write("bad.gguf", content)
            self.expect_refused(self.convert("--from", "bad.gguf", "--to", "out"), "bad.gguf: ", part)

    def test_models_that_do_not_fit(self):
        cases = (({"types": {"blk.0.ffn_up.weight": 10}}, "blk.0.ffn_up.weight: is Q2_K, which is not supported"),
                 ({"shapes": {"blk.0.ffn_up.weight": None}},
                  "1 tensors are missing: model.layers.0.mlp.up_proj.weight"),
                 ({"shapes": {"extra.weight": (2,)}}, "belong to no parameter of this llama model: extra.weight"),
                 ({"shapes": {"blk.0.ffn_up.weight": (10, 8)}}, "has shape [10, 8], but the config makes it [12, 8]"),
                 ({"metadata": {"llama.block_count": None}}, "llama.block_count: is missing"),
                 ({"metadata": {"general.architecture": (gguf_writer.STRING, "bert")}}, "\"bert\" is not supported"),
                 ({"metadata": {"tokenizer.ggml.pre": (gguf_writer.STRING, "tekken")}}, "\"tekken\" is not supported"),
                 ({"shapes": {"token_embd.weight": (2, 8)}}, "3 tokens, but the model's vocabulary has 2"))
        for changes, part in cases:
            with self.subTest(part):
                self.write("bad.gguf", gguf_writer.build(**changes))
                self.expect_refused(self.convert("--from", "bad.gguf", "--to", "out"), "bad.gguf: ", part)

    def test_damaged_folders(self):
        folder = self.tiny_folder()
        weights = (folder / "model.safetensors").read_bytes()
        (folder / "model.safetensors").write_bytes(weights[:-5])
        self.expect_refused(self.convert("--from", "hf", "--to", "out"), "model.safetensors: ", "the file is truncated")
        (folder / "model.safetensors").unlink()
        self.expect_refused(self.convert("--from", "hf", "--to", "out"), "neither model.safetensors nor")
        (folder / "model.safetensors").write_bytes(weights)
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "hidden_act": "relu"}))
        self.expect_refused(self.convert("--from", "hf", "--to", "out"), "model.hidden_act: unknown value")
        (folder / "config.json").unlink()
        self.expect_refused(self.convert("--from", "hf", "--to", "out"), "hf: no model here")

    def test_tokenizer_larger_than_the_vocabulary(self):
        folder = self.tiny_folder()
        tokenizer = json.loads((folder / "tokenizer.json").read_text())
        tokenizer["model"]["vocab"]["zz"] = 6
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
        self.expect_refused(self.convert("--from", "hf", "--to", "out"), "the tokenizer has id 6", "vocab_size is 6")


class BadOutput(ConvertTest):
    def test_folder_that_is_not_empty(self):
        folder = self.tiny_folder()
        before = sorted(folder.iterdir())
        result = self.convert("--from", "tiny.gguf", "--to", "hf")
        self.assertEqual(result.returncode, 1)
        self.assertIn("hf is not empty; give a new folder", result.stderr)
        self.assertEqual(sorted(folder.iterdir()), before)

    def test_empty_folder_is_fine(self):
        self.write("tiny.gguf", gguf_writer.build())
        (self.folder / "out").mkdir()
        self.assertEqual(self.convert("--from", "tiny.gguf", "--to", "out/").returncode, 0)

    def test_folder_that_cannot_be_made(self):
        self.write("tiny.gguf", gguf_writer.build())
        self.expect_refused(self.convert("--from", "tiny.gguf", "--to", "tiny.gguf/out"), "can't create folder", code=3)

    def test_disk_that_fills_up_leaves_nothing(self):
        self.write("tiny.gguf", gguf_writer.build())

        def limit_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

        result = subprocess.run([TRIREME, "convert", "--from", "tiny.gguf", "--to", "out"], cwd=self.folder, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=limit_files, timeout=60)
        self.expect_refused(result, "model.safetensors: File too large", code=3)

    def test_wrong_options(self):
        self.write("tiny.gguf", gguf_writer.build())
        self.expect_refused(self.convert("--from", "tiny.gguf", "--to", "out", "--max-shard-size", "5 cows"),
                            "--max-shard-size: \"5 cows\" is no size", code=2)
        self.expect_refused(self.convert("--from", "tiny.gguf", "--to", "out", "--dtype", "fp8"), "fp8", code=2)
        self.expect_refused(self.convert("--from", "tiny.gguf"), "--to", code=2)


if __name__ == "__main__":
    unittest.main()

"""llama.cpp on the GGUF files that trireme writes: of the tiny models that GGUF can hold, fp32, with weights rounded to
bf16. The log-probabilities of the next token are those of transformers, or of plain_models, within 2e-6; within 2e-3
where llama.cpp looks GELU up in a table of fp16. llama.cpp heeds no Mistral's window, so there is none here.
Needs torch, transformers and xllamacpp (tried with 2026.10.11549): python3 check_gguf.py TRIREME
"""
import json
import pathlib
import string
import subprocess
import sys
import tempfile

import torch
import xllamacpp
from safetensors.torch import save_file

import make_tiny_models as tiny
import plain_models

NAMES = ("llama_gqa", "llama_tied", "llama_biases", "llama_linear_rope", "qwen2", "qwen3", "gemma2", "gpt2", "gpt_neox",
         "gpt_neox_sequential", "mpt_alibi", "mpt_alibi_six_heads", "mpt_learned")
LETTERS = string.ascii_lowercase + string.digits
TOKENIZER = {"version": "1.0", "added_tokens": [{"id": 36, "content": "-", "special": True}], "normalizer": None,
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
             "model": {"type": "BPE", "vocab": {**{c: i for i, c in enumerate(LETTERS[:-1])}, "ab": 35},
                       "merges": [["a", "b"]]}}


def write_source(name, folder):
    """A Hugging Face folder. Returns the log-probabilities after each row of the batch."""
    family, model_class, config = tiny.MODELS[name]
    if family == "gemma2":
        config = {**config, "query_pre_attn_scalar": config["head_dim"]}
    folder.mkdir()
    if model_class:
        shapes = {key: tuple(p.shape) for key, p in tiny.build(model_class, config)[1].items()}
    else:
        shapes = tiny.OWN_SHAPES[family](config)
    weights = {key: value.bfloat16().float() for key, value in tiny.fill(shapes).items()}
    save_file({key: value.contiguous() for key, value in weights.items()}, folder / "model.safetensors")
    described = {"model_type": family, **config}
    (folder / "config.json").write_text(json.dumps(described))
    (folder / "tokenizer.json").write_text(json.dumps(TOKENIZER))
    return plain_models.LOGITS[family](weights, described, tiny.batch()[0])[:, -1].log_softmax(-1)


def llama_cpp(path):
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_parallel, params.n_gpu_layers, params.verbosity = 64, 1, 0, -1
    params.warmup = params.fit_params = False
    params.cache_type_k = params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    return xllamacpp.Server(params)


def check(name, trireme, folder):
    expected = write_source(name, folder / "source")
    done = subprocess.run([trireme, "convert", "--from", folder / "source", "--to", folder / "m.gguf"], text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    server, worst = llama_cpp(folder / "m.gguf"), 0.0
    for row, wanted in zip(tiny.batch()[0].tolist(), expected):
        answer = server.handle_completions({"prompt": row, "n_predict": 1, "n_probs": 37, "logprobs": 37,
                                            "temperature": 0.0, "cache_prompt": False})
        found = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        assert len(found) == 37
        worst = max([worst] + [abs(token["logprob"] - wanted[token["id"]].item()) for token in found])
    print(f"{name:22} largest difference of log-probabilities {worst:.1e}", flush=True)
    assert worst < (2e-6 if name.startswith(("llama", "qwen")) else 2e-3), name


def main(trireme):
    torch.set_num_threads(1)
    for name in NAMES:
        with tempfile.TemporaryDirectory() as folder:
            check(name, trireme, pathlib.Path(folder))


if __name__ == "__main__":
    main(sys.argv[1])

"""Writes tests/numerics/fixtures/: losses, logits and gradients of tiny models from Hugging Face transformers in fp32
and from plain_llama in fp64, which is first checked in fp32 against transformers.

Weights and tokens are pure integer functions of their index (tiny_values below, and tests/numerics/tiny_model.h), so no
weights are stored. Run once, with torch 2.13 and transformers 5.23: python3 make_tiny_models.py ../fixtures
"""
import json
import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

import plain_llama

BATCH, LENGTH, STEPS = 2, 12, 20
ADAMW = dict(lr=1e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1)
BASE = dict(vocab_size=37, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, head_dim=4, max_position_embeddings=64, rms_norm_eps=1e-5, tie_word_embeddings=False,
            attention_bias=False, rope_parameters={"rope_type": "default", "rope_theta": 10000.0})
LLAMA3 = {"rope_type": "llama3", "rope_theta": 500.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 64}
MODELS = {
    "llama_gqa": (LlamaForCausalLM, LlamaConfig, {}),
    "llama_tied": (LlamaForCausalLM, LlamaConfig, {"tie_word_embeddings": True, "num_key_value_heads": 4}),
    "llama_llama3_rope": (LlamaForCausalLM, LlamaConfig, {"rope_parameters": LLAMA3, "head_dim": 8}),
    "llama_linear_rope": (LlamaForCausalLM, LlamaConfig, {
        "rope_parameters": {"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}, "num_key_value_heads": 1}),
    "mistral_window": (MistralForCausalLM, MistralConfig, {"sliding_window": 5, "head_dim": 6}),
}


def mixed(x):
    """A 32-bit integer hash (Wellons' lowbias32)."""
    x = x.astype(np.uint64)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = ((x ^ (x >> np.uint64(shift))) * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    return x ^ (x >> np.uint64(16))


def tiny_values(stream, count):
    """fp32 in [-0.25, 0.25), exact."""
    bits = mixed(np.arange(count, dtype=np.uint64) + np.uint64(1000003 * (stream + 1)))
    return ((bits >> np.uint64(8)).astype(np.int64) - (1 << 23)).astype(np.float32) * np.float32(2.0**-25)


def fill(model):
    """Parameters in sorted order of their names; norms are one plus the value."""
    for stream, (name, parameter) in enumerate(sorted(model.named_parameters())):
        values = tiny_values(stream, parameter.numel()).reshape(parameter.shape)
        values = np.float32(1) + values if "norm" in name else values
        parameter.data.copy_(torch.from_numpy(values))


def batch():
    ids = torch.from_numpy((mixed(np.arange(BATCH * (LENGTH + 1), dtype=np.uint64)) % np.uint64(37)).astype(np.int64))
    rows = ids.view(BATCH, LENGTH + 1)
    targets = rows[:, 1:].clone()
    targets[0, 3] = targets[1, 10] = -100
    return rows[:, :-1], targets


def loss_of(logits, targets):
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-100)


def run(parameters, forward):
    """Loss, logits, gradients at the start, and the losses of AdamW steps on the same batch."""
    tokens, targets = batch()
    logits = forward(tokens)
    loss_of(logits, targets).backward()
    gradients = {name: p.grad.clone() for name, p in parameters.items()}
    optimizer = torch.optim.AdamW(list(parameters.values()), **ADAMW)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(forward(tokens), targets)
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    return logits.detach(), gradients, losses


def check_plain(name, config, weights, reference):
    single = {key: value.clone().requires_grad_() for key, value in weights.items()}
    logits, gradients, losses = run(single, lambda tokens: plain_llama.logits(single, config, tokens))
    total = sum(g.norm() ** 2 for g in reference[1].values()) ** 0.5
    assert torch.allclose(logits, reference[0], atol=2e-6), name
    assert all((gradients[k] - g).norm() <= 1e-5 * max(g.norm(), 1e-3 * total) for k, g in reference[1].items()), name
    assert np.allclose(losses, reference[2], rtol=1e-5), name


def main(folder):
    torch.set_num_threads(1)
    summary = {"adamw": ADAMW, "models": {}}
    for name, (model_class, config_class, changes) in MODELS.items():
        config = {**BASE, **changes}
        model = model_class(config_class(**config, attn_implementation="eager")).eval()
        fill(model)
        parameters = dict(model.named_parameters())
        weights = {key: value.detach().clone() for key, value in parameters.items()}
        fp32 = run(parameters, lambda tokens: model(input_ids=tokens, use_cache=False).logits)
        check_plain(name, config, weights, fp32)
        double = {key: value.double().requires_grad_() for key, value in weights.items()}
        fp64 = run(double, lambda tokens: plain_llama.logits(double, config, tokens))
        tensors = {}
        for dtype, (logits, gradients, _) in (("fp32", fp32), ("fp64", fp64)):
            tensors[f"{dtype}.logits"] = logits
            tensors.update({f"{dtype}.{key}": value for key, value in gradients.items()})
        save_file({key: value.contiguous() for key, value in tensors.items()}, folder / f"{name}.safetensors")
        summary["models"][name] = {"config": {"model_type": config_class.model_type, **config},
                                   "losses_fp32": fp32[2], "losses_fp64": fp64[2]}
        print(name, fp32[2][0], fp64[2][0], fp64[2][-1])
    (folder / "tiny_models.json").write_text(json.dumps(summary, indent=1) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

"""Writes tests/numerics/fixtures/lora/: logits and gradients of PEFT's LoRA over tiny models of transformers, in fp32.

Models, batch and weights are those of make_tiny_models.py; the weights' streams are numbered over the names of the
model and of its adapters together. Run once, with torch 2.13, transformers 5.23 and peft 0.21:
python3 make_tiny_adapters.py ../fixtures/lora
"""
import json
import pathlib
import sys

import peft
import torch
from safetensors.torch import save_file

import make_tiny_models as tiny

LLAMA = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj",
         "mlp.down_proj"]
ENCODER = ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
           "intermediate.dense", "output.dense"]
TARGETS = {"llama_gqa": LLAMA, "qwen3": ["q_proj", "v_proj"], "gemma2": LLAMA,
           "gpt2": ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"],
           "gpt_neox": ["query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"],
           "mpt_alibi": ["Wqkv", "out_proj", "up_proj", "down_proj"], "bert": ENCODER, "esm": ENCODER}
RANK, ALPHA = 3, 5


def run(name, targets):
    model, parameters, _ = tiny.build(*tiny.MODELS[name][1:])
    adapted = peft.get_peft_model(model, peft.LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=targets,
                                                         fan_in_fan_out=name == "gpt2")).eval()
    adapters = {key.replace(".default", ""): p for key, p in adapted.named_parameters() if "lora_" in key}
    together = parameters | adapters
    for key, values in tiny.fill({key: tuple(p.shape) for key, p in together.items()}).items():
        together[key].data.copy_(values)
    tokens, targets = tiny.batch()
    logits = adapted(input_ids=tokens).logits
    loss = tiny.loss_of(logits, targets)
    loss.backward()
    return loss.item(), {"fp32.logits": logits.detach()} | {f"fp32.{key}": p.grad for key, p in adapters.items()}


def main(folder):
    torch.set_num_threads(1)
    summary = {}
    for name, targets in TARGETS.items():
        loss, tensors = run(name, targets)
        save_file({key: value.contiguous() for key, value in tensors.items()}, folder / f"{name}.safetensors")
        summary[name] = {"rank": RANK, "alpha": ALPHA, "targets": targets, "loss": loss}
        print(name, loss, len(tensors))
    (folder / "adapters.json").write_text(json.dumps(summary, indent=1) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

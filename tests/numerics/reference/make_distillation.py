"""Writes fixtures/distillation.json and distill_STUDENT.safetensors: tiny models of make_tiny_models that learn from one
another in plain PyTorch, fp64. Cross entropy and divergence are means over the counted targets; the gradients are
autograd's, of (1 - weight) * cross entropy + weight * temperature^2 * divergence.

Run once, with torch 2.13 and transformers 5.23: python3 make_distillation.py ../fixtures
"""
import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from torch.nn.functional import kl_div

import plain_models
from make_tiny_models import MODELS, batch, build, loss_of

# Softcaps, biases and tied weights on either side; the teachers have four ids more.
CASES = [
    {"student": "gemma2", "teacher": "llama_gqa", "teacher_vocab_size": 41, "vocabulary": 29, "temperature": 2.0, "weight": 0.5},
    {"student": "llama_gqa", "teacher": "gemma2", "teacher_vocab_size": 41, "vocabulary": 37, "temperature": 3.0, "weight": 0.9},
    {"student": "bert", "teacher": "esm", "teacher_vocab_size": 41, "vocabulary": 31, "temperature": 0.5, "weight": 1.0},
]


def tiny(name, **changes):
    """Weights in fp64 and the function from tokens to logits."""
    family, model_class, config = MODELS[name]
    config = {**config, **changes}
    _, _, weights = build(model_class, config)
    weights = {key: value.double().requires_grad_() for key, value in weights.items()}
    return weights, lambda tokens: plain_models.LOGITS[family](weights, {"model_type": family, **config}, tokens)


def main(folder):
    torch.set_num_threads(1)
    tokens, targets = batch()
    for case in CASES:
        weights, student = tiny(case["student"])
        _, teacher = tiny(case["teacher"], vocab_size=case["teacher_vocab_size"])
        counted = targets != -100
        leading = lambda logits: (logits[counted][:, :case["vocabulary"]] / case["temperature"]).log_softmax(-1)
        logits = student(tokens)
        with torch.no_grad():
            taught = leading(teacher(tokens))
        cross_entropy = loss_of(logits, targets)
        divergence = kl_div(leading(logits), taught, log_target=True, reduction="batchmean")
        a, t = case["weight"], case["temperature"]
        ((1 - a) * cross_entropy + a * t * t * divergence).backward()
        case |= {"cross_entropy": cross_entropy.item(), "divergence": divergence.item()}
        gradients = {f"fp64.{key}": value.grad for key, value in weights.items()}
        save_file(gradients, folder / f"distill_{case['student']}.safetensors")
        print(case)
    (folder / "distillation.json").write_text(json.dumps(CASES, indent=1) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

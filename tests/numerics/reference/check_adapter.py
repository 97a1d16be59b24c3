"""Loads a model's folder, an adapter's that `trireme convert` wrote, and the merged model's in transformers and PEFT, and
compares: PEFT's logits with the merged model's, to 1e-5 of their norm, and with the base's, which must differ.

Run with torch 2.13, transformers 5.23 and peft 0.21: python3 check_adapter.py BASE ADAPTER MERGED
"""
import sys

import peft
import torch
import transformers as hf


def logits(model, tokens):
    with torch.no_grad():
        return model.eval()(input_ids=tokens).logits.double()


def main(base, adapter, merged):
    load = hf.AutoModelForCausalLM.from_pretrained
    plain = load(base, dtype=torch.float32)
    tokens = torch.arange(24).view(2, 12) * 7 % plain.config.vocab_size
    without = logits(plain, tokens)
    adapted = logits(peft.PeftModel.from_pretrained(plain, adapter), tokens)
    whole = logits(load(merged, dtype=torch.float32), tokens)
    error, effect = ((adapted - other).norm() / whole.norm() for other in (whole, without))
    print(f"PEFT against merged {error:.2e}, against the base {effect:.2e}")
    return 0 if error < 1e-5 < effect else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""Every family from transformers through a sharded run and back: a folder that transformers wrote, a step of three ranks
that moves no weight, the checkpoint as a folder again, its config.json ours; transformers loads it without a tensor
missing or left over, and its logits are those of before. Needs torch and transformers: python3 check_exports.py TRIREME
"""
import pathlib
import subprocess
import sys
import tempfile

import torch

import make_tiny_models as tiny

RECIPE = """version = 1
[model]
from = "{source}"
{mask}
[data]
synthetic = true
[parallel]
zero = 3
[optimizer]
learning_rate = 0
[train]
steps = 1
global_batch_size = 3
seq_len = 16
[log]
folder = "{folder}"
name = "run"
"""


def logits_of(folder, model_class):
    model, report = model_class.from_pretrained(folder, attn_implementation="eager", output_loading_info=True)
    # ESM's head of contacts, which no training touches, and its rotary frequencies, which transformers computes.
    missing = [key for key in report["missing_keys"] if "contact_head" not in key and not key.endswith("inv_freq")]
    assert not missing and not report["unexpected_keys"], (missing, report["unexpected_keys"])
    with torch.no_grad():
        return model.eval()(input_ids=tiny.batch()[0]).logits


def check(name, trireme, folder):
    _, model_class, config = tiny.MODELS[name]
    source, recipe, exported = folder / "source", folder / "recipe.toml", folder / "exported"
    model, _, _ = tiny.build(model_class, config)
    model.save_pretrained(source)
    before = logits_of(source, model_class)
    mask = "mask_token_id = 5" if "type_vocab_size" in config else ""
    recipe.write_text(RECIPE.format(source=source, folder=folder, mask=mask))
    for words in (["train", recipe, "--ranks", "3"], ["convert", "--from", folder / "run", "--to", exported]):
        done = subprocess.run([trireme, *map(str, words)], text=True, capture_output=True)
        assert done.returncode == 0, done.stdout + done.stderr
    after = logits_of(exported, model_class)
    print(f"{name:22} largest difference of logits {(after - before).abs().max().item():.1e}")
    assert torch.equal(after, before), name


def main(trireme):
    torch.set_num_threads(1)
    for name, (_, model_class, _) in tiny.MODELS.items():
        if model_class is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            check(name, trireme, pathlib.Path(folder))


if __name__ == "__main__":
    main(sys.argv[1])

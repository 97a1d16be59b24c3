"""Writes tests/numerics/fixtures/: losses, logits and gradients of tiny models from Hugging Face transformers in fp32
and from plain_models in fp64, which is first checked in fp32 against transformers. What transformers can't build (MPT
with learned positions and biases, Megatron's BERT without segments, Praxis' models) has both from plain_models.

Weights and tokens are pure integer functions of their index (tiny_values below, and tests/numerics/tiny_model.h), so no
weights are stored. Run once, with torch 2.13 and transformers 5.23: python3 make_tiny_models.py ../fixtures
"""
import json
import pathlib
import sys

import numpy as np
import torch
import transformers as hf
from safetensors.torch import save_file

import plain_models

BATCH, LENGTH, STEPS = 2, 12, 20
ADAMW = dict(lr=1e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1)
BASE = dict(vocab_size=37, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, head_dim=4, max_position_embeddings=64, rms_norm_eps=1e-5, tie_word_embeddings=False,
            attention_bias=False, rope_parameters={"rope_type": "default", "rope_theta": 10000.0})
LLAMA3 = {"rope_type": "llama3", "rope_theta": 500.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 64}
# Padding is a token that the batch does not have: torch.nn.Embedding gives its row no gradient.
GPT2 = dict(vocab_size=37, n_embd=16, n_inner=24, n_layer=2, n_head=4, n_positions=64, layer_norm_epsilon=1e-5,
            attn_pdrop=0.0, embd_pdrop=0.0, resid_pdrop=0.0, activation_function="gelu_new")
NEOX = dict(vocab_size=37, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
            max_position_embeddings=64, rotary_pct=0.5, rotary_emb_base=10000.0, layer_norm_eps=1e-5, hidden_act="gelu",
            use_parallel_residual=True, attention_dropout=0.0, hidden_dropout=0.0, tie_word_embeddings=False,
            attention_bias=True)
MPT = dict(vocab_size=37, d_model=16, expansion_ratio=4, n_layers=2, n_heads=4, max_seq_len=64, no_bias=True,
           attn_config={"alibi": True, "attn_pdrop": 0}, emb_pdrop=0.0, resid_pdrop=0.0, tie_word_embeddings=True)
GEMMA = {**BASE, "sliding_window": 5, "head_dim": 8, "query_pre_attn_scalar": 12, "attn_logit_softcapping": 2.0,
         "final_logit_softcapping": 1.5, "hidden_activation": "gelu_pytorch_tanh", "tie_word_embeddings": True, "pad_token_id": 3}
BERT = dict(vocab_size=37, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
            max_position_embeddings=64, type_vocab_size=2, layer_norm_eps=1e-5, hidden_act="gelu",
            hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, pad_token_id=3, tie_word_embeddings=True)
ESM = dict(vocab_size=37, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
           max_position_embeddings=64, layer_norm_eps=1e-5, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
           position_embedding_type="rotary", emb_layer_norm_before=False, token_dropout=True, mask_token_id=5,
           pad_token_id=3, hidden_act="gelu", tie_word_embeddings=True)
PRAXIS = dict(vocab_size=37, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
              max_position_embeddings=64, layer_norm_eps=1e-6, hidden_act="gelu_pytorch_tanh",
              attn_logit_softcapping=2.0, final_logit_softcapping=1.5, tie_word_embeddings=True)
MODELS = {
    "llama_gqa": ("llama", hf.LlamaForCausalLM, BASE),
    "llama_tied": ("llama", hf.LlamaForCausalLM, {**BASE, "tie_word_embeddings": True, "num_key_value_heads": 4}),
    "llama_llama3_rope": ("llama", hf.LlamaForCausalLM, {**BASE, "rope_parameters": LLAMA3, "head_dim": 8}),
    "llama_linear_rope": ("llama", hf.LlamaForCausalLM, {
        **BASE, "rope_parameters": {"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0},
        "num_key_value_heads": 1}),
    "llama_biases": ("llama", hf.LlamaForCausalLM, {**BASE, "attention_bias": True, "mlp_bias": True}),
    "mistral_window": ("mistral", hf.MistralForCausalLM, {**BASE, "sliding_window": 5, "head_dim": 6}),
    "qwen2": ("qwen2", hf.Qwen2ForCausalLM, {**BASE, "use_sliding_window": False}),
    "qwen3": ("qwen3", hf.Qwen3ForCausalLM, {**BASE, "head_dim": 8, "tie_word_embeddings": True}),
    "gemma2": ("gemma2", hf.Gemma2ForCausalLM, GEMMA),
    "gpt2": ("gpt2", hf.GPT2LMHeadModel, GPT2),
    "gpt_neox": ("gpt_neox", hf.GPTNeoXForCausalLM, NEOX),
    "gpt_neox_sequential": ("gpt_neox", hf.GPTNeoXForCausalLM, {**NEOX, "use_parallel_residual": False}),
    "mpt_alibi": ("mpt", hf.MptForCausalLM, MPT),
    "mpt_alibi_six_heads": ("mpt", hf.MptForCausalLM, {**MPT, "d_model": 24, "n_heads": 6}),
    "mpt_learned": ("mpt", None, {**MPT, "no_bias": False, "attn_config": {"alibi": False}}),
    "bert": ("bert", hf.BertForMaskedLM, BERT),
    "megatron_bert": ("megatron-bert", hf.MegatronBertForMaskedLM, BERT),
    "megatron_bert_no_segments": ("megatron-bert", None, {**BERT, "type_vocab_size": 0}),
    "esm": ("esm", hf.EsmForMaskedLM, ESM),
    "praxis": ("praxis", None, PRAXIS),
    "praxis_untied": ("praxis", None, {**PRAXIS, "tie_word_embeddings": False}),
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


def fill(shapes):
    """Parameters in sorted order of their names; norms' weights are one plus the value."""
    weights = {}
    for stream, name in enumerate(sorted(shapes)):
        values = tiny_values(stream, int(np.prod(shapes[name]))).reshape(shapes[name])
        is_norm = len(shapes[name]) == 1 and name.endswith(".weight")
        weights[name] = torch.from_numpy(np.float32(1) + values if is_norm else values)
    return weights


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


def check_plain(name, weights, forward, reference):
    single = {key: value.clone().requires_grad_() for key, value in weights.items()}
    logits, gradients, losses = run(single, lambda tokens: forward(single, tokens))
    total = sum(g.norm() ** 2 for g in reference[1].values()) ** 0.5
    assert torch.allclose(logits, reference[0], atol=2e-6), name
    assert all((gradients[k] - g).norm() <= 1e-5 * max(g.norm(), 1e-3 * total) for k, g in reference[1].items()), name
    assert np.allclose(losses, reference[2], rtol=1e-5), name


def learned_mpt_shapes(config):
    width, layers = config["d_model"], config["n_layers"]
    shapes = {"transformer.wte.weight": (config["vocab_size"], width),
              "transformer.wpe.weight": (config["max_seq_len"], width)}
    for i in range(layers):
        for norm in ("norm_1", "norm_2"):
            shapes[f"transformer.blocks.{i}.{norm}.weight"] = (width,)
        wide = width * config["expansion_ratio"]
        for linear, out, into in (("attn.Wqkv", 3 * width, width), ("attn.out_proj", width, width),
                                  ("ffn.up_proj", wide, width), ("ffn.down_proj", width, wide)):
            shapes[f"transformer.blocks.{i}.{linear}.weight"] = (out, into)
    shapes["transformer.norm_f.weight"] = (width,)
    return shapes | {name[:-6] + "bias": shape[:1] for name, shape in shapes.items()
                     if not name.startswith("transformer.w")}


def no_segments_shapes(config):
    model = hf.MegatronBertForMaskedLM(hf.MegatronBertConfig(**{**config, "type_vocab_size": 1}))
    return {name: tuple(p.shape) for name, p in model.named_parameters() if "token_type" not in name}


def praxis_shapes(config):
    width, wide, vocabulary = config["hidden_size"], config["intermediate_size"], config["vocab_size"]
    shapes = {"embedding_lookup.weight": (vocabulary, width), "softmax.logits_ffn.bias": (vocabulary,)}
    if not config["tie_word_embeddings"]:
        shapes["softmax.logits_ffn.weight"] = (vocabulary, width)
    norms = ["final_ln"]
    for i in range(config["num_hidden_layers"]):
        at = f"transformer.layers.{i}."
        norms += [at + "layer_norm", at + "ff_layer.layer_norm"]
        shapes |= {at + "self_attention.combined_qkv.weight": (3 * width, width),
                   at + "self_attention.per_dim_scale.weight": (width // config["num_attention_heads"],),
                   at + "self_attention.post.weight": (width, width),
                   at + "ff_layer.ffn_layer1.weight": (wide, width), at + "ff_layer.ffn_layer1.bias": (wide,),
                   at + "ff_layer.ffn_layer2.weight": (width, wide), at + "ff_layer.ffn_layer2.bias": (width,)}
    return shapes | {f"{norm}.{part}": (width,) for norm in norms for part in ("weight", "bias")}


OWN_SHAPES = {"mpt": learned_mpt_shapes, "megatron-bert": no_segments_shapes, "praxis": praxis_shapes}


def build(model_class, config):
    """The model of transformers and the names of the parameters that training uses."""
    model = model_class(model_class.config_class(**config, attn_implementation="eager")).eval()
    on_disk = {"lm_head.weight": "embed_out.weight"} if "rotary_pct" in config else {}
    parameters = {on_disk.get(name, name): p for name, p in model.named_parameters() if "contact_head" not in name}
    weights = fill({name: tuple(p.shape) for name, p in parameters.items()})
    for name, parameter in parameters.items():
        parameter.data.copy_(weights[name])
    return model, parameters, weights


def padded_logits(model, weights, forward):
    """Rows of 12 and 8 real tokens: of transformers with a mask, checked against the plain model; zeros at padding."""
    tokens, _ = batch()
    visible = torch.ones_like(tokens, dtype=torch.bool)
    visible[1, 8:] = False
    with torch.no_grad():
        logits = model(input_ids=tokens, attention_mask=visible.long()).logits * visible[..., None]
        plain = forward(weights, tokens, visible) * visible[..., None]
    assert torch.allclose(logits, plain, atol=2e-6)
    return logits


def main(folder):
    torch.set_num_threads(1)
    summary = {"adamw": ADAMW, "models": {}}
    for name, (family, model_class, config) in MODELS.items():
        described = {"model_type": family, **config}
        forward = lambda weights, tokens, visible=None: plain_models.LOGITS[family](weights, described, tokens, visible)
        tensors = {}
        if model_class:
            model, parameters, weights = build(model_class, config)
            fp32 = run(parameters, lambda tokens: model(input_ids=tokens).logits)
            check_plain(name, weights, forward, fp32)
            if family in ("bert", "megatron-bert", "esm"):
                _, _, weights = built = build(model_class, config)  # as they were before the steps
                tensors["fp32.padded_logits"] = padded_logits(built[0], weights, forward)
        else:
            weights = fill(OWN_SHAPES[family](config))
            single = {key: value.clone().requires_grad_() for key, value in weights.items()}
            fp32 = run(single, lambda tokens: forward(single, tokens))
        double = {key: value.double().requires_grad_() for key, value in weights.items()}
        fp64 = run(double, lambda tokens: forward(double, tokens))
        for dtype, (logits, gradients, _) in (("fp32", fp32), ("fp64", fp64)):
            tensors[f"{dtype}.logits"] = logits
            tensors.update({f"{dtype}.{key}": value for key, value in gradients.items()})
        save_file({key: value.contiguous() for key, value in tensors.items()}, folder / f"{name}.safetensors")
        summary["models"][name] = {"config": described, "losses_fp32": fp32[2], "losses_fp64": fp64[2]}
        print(name, fp32[2][0], fp64[2][0], fp64[2][-1])
    (folder / "tiny_models.json").write_text(json.dumps(summary, indent=1) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

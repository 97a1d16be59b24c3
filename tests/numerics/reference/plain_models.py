"""Families in plain PyTorch: the references for fp64, where transformers keeps softmax, norms or scores in fp32.

Every operation runs in the dtype of the weights, except rotary angles, which are fp32 as in transformers. `visible` is
[B, S], false for padding; None: all tokens are real.
"""
import math

import torch
import torch.nn.functional as F

import plain_llama


def layer_norm(x, w, name, eps):
    return F.layer_norm(x, x.shape[-1:], w[name + ".weight"], w.get(name + ".bias"), eps)


def rms_norm(x, w, name, eps, offset=0.0):
    return (offset + w[name + ".weight"]) * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps))


def linear(x, w, name):
    return F.linear(x, w[name + ".weight"], w.get(name + ".bias"))


def attend(q, k, v, *, causal=True, scale=None, cap=None, window=None, bias=None, visible=None):
    """q, k, v [B, S, heads, head_dim] -> [B, S, heads * head_dim]."""
    length, groups = q.shape[1], q.shape[2] // k.shape[2]
    k, v = k.repeat_interleave(groups, 2), v.repeat_interleave(groups, 2)
    scores = torch.einsum("bqhd,bkhd->bhqk", q, k) * (scale or 1 / math.sqrt(q.shape[-1]))
    if cap:
        scores = cap * torch.tanh(scores / cap)
    if bias is not None:
        scores = scores + bias
    distance = torch.arange(length)[:, None] - torch.arange(length)[None]
    seen = (distance >= 0) & (distance < (window or length)) if causal else torch.ones_like(distance, dtype=torch.bool)
    seen = seen[None, None] if visible is None else seen[None, None] & visible[:, None, None, :]
    return torch.einsum("bhqk,bkhd->bqhd", scores.masked_fill(~seen, -math.inf).softmax(-1), v).flatten(2)


def rotary(config, head_dim, positions, theta):
    return plain_llama.rotary_angles({"head_dim": head_dim, "rope_parameters": {"rope_type": "default",
                                                                               "rope_theta": theta}}, positions)


def gpt2(w, c, tokens, visible=None):
    eps, heads = c["layer_norm_epsilon"], c["n_head"]
    conv = lambda x, name: x @ w[name + ".weight"] + w[name + ".bias"]
    x = w["transformer.wte.weight"][tokens] + w["transformer.wpe.weight"][: tokens.shape[1]]
    for i in range(c["n_layer"]):
        at = f"transformer.h.{i}."
        q, k, v = conv(layer_norm(x, w, at + "ln_1", eps), at + "attn.c_attn").chunk(3, -1)
        split = lambda y: y.unflatten(-1, (heads, -1))
        x = x + conv(attend(split(q), split(k), split(v)), at + "attn.c_proj")
        y = conv(layer_norm(x, w, at + "ln_2", eps), at + "mlp.c_fc")
        x = x + conv(F.gelu(y, approximate="tanh"), at + "mlp.c_proj")
    return layer_norm(x, w, "transformer.ln_f", eps) @ w.get("lm_head.weight", w["transformer.wte.weight"]).T


def gpt_neox(w, c, tokens, visible=None):
    eps, heads = c["layer_norm_eps"], c["num_attention_heads"]
    head_dim = c["hidden_size"] // heads
    turned = int(head_dim * c["rotary_pct"])
    cos, sin = rotary(c, turned, tokens.shape[1], c["rotary_emb_base"])
    turn = lambda y: torch.cat([plain_llama.rotate(y[..., :turned], cos, sin), y[..., turned:]], -1)
    x = w["gpt_neox.embed_in.weight"][tokens]
    for i in range(c["num_hidden_layers"]):
        at = f"gpt_neox.layers.{i}."
        qkv = linear(layer_norm(x, w, at + "input_layernorm", eps), w, at + "attention.query_key_value")
        q, k, v = qkv.unflatten(-1, (heads, 3, head_dim)).unbind(3)
        attended = linear(attend(turn(q), turn(k), v), w, at + "attention.dense")
        mlp_input = x if c["use_parallel_residual"] else x + attended
        y = F.gelu(linear(layer_norm(mlp_input, w, at + "post_attention_layernorm", eps), w, at + "mlp.dense_h_to_4h"))
        x = x + attended + linear(y, w, at + "mlp.dense_4h_to_h")
    return layer_norm(x, w, "gpt_neox.final_layer_norm", eps) @ w["embed_out.weight"].T


def mpt(w, c, tokens, visible=None):
    heads, length = c["n_heads"], tokens.shape[1]
    power = 2 ** math.ceil(math.log2(heads))
    slopes = [2 ** (-8 * (i + 1) / power) for i in range(power)]
    if power != heads:
        slopes = (slopes[1::2] + slopes[::2])[:heads]
    distance = torch.arange(length)[None] - torch.arange(length)[:, None]
    bias = torch.tensor(slopes, dtype=w["transformer.wte.weight"].dtype)[:, None, None] * distance
    x = w["transformer.wte.weight"][tokens]
    if not c["attn_config"]["alibi"]:
        bias, x = None, x + w["transformer.wpe.weight"][:length]
    for i in range(c["n_layers"]):
        at = f"transformer.blocks.{i}."
        q, k, v = linear(layer_norm(x, w, at + "norm_1", 1e-5), w, at + "attn.Wqkv").chunk(3, -1)
        split = lambda y: y.unflatten(-1, (heads, -1))
        x = x + linear(attend(split(q), split(k), split(v), bias=bias), w, at + "attn.out_proj")
        y = F.gelu(linear(layer_norm(x, w, at + "norm_2", 1e-5), w, at + "ffn.up_proj"))
        x = x + linear(y, w, at + "ffn.down_proj")
    return layer_norm(x, w, "transformer.norm_f", 1e-5) @ w["transformer.wte.weight"].T


def qwen(w, c, tokens, visible=None):
    eps, head_dim = c["rms_norm_eps"], c["head_dim"]
    cos, sin = rotary(c, head_dim, tokens.shape[1], c["rope_parameters"]["rope_theta"])
    x = w["model.embed_tokens.weight"][tokens]
    for i in range(c["num_hidden_layers"]):
        at = f"model.layers.{i}."
        y = rms_norm(x, w, at + "input_layernorm", eps)
        q, k, v = (linear(y, w, f"{at}self_attn.{name}_proj").unflatten(-1, (-1, head_dim)) for name in "qkv")
        if c["model_type"] == "qwen3":
            q, k = rms_norm(q, w, at + "self_attn.q_norm", eps), rms_norm(k, w, at + "self_attn.k_norm", eps)
        q, k = plain_llama.rotate(q, cos, sin), plain_llama.rotate(k, cos, sin)
        x = x + linear(attend(q, k, v), w, at + "self_attn.o_proj")
        y = rms_norm(x, w, at + "post_attention_layernorm", eps)
        y = F.silu(linear(y, w, at + "mlp.gate_proj")) * linear(y, w, at + "mlp.up_proj")
        x = x + linear(y, w, at + "mlp.down_proj")
    return rms_norm(x, w, "model.norm", eps) @ w.get("lm_head.weight", w["model.embed_tokens.weight"]).T


def gemma2(w, c, tokens, visible=None):
    eps, head_dim = c["rms_norm_eps"], c["head_dim"]
    norm = lambda x, name: rms_norm(x, w, name, eps, offset=1.0)
    cos, sin = rotary(c, head_dim, tokens.shape[1], c["rope_parameters"]["rope_theta"])
    x = w["model.embed_tokens.weight"][tokens] * math.sqrt(c["hidden_size"])
    for i in range(c["num_hidden_layers"]):
        at = f"model.layers.{i}."
        y = norm(x, at + "input_layernorm")
        q, k, v = (linear(y, w, f"{at}self_attn.{name}_proj").unflatten(-1, (-1, head_dim)) for name in "qkv")
        y = attend(plain_llama.rotate(q, cos, sin), plain_llama.rotate(k, cos, sin), v,
                   scale=c["query_pre_attn_scalar"] ** -0.5, cap=c["attn_logit_softcapping"],
                   window=c["sliding_window"] if i % 2 == 0 else None)
        x = x + norm(linear(y, w, at + "self_attn.o_proj"), at + "post_attention_layernorm")
        y = norm(x, at + "pre_feedforward_layernorm")
        y = F.gelu(linear(y, w, at + "mlp.gate_proj"), approximate="tanh") * linear(y, w, at + "mlp.up_proj")
        x = x + norm(linear(y, w, at + "mlp.down_proj"), at + "post_feedforward_layernorm")
    cap = c["final_logit_softcapping"]
    return cap * torch.tanh(norm(x, "model.norm") @ w["model.embed_tokens.weight"].T / cap)


def bert(w, c, tokens, visible=None):
    eps, heads, base = c["layer_norm_eps"], c["num_attention_heads"], "bert.embeddings."
    x = w[base + "word_embeddings.weight"][tokens] + w[base + "position_embeddings.weight"][: tokens.shape[1]]
    x = layer_norm(x + w[base + "token_type_embeddings.weight"][0], w, base + "LayerNorm", eps)
    for i in range(c["num_hidden_layers"]):
        at = f"bert.encoder.layer.{i}."
        q, k, v = (linear(x, w, f"{at}attention.self.{name}").unflatten(-1, (heads, -1))
                   for name in ("query", "key", "value"))
        y = linear(attend(q, k, v, causal=False, visible=visible), w, at + "attention.output.dense")
        x = layer_norm(x + y, w, at + "attention.output.LayerNorm", eps)
        y = linear(F.gelu(linear(x, w, at + "intermediate.dense")), w, at + "output.dense")
        x = layer_norm(x + y, w, at + "output.LayerNorm", eps)
    y = F.gelu(linear(x, w, "cls.predictions.transform.dense"))
    y = layer_norm(y, w, "cls.predictions.transform.LayerNorm", eps)
    return y @ w[base + "word_embeddings.weight"].T + w["cls.predictions.bias"]


def megatron_bert(w, c, tokens, visible=None):
    eps, heads, base = c["layer_norm_eps"], c["num_attention_heads"], "bert.embeddings."
    x = w[base + "word_embeddings.weight"][tokens] + w[base + "position_embeddings.weight"][: tokens.shape[1]]
    if c["type_vocab_size"]:
        x = x + w[base + "token_type_embeddings.weight"][0]
    for i in range(c["num_hidden_layers"]):
        at = f"bert.encoder.layer.{i}."
        y = layer_norm(x, w, at + "attention.ln", eps)
        q, k, v = (linear(y, w, f"{at}attention.self.{name}").unflatten(-1, (heads, -1))
                   for name in ("query", "key", "value"))
        x = x + linear(attend(q, k, v, causal=False, visible=visible), w, at + "attention.output.dense")
        y = F.gelu(linear(layer_norm(x, w, at + "ln", eps), w, at + "intermediate.dense"))
        x = x + linear(y, w, at + "output.dense")
    y = F.gelu(linear(layer_norm(x, w, "bert.encoder.ln", eps), w, "cls.predictions.transform.dense"))
    y = layer_norm(y, w, "cls.predictions.transform.LayerNorm", eps)
    return y @ w[base + "word_embeddings.weight"].T + w["cls.predictions.bias"]


def esm(w, c, tokens, visible=None):
    eps, heads = c["layer_norm_eps"], c["num_attention_heads"]
    x = w["esm.embeddings.word_embeddings.weight"][tokens]
    if c["token_dropout"]:
        masked = tokens == c["mask_token_id"]
        lengths = tokens.shape[1] if visible is None else visible.sum(-1)
        scale = (1 - 0.15 * 0.8) / (1 - masked.sum(-1).double() / lengths)
        x = x.masked_fill(masked[..., None], 0) * scale[:, None, None].to(x.dtype)
    if visible is not None:
        x = x * visible[..., None]
    cos, sin = rotary(c, c["hidden_size"] // heads, tokens.shape[1], 10000.0)
    for i in range(c["num_hidden_layers"]):
        at = f"esm.encoder.layer.{i}."
        y = layer_norm(x, w, at + "attention.LayerNorm", eps)
        q, k, v = (linear(y, w, f"{at}attention.self.{name}").unflatten(-1, (heads, -1))
                   for name in ("query", "key", "value"))
        y = attend(plain_llama.rotate(q, cos, sin), plain_llama.rotate(k, cos, sin), v, causal=False, visible=visible)
        x = x + linear(y, w, at + "attention.output.dense")
        y = F.gelu(linear(layer_norm(x, w, at + "LayerNorm", eps), w, at + "intermediate.dense"))
        x = x + linear(y, w, at + "output.dense")
    x = layer_norm(x, w, "esm.encoder.emb_layer_norm_after", eps)
    y = layer_norm(F.gelu(linear(x, w, "lm_head.dense")), w, "lm_head.layer_norm", eps)
    return y @ w["esm.embeddings.word_embeddings.weight"].T + w["lm_head.bias"]


def praxis(w, c, tokens, visible=None):
    """Praxis' TransformerLm, layer by layer: PositionalEmbedding, PerDimScale, LayerNorm with 1 + scale."""
    width, length, heads = c["hidden_size"], tokens.shape[1], c["num_attention_heads"]
    waves, table = width // 2, w["embedding_lookup.weight"]
    norm = lambda x, name: F.layer_norm(x, (width,), 1 + w[name + ".weight"], w[name + ".bias"], c["layer_norm_eps"])
    cap = lambda x, bound: bound * torch.tanh(x / bound)
    x = table[tokens] * math.sqrt(width) + torch.tensor(
        [[turn(p * 10000 ** (-i / (waves - 1))) for turn in (math.sin, math.cos) for i in range(waves)]
         for p in range(length)], dtype=table.dtype)
    for i in range(c["num_hidden_layers"]):
        at = f"transformer.layers.{i}."
        q, k, v = (y.unflatten(-1, (heads, -1)) for y in linear(
            norm(x, at + "layer_norm"), w, at + "self_attention.combined_qkv").chunk(3, -1))
        q = q * F.softplus(w[at + "self_attention.per_dim_scale.weight"]) / math.log(2)
        x = x + linear(attend(q, k, v, cap=c["attn_logit_softcapping"]), w, at + "self_attention.post")
        y = linear(norm(x, at + "ff_layer.layer_norm"), w, at + "ff_layer.ffn_layer1")
        x = x + linear(F.gelu(y, approximate="tanh"), w, at + "ff_layer.ffn_layer2")
    logits = norm(x, "final_ln") @ w.get("softmax.logits_ffn.weight", table).T + w["softmax.logits_ffn.bias"]
    return cap(logits, c["final_logit_softcapping"])


def llama(w, c, tokens, visible=None):
    return plain_llama.logits(w, c, tokens)


LOGITS = {"llama": llama, "mistral": llama, "qwen2": qwen, "qwen3": qwen, "gemma2": gemma2, "gpt2": gpt2,
          "gpt_neox": gpt_neox, "mpt": mpt, "bert": bert, "megatron-bert": megatron_bert, "esm": esm, "praxis": praxis}

"""A decoder of the Llama family in plain PyTorch: the reference for fp64, where transformers keeps norms in fp32.

Every operation runs in the dtype of the weights, except rotary angles, which are fp32 as in transformers.
"""
import math

import torch


def rotary_angles(config, positions):
    """cos and sin, fp32 [positions, head_dim / 2], in transformers' order of operations."""
    rope = config["rope_parameters"]
    exponent = torch.arange(0, config["head_dim"], 2, dtype=torch.int64).float() / config["head_dim"]
    inv_freq = 1.0 / (rope["rope_theta"] ** exponent)
    if rope["rope_type"] == "linear":
        inv_freq = inv_freq / rope["factor"]
    elif rope["rope_type"] == "llama3":
        context = rope["original_max_position_embeddings"]
        wavelength = 2 * math.pi / inv_freq
        low, high = context / rope["low_freq_factor"], context / rope["high_freq_factor"]
        smooth = (context / wavelength - rope["low_freq_factor"]) / (rope["high_freq_factor"] - rope["low_freq_factor"])
        scaled = torch.where(wavelength > low, inv_freq / rope["factor"], inv_freq)
        blended = (1 - smooth) * scaled / rope["factor"] + smooth * scaled
        inv_freq = torch.where((wavelength >= high) & (wavelength <= low), blended, scaled)
    angles = torch.outer(torch.arange(positions).float(), inv_freq)
    return angles.cos(), angles.sin()


def norm(x, weight, eps):
    return weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps))


def rotate(x, cos, sin):
    first, second = x.chunk(2, dim=-1)
    cos, sin = cos.to(x.dtype)[None, :, None], sin.to(x.dtype)[None, :, None]
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)


def attend(q, k, v, window):
    length, groups = q.shape[1], q.shape[2] // k.shape[2]
    k, v = k.repeat_interleave(groups, 2), v.repeat_interleave(groups, 2)
    distance = torch.arange(length)[:, None] - torch.arange(length)[None]
    visible = (distance >= 0) & (distance < (window or length))
    scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / math.sqrt(q.shape[-1])
    weights = scores.masked_fill(~visible, -math.inf).softmax(-1)
    return torch.einsum("bhqk,bkhd->bqhd", weights, v).flatten(2)


def logits(weights, config, tokens):
    """[B, S, V] from a dict of weights under Hugging Face names."""
    cos, sin = rotary_angles(config, tokens.shape[1])
    eps, head_dim = config["rms_norm_eps"], config["head_dim"]
    x = weights["model.embed_tokens.weight"][tokens]
    for i in range(config["num_hidden_layers"]):
        at = f"model.layers.{i}."
        w = lambda name: weights[f"{at}{name}.weight"]
        linear = lambda y, name: torch.nn.functional.linear(y, w(name), weights.get(f"{at}{name}.bias"))
        heads = lambda y, name: linear(y, f"self_attn.{name}").unflatten(-1, (-1, head_dim))
        y = norm(x, w("input_layernorm"), eps)
        q, k, v = rotate(heads(y, "q_proj"), cos, sin), rotate(heads(y, "k_proj"), cos, sin), heads(y, "v_proj")
        x = x + linear(attend(q, k, v, config.get("sliding_window")), "self_attn.o_proj")
        y = norm(x, w("post_attention_layernorm"), eps)
        gated = torch.nn.functional.silu(linear(y, "mlp.gate_proj")) * linear(y, "mlp.up_proj")
        x = x + linear(gated, "mlp.down_proj")
    head = weights.get("lm_head.weight", weights["model.embed_tokens.weight"])
    return norm(x, weights["model.norm.weight"], eps) @ head.T

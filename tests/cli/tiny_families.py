"""Models of every family that GGUF has words for, as Hugging Face folders: two blocks, weights of at most seven bits,
which fp16 and bf16 hold exactly."""
import json
import random
import struct

HIDDEN, WIDE, VOCAB, POSITIONS = 64, 128, 20, 256
DECODER = {"hidden_size": HIDDEN, "intermediate_size": WIDE, "num_hidden_layers": 2, "num_attention_heads": 4,
           "num_key_value_heads": 2, "vocab_size": VOCAB, "max_position_embeddings": POSITIONS, "rope_theta": 50000.0,
           "rms_norm_eps": 1e-6, "tie_word_embeddings": False}
GEMMA = {**DECODER, "head_dim": 32, "sliding_window": 128, "query_pre_attn_scalar": 32, "attn_logit_softcapping": 50.0,
         "final_logit_softcapping": 30.0, "tie_word_embeddings": True}
GPT2 = {"n_embd": HIDDEN, "n_inner": WIDE, "n_layer": 2, "n_head": 4, "vocab_size": VOCAB, "n_positions": POSITIONS,
        "layer_norm_epsilon": 1e-5}
NEOX = {**DECODER, "rotary_emb_base": 50000, "rotary_pct": 0.5, "layer_norm_eps": 1e-5, "use_parallel_residual": False}
MPT = {"d_model": HIDDEN, "expansion_ratio": 2, "n_layers": 2, "n_heads": 4, "vocab_size": VOCAB,
       "max_seq_len": POSITIONS, "attn_config": {"alibi": True}}
CONFIGS = {
    "llama": {"model_type": "llama", **DECODER},
    "llama with biases": {"model_type": "llama", **DECODER, "attention_bias": True, "mlp_bias": True},
    "mistral": {"model_type": "mistral", **DECODER, "sliding_window": 128},
    "qwen2": {"model_type": "qwen2", **DECODER},
    "qwen3": {"model_type": "qwen3", **DECODER, "head_dim": 32, "tie_word_embeddings": True},
    "gemma2": {"model_type": "gemma2", **GEMMA},
    "gpt2": {"model_type": "gpt2", **GPT2},
    "gpt_neox": {"model_type": "gpt_neox", **NEOX},
    "mpt": {"model_type": "mpt", **MPT},
    "mpt with positions": {"model_type": "mpt", **MPT, "no_bias": False, "attn_config": {"alibi": False}},
}


def with_biases(modules):
    """(module, shape of its weight, length of its bias) as tensors."""
    for module, shape, bias in modules:
        yield f"{module}.weight", shape
        yield f"{module}.bias", [bias]


def decoder_block(at, config):
    head = config.get("head_dim", HIDDEN // 4)
    attention, mlp = config.get("attention_bias"), config.get("mlp_bias")
    for name, rows in (("q_proj", 4 * head), ("k_proj", 2 * head), ("v_proj", 2 * head)):
        yield f"{at}self_attn.{name}.weight", [rows, HIDDEN]
        if attention or config["model_type"] == "qwen2":
            yield f"{at}self_attn.{name}.bias", [rows]
    yield f"{at}self_attn.o_proj.weight", [HIDDEN, 4 * head]
    if attention:
        yield f"{at}self_attn.o_proj.bias", [HIDDEN]
    for name, rows, columns in (("gate_proj", WIDE, HIDDEN), ("up_proj", WIDE, HIDDEN), ("down_proj", HIDDEN, WIDE)):
        yield f"{at}mlp.{name}.weight", [rows, columns]
        if mlp:
            yield f"{at}mlp.{name}.bias", [rows]
    norms = ["input_layernorm", "post_attention_layernorm"]
    if config["model_type"] == "gemma2":
        norms += ["pre_feedforward_layernorm", "post_feedforward_layernorm"]
    for norm in norms:
        yield f"{at}{norm}.weight", [HIDDEN]
    if config["model_type"] == "qwen3":
        yield f"{at}self_attn.q_norm.weight", [head]
        yield f"{at}self_attn.k_norm.weight", [head]


def decoder(config):
    yield "model.embed_tokens.weight", [VOCAB, HIDDEN]
    for layer in range(2):
        yield from decoder_block(f"model.layers.{layer}.", config)
    yield "model.norm.weight", [HIDDEN]
    if not config["tie_word_embeddings"]:
        yield "lm_head.weight", [VOCAB, HIDDEN]


def gpt2(config):
    yield "transformer.wte.weight", [VOCAB, HIDDEN]
    yield "transformer.wpe.weight", [POSITIONS, HIDDEN]
    for layer in range(2):
        at = f"transformer.h.{layer}."
        yield from with_biases([(at + "ln_1", [HIDDEN], HIDDEN), (at + "ln_2", [HIDDEN], HIDDEN),
                                (at + "attn.c_attn", [HIDDEN, 3 * HIDDEN], 3 * HIDDEN),
                                (at + "attn.c_proj", [HIDDEN, HIDDEN], HIDDEN),
                                (at + "mlp.c_fc", [HIDDEN, WIDE], WIDE), (at + "mlp.c_proj", [WIDE, HIDDEN], HIDDEN)])
    yield from with_biases([("transformer.ln_f", [HIDDEN], HIDDEN)])


def gpt_neox(config):
    yield "gpt_neox.embed_in.weight", [VOCAB, HIDDEN]
    for layer in range(2):
        at = f"gpt_neox.layers.{layer}."
        yield from with_biases([(at + "input_layernorm", [HIDDEN], HIDDEN),
                                (at + "post_attention_layernorm", [HIDDEN], HIDDEN),
                                (at + "attention.query_key_value", [3 * HIDDEN, HIDDEN], 3 * HIDDEN),
                                (at + "attention.dense", [HIDDEN, HIDDEN], HIDDEN),
                                (at + "mlp.dense_h_to_4h", [WIDE, HIDDEN], WIDE),
                                (at + "mlp.dense_4h_to_h", [HIDDEN, WIDE], HIDDEN)])
    yield from with_biases([("gpt_neox.final_layer_norm", [HIDDEN], HIDDEN)])
    yield "embed_out.weight", [VOCAB, HIDDEN]


def mpt(config):
    yield "transformer.wte.weight", [VOCAB, HIDDEN]
    if not config["attn_config"]["alibi"]:
        yield "transformer.wpe.weight", [POSITIONS, HIDDEN]
    modules = [("transformer.norm_f", [HIDDEN], HIDDEN)]
    for layer in range(2):
        at = f"transformer.blocks.{layer}."
        modules += [(at + "norm_1", [HIDDEN], HIDDEN), (at + "norm_2", [HIDDEN], HIDDEN),
                    (at + "attn.Wqkv", [3 * HIDDEN, HIDDEN], 3 * HIDDEN),
                    (at + "attn.out_proj", [HIDDEN, HIDDEN], HIDDEN),
                    (at + "ffn.up_proj", [WIDE, HIDDEN], WIDE), (at + "ffn.down_proj", [HIDDEN, WIDE], HIDDEN)]
    has_bias = not config.get("no_bias", True)
    yield from (entry for entry in with_biases(modules) if has_bias or entry[0].endswith(".weight"))


SHAPES = {"gpt2": gpt2, "gpt_neox": gpt_neox, "mpt": mpt}


def write(folder, name):
    """config.json and model.safetensors in fp32. Returns the config."""
    folder.mkdir(parents=True)
    config = CONFIGS[name]
    draw = random.Random(7)
    header, data = {}, b""
    for tensor, shape in SHAPES.get(config["model_type"], decoder)(config):
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        values = struct.pack(f"<{count}f", *(draw.randint(-63, 63) / 64 for _ in range(count)))
        header[tensor] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    (folder / "config.json").write_text(json.dumps(config))
    return config

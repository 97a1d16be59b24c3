"""A model whose answers are known in closed form: after byte b it expects byte b + 1.

Its blocks add nothing. The embedding of a byte is its eight bits as +-1, twice; the head's row for b + 1 is SCALE times
the embedding of b. So the logit of c after b is SCALE * (16 - 4 * number of bits in which b and c - 1 differ).
"""
import json
import math
import struct

BYTES, VOCAB, HIDDEN, SCALE = 256, 257, 16, 1.0


def code(byte):
    bits = [1.0 if byte >> i & 1 else -1.0 for i in range(8)]
    return bits + bits


def logit(before, after):
    return SCALE * (16 - 4 * bin(before ^ (after - 1) % BYTES).count("1"))


def loss(before, after):
    """Nats; the logit of the last id, which is no byte, is 0."""
    total = math.log(math.exp(0.0) + sum(math.exp(logit(before, c)) for c in range(BYTES)))
    return total - logit(before, after)


def tensors():
    zeros = [0.0] * HIDDEN
    block = "model.layers.0."
    yield "model.embed_tokens.weight", [VOCAB, HIDDEN], sum((code(b) for b in range(BYTES)), []) + zeros
    yield "lm_head.weight", [VOCAB, HIDDEN], [SCALE * x for c in range(BYTES) for x in code((c - 1) % BYTES)] + zeros
    yield "model.norm.weight", [HIDDEN], [1.0] * HIDDEN
    for name in ("input_layernorm", "post_attention_layernorm"):
        yield f"{block}{name}.weight", [HIDDEN], [1.0] * HIDDEN
    for name in ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj",
                 "mlp.up_proj", "mlp.down_proj"):
        yield f"{block}{name}.weight", [HIDDEN, HIDDEN], zeros * HIDDEN


def write(folder):
    """config.json and model.safetensors of a Hugging Face folder."""
    folder.mkdir(parents=True)
    config = dict(model_type="llama", architectures=["LlamaForCausalLM"], hidden_act="silu", hidden_size=HIDDEN,
                  intermediate_size=HIDDEN, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2,
                  vocab_size=VOCAB, max_position_embeddings=64, rms_norm_eps=1e-6, rope_theta=10000.0,
                  tie_word_embeddings=False)
    (folder / "config.json").write_text(json.dumps(config))
    header, data = {}, b""
    for name, shape, values in tensors():
        packed = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)

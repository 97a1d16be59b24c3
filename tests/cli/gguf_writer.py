"""A tiny Llama as GGUF v3: hidden 8, one layer, two heads, one key-value head, ffn 12, a vocabulary of 6."""
import struct

U32, F32, STRING, ARRAY, I32 = 4, 6, 8, 9, 5

METADATA = {
    "general.architecture": (STRING, "llama"),
    "llama.embedding_length": (U32, 8),
    "llama.block_count": (U32, 1),
    "llama.feed_forward_length": (U32, 12),
    "llama.attention.head_count": (U32, 2),
    "llama.attention.head_count_kv": (U32, 1),
    "llama.context_length": (U32, 32),
    "llama.attention.layer_norm_rms_epsilon": (F32, 1e-5),
    "tokenizer.ggml.model": (STRING, "gpt2"),
    "tokenizer.ggml.pre": (STRING, "gpt-2"),
    "tokenizer.ggml.tokens": (ARRAY, (STRING, ["a", "b", "ab"])),
    "tokenizer.ggml.token_type": (ARRAY, (I32, [1, 1, 1])),
    "tokenizer.ggml.merges": (ARRAY, (STRING, ["a b"])),
}

SHAPES = {
    "token_embd.weight": (6, 8), "output_norm.weight": (8,), "blk.0.attn_norm.weight": (8,),
    "blk.0.attn_q.weight": (8, 8), "blk.0.attn_k.weight": (4, 8), "blk.0.attn_v.weight": (4, 8),
    "blk.0.attn_output.weight": (8, 8), "blk.0.ffn_norm.weight": (8,), "blk.0.ffn_gate.weight": (12, 8),
    "blk.0.ffn_up.weight": (12, 8), "blk.0.ffn_down.weight": (8, 12),
}


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def value_bytes(kind, value):
    if kind == STRING:
        return text(value)
    if kind == ARRAY:
        item_kind, items = value
        return struct.pack("<IQ", item_kind, len(items)) + b"".join(value_bytes(item_kind, item) for item in items)
    return struct.pack({U32: "<I", F32: "<f", I32: "<i"}[kind], value)


def numel(shape):
    count = 1
    for size in shape:
        count *= size
    return count


def padded(data):
    return data + bytes(-len(data) % 32)


def build(metadata=None, shapes=None, types=None):
    """Bytes of the file. `metadata` and `shapes` change entries, None removes one; `types` changes tensors' type
    numbers. Element i of a tensor is i."""
    entries = {key: value for key, value in {**METADATA, **(metadata or {})}.items() if value is not None}
    tensors = {name: shape for name, shape in {**SHAPES, **(shapes or {})}.items() if shape is not None}
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries))
    for key, (kind, value) in entries.items():
        head += text(key) + struct.pack("<I", kind) + value_bytes(kind, value)
    data = b""
    for name, shape in tensors.items():
        head += text(name) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", n) for n in reversed(shape))
        head += struct.pack("<IQ", (types or {}).get(name, 0), len(data))
        data = padded(data + b"".join(struct.pack("<f", i) for i in range(numel(shape))))
    return padded(head) + data

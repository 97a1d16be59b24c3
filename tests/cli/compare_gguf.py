"""compare_gguf.py FILE.gguf MODEL.safetensors TYPE HEADS KV_HEADS: reads a GGUF file with the gguf package and holds it
against the fp32 weights that it was written from. Prints the metadata as JSON; fails where a tensor is not, byte for byte,
what the package itself makes of the weights. For an interpreter that has gguf (build/readers)."""
import json
import struct
import sys

import gguf
import numpy

NAMES = {"input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
         "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm",
         "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}
TOP = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
       "lm_head.weight": "output.weight"}


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        body = file.read()
    return {name: numpy.frombuffer(body[slice(*entry["data_offsets"])], numpy.float32).reshape(entry["shape"])
            for name, entry in header.items() if name != "__metadata__"}


def gguf_name(name):
    if name in TOP:
        return TOP[name]
    _, _, layer, part = name.split(".", 3)
    return f"blk.{layer}.{NAMES[part.removesuffix('.weight')]}.weight"


def permute(weights, heads):
    """As llama.cpp's convert_hf_to_gguf.py."""
    return (weights.reshape(heads, 2, weights.shape[0] // heads // 2, *weights.shape[1:]).swapaxes(1, 2)
            .reshape(weights.shape))


def main():
    path, weights_path, kind, heads, kv_heads = sys.argv[1:]
    reader = gguf.GGUFReader(path)
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    weights = read_safetensors(weights_path)
    assert len(tensors) == len(weights), (len(tensors), len(weights))
    for name, values in weights.items():
        if ".q_proj." in name or ".k_proj." in name:
            values = permute(values, int(heads if ".q_proj." in name else kv_heads))
        tensor = tensors[gguf_name(name)]
        expected_kind = gguf.GGMLQuantizationType[kind if values.ndim > 1 else "F32"]
        assert tensor.tensor_type == expected_kind, (name, tensor.tensor_type)
        assert list(reversed(tensor.shape.tolist())) == list(values.shape), (name, tensor.shape)
        expected = gguf.quantize(values, expected_kind)
        assert tensor.data.tobytes() == expected.tobytes(), f"{name} differs"
    print(json.dumps({key: field.contents() for key, field in reader.fields.items()}))


if __name__ == "__main__":
    main()

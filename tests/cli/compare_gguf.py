"""compare_gguf.py FILE.gguf FOLDER TYPE: reads a GGUF file with the gguf package and holds it against the Hugging Face
folder of fp32 weights that it was written from. Prints the metadata as JSON; fails where the tensors' names are not those
that the package has for the architecture, where a tensor is not, byte for byte, what the package itself makes of the
weights, and for a key that the package does not know. For an interpreter that has gguf (build/readers)."""
import json
import pathlib
import struct
import sys

import gguf
import numpy


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        body = file.read()
    return {name: numpy.frombuffer(body[slice(*entry["data_offsets"])], numpy.float32).reshape(entry["shape"])
            for name, entry in header.items() if name != "__metadata__"}


def pairs(values, heads):
    halves = values.reshape(heads, 2, values.shape[0] // heads // 2, *values.shape[1:])
    return halves.swapaxes(1, 2).reshape(values.shape)


def thirds(values, heads):
    by_head = values.reshape(heads, 3, values.shape[0] // heads // 3, *values.shape[1:])
    return by_head.swapaxes(0, 1).reshape(values.shape)


def reordered(name, values, config):
    """As llama.cpp's converter does (conversion/llama.py, gemma.py, gpt2.py, gpt_neox.py)."""
    family, module = config["model_type"], name.rsplit(".", 1)[0]
    if family in ("llama", "mistral") and module.endswith("q_proj"):
        return pairs(values, config["num_attention_heads"])
    if family in ("llama", "mistral") and module.endswith("k_proj"):
        return pairs(values, config["num_key_value_heads"])
    if family == "gemma2" and module.endswith("norm"):
        return values + numpy.float32(1)
    if family == "gpt2" and values.ndim == 2 and module.endswith((".c_attn", ".c_proj", ".c_fc")):
        return numpy.ascontiguousarray(values.T)
    if family == "gpt_neox" and module.endswith("query_key_value"):
        return thirds(values, config["num_attention_heads"])
    return values


def known_keys(architecture):
    groups = [group for group in vars(gguf.Keys).values() if isinstance(group, type)]
    keys = [key for group in groups for key in vars(group).values() if isinstance(key, str)]
    return {key.replace("{arch}", architecture) for key in keys}


def main():
    path, folder, kind = sys.argv[1:]
    config = json.loads((pathlib.Path(folder) / "config.json").read_text())
    reader = gguf.GGUFReader(path)
    fields = {key: field.contents() for key, field in reader.fields.items() if not key.startswith("GGUF.")}
    architecture = fields["general.architecture"]
    unknown = set(fields) - known_keys(architecture)
    assert not unknown, unknown
    names = gguf.get_tensor_name_map(next(key for key, name in gguf.MODEL_ARCH_NAMES.items() if name == architecture),
                                     fields[f"{architecture}.block_count"])
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    weights = {names.get_name(name, try_suffixes=(".weight", ".bias")): reordered(name, values, config)
               for name, values in read_safetensors(pathlib.Path(folder) / "model.safetensors").items()}
    assert set(tensors) == set(weights), set(tensors) ^ set(weights)
    for name, values in weights.items():
        tensor = tensors[name]
        plain = values.ndim == 1 or name == "position_embd.weight"
        expected_kind = gguf.GGMLQuantizationType["F32" if plain else kind]
        assert tensor.tensor_type == expected_kind, (name, tensor.tensor_type)
        assert list(reversed(tensor.shape.tolist())) == list(values.shape), (name, tensor.shape)
        expected = gguf.quantize(values, expected_kind)
        assert tensor.data.tobytes() == expected.tobytes(), f"{name} differs"
    print(json.dumps(fields))


if __name__ == "__main__":
    main()

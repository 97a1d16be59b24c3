#!/usr/bin/env python3
"""Makes tokenizer_vectors.json beside it: ids of the texts that it holds already, and hashes of the ids of large texts.

Needs tokenizers 0.23.3, tiktoken 0.14.0, sentencepiece 0.2.3 with protobuf, gguf and xxhash, what tests/support/fetch_*.py put into
build/assets, and the Debian packages dict-gcide and debian-handbook. Takes two minutes.
"""
import array
import base64
import gzip
import json
import pathlib
import sys

import gguf
import sentencepiece
import tiktoken
import tiktoken_ext.openai_public as openai
import tokenizers
import xxhash
from sentencepiece import sentencepiece_model_pb2
from tiktoken.load import data_gym_to_mergeable_bpe_ranks

HERE = pathlib.Path(__file__).resolve().parent
ASSETS = HERE.parents[1] / "build/assets"
HANDBOOK = pathlib.Path("/usr/share/doc/debian-handbook/html")
MEGABYTE = 1 << 20
# bytes of gcide.dict: [first, first + size)
NOTE = ("Ids without special tokens unless said, by make_tokenizer_vectors.py: tokenizers 0.23.3 (smollm2, qwen3, llama3, bert), "
        "tiktoken 0.14.0 (gpt2, cl100k_base, o200k_base), sentencepiece 0.2.3 (mistral, llama2). ids_xxh3 is the XXH3-128 of the "
        "ids as little-endian int32.")
GCIDE = {"gcide 64k": (20_000_000, 65536), "gcide 8M": (8 * MEGABYTE, 8 * MEGABYTE)}


def gcide(first: int, size: int) -> str:
    with gzip.open("/usr/share/dictd/gcide.dict.dz") as file:
        file.seek(first)
        return file.read(size).decode()


def handbook() -> str:
    """Of each language as many whole pages, in the order of their names, as reach 8 MiB / 26."""
    text = []
    for language in sorted(path for path in HANDBOOK.iterdir() if path.is_dir()):
        size = 0
        for page in sorted(language.glob("*.html")):
            if size * 26 >= 8 * MEGABYTE:
                break
            text.append(page.read_bytes())
            size += len(text[-1])
    return b"".join(text).decode()


class HuggingFace:
    def __init__(self, tokenizer: tokenizers.Tokenizer):
        self.tokenizer = tokenizer
        tokenizer.no_truncation()
        tokenizer.no_padding()

    def encode(self, text: str, special: bool = False) -> list[int]:
        self.tokenizer.encode_special_tokens = not special
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def decode(self, ids: list[int]) -> str:
        return self.tokenizer.decode(ids, skip_special_tokens=False)


class Tiktoken:
    def __init__(self, encoding: tiktoken.Encoding):
        self.encoding = encoding

    def encode(self, text: str, special: bool = False) -> list[int]:
        return self.encoding.encode(text, allowed_special="all") if special else self.encoding.encode_ordinary(text)

    def decode(self, ids: list[int]) -> str:
        return self.encoding.decode(ids)


class SentencePiece:
    def __init__(self, model: bytes):
        self.processor = sentencepiece.SentencePieceProcessor(model_proto=model)

    def encode(self, text: str, special: bool = False) -> list[int]:
        return self.processor.encode(text)

    def decode(self, ids: list[int]) -> str:
        return self.processor.decode(ids)


def smollm2() -> HuggingFace:
    fields = gguf.GGUFReader(ASSETS / "smollm2/SmolLM2-135M-Instruct.Q4_1.gguf").fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"].contents()]
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE({token: id for id, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([
        tokenizers.pre_tokenizers.Digits(individual_digits=True),
        tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.add_special_tokens(tokens[:17])
    return HuggingFace(tokenizer)


def llama2() -> SentencePiece:
    """SentencePiece's own model of the vocabulary, which llama.cpp keeps as GGUF."""
    fields = gguf.GGUFReader(ASSETS / "llama2/ggml-vocab-llama-spm.gguf").fields
    model = sentencepiece_model_pb2.ModelProto()
    for piece, score, kind in zip(*(fields[f"tokenizer.ggml.{key}"].contents()
                                    for key in ("tokens", "scores", "token_type"))):
        model.pieces.add(piece=piece, score=score, type=kind)
    model.trainer_spec.model_type = sentencepiece_model_pb2.TrainerSpec.BPE
    model.trainer_spec.byte_fallback = True
    model.trainer_spec.vocab_size = len(model.pieces)
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.remove_extra_whitespaces = False
    return SentencePiece(model.SerializeToString())


def mistral(version: str) -> SentencePiece:
    return SentencePiece((ASSETS / "mistral" / f"tokenizer.model.{version}").read_bytes())


def hugging_face(name: str) -> HuggingFace:
    return HuggingFace(tokenizers.Tokenizer.from_file(str(ASSETS / name / "tokenizer.json")))


def read_ranks(url: str, **_) -> dict[bytes, int]:
    """In place of tiktoken's own, which downloads the file."""
    lines = (ASSETS / "tiktoken" / url.rsplit("/", 1)[-1]).read_text().splitlines()
    return {base64.b64decode(token): int(rank) for token, rank in map(str.split, lines)}


def read_gpt2(**_) -> dict[bytes, int]:
    return data_gym_to_mergeable_bpe_ranks(str(ASSETS / "gpt2/vocab.bpe"), str(ASSETS / "gpt2/encoder.json"))


openai.load_tiktoken_bpe = read_ranks
openai.data_gym_to_mergeable_bpe_ranks = read_gpt2


def encodings() -> dict:
    return {
        "smollm2": smollm2(),
        "gpt2": Tiktoken(tiktoken.Encoding(**openai.gpt2())),
        "cl100k_base": Tiktoken(tiktoken.Encoding(**openai.cl100k_base())),
        "o200k_base": Tiktoken(tiktoken.Encoding(**openai.o200k_base())),
        "qwen3": hugging_face("qwen3"),
        "llama3": hugging_face("llama3"),
        "llama2": llama2(),
        "mistral_v1": mistral("v1"),
        "mistral_v3": mistral("v3"),
        "bert": hugging_face("minilm"),
    }


SPECIAL = {  # text with special tokens, and the encodings that have them
    "<|im_start|>user\nHi<|im_end|>\n<|endoftext|>": ("smollm2", "qwen3"),
    "a<|endoftext|>b": ("gpt2", "cl100k_base", "o200k_base"),
    "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>": ("llama3",),
    "[CLS] the galley [MASK] east [SEP]": ("bert",),
}


def ids_hash(ids: list[int]) -> dict:
    words = array.array("i", ids)
    if sys.byteorder == "big":
        words.byteswap()
    return {"n": len(ids), "ids_xxh3": xxhash.xxh3_128_hexdigest(words.tobytes())}


def main() -> None:
    path = HERE / "tokenizer_vectors.json"
    texts = [vector["text"] for vector in json.loads(path.read_text())["vectors"]]
    known = encodings()
    vectors = [{"text": text} | {name: one.encode(text) for name, one in known.items()} for text in texts]
    decoded = [{name: known[name].decode(vector[name]) for name in ("bert", "mistral_v1")} for vector in vectors]
    special = [{"text": text} | {name: known[name].encode(text, special=True) for name in names}
               for text, names in SPECIAL.items()]
    corpora = []
    large = {name: gcide(*place) for name, place in GCIDE.items()} | {"handbook 8M": handbook()}
    for corpus, text in large.items():
        data = text.encode()
        corpora.append({"name": corpus, "bytes": len(data), "xxh3": xxhash.xxh3_128_hexdigest(data)}
                       | {name: ids_hash(one.encode(text)) for name, one in known.items()})
    lines = lambda items: ",\n".join("  " + json.dumps(item) for item in items)
    sections = {"vectors": vectors, "decoded": decoded, "special": special, "corpora": corpora}
    body = ",\n".join(f' "{name}": [\n{lines(items)}\n ]' for name, items in sections.items())
    path.write_text(f'{{\n "note": {json.dumps(NOTE)},\n{body}\n}}\n')


if __name__ == "__main__":
    main()

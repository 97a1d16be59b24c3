#!/usr/bin/env python3
"""A Llama trained by PyTorch on CPUs, as PyTorch's documentation would have one do it: what trireme is measured against.

Reads the same recipe as `trireme bench step`, feeds the same synthetic tokens and, with --weights, starts from the same
safetensors file. Prints one JSON object of the same keys. Run it under torchrun for several ranks:

    torchrun --nproc-per-node 2 benchmarks/peers/torch_cpu.py recipes/bench/llama_15m.toml --mode ddp --compile

bf16 is autocast under ddp and MixedPrecisionPolicy (fp32 reduction) under fsdp2; weights and moments are fp32. Needs
PyTorch 2.6, NumPy and Python 3.11.
"""
import argparse
import contextlib
import functools
import json
import os
import pathlib
import resource
import statistics
import struct
import time
import tomllib

import numpy
import torch
import torch.distributed
from torch import nn
from torch.nn import functional

WARMUP = 2
MASK = (1 << 64) - 1


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("recipe", type=pathlib.Path)
    parser.add_argument("--mode", choices=["none", "ddp", "fsdp2"], default="none")
    parser.add_argument("--dtype", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--batch", type=int, default=0, help="sequences a rank; 0: the recipe's")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--weights", type=pathlib.Path, help="safetensors file of initial weights")
    parser.add_argument("--save-weights", type=pathlib.Path, help="writes the initial weights and ends")
    return parser.parse_args()


def tokens_of(step: int, rank: int, count: int, vocab: int, seed: int) -> numpy.ndarray:
    """SplitMix64 of a counter; an odd number repeats the token before it. As src/trireme/data/synthetic.h says."""
    first = ((seed << 48 | rank << 40) + step * count + 1) & MASK
    with numpy.errstate(over="ignore"):
        z = (numpy.uint64(first) + numpy.arange(count, dtype=numpy.uint64)) * numpy.uint64(0x9E3779B97F4A7C15)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            z = (z ^ (z >> numpy.uint64(shift))) * numpy.uint64(factor)
    z ^= z >> numpy.uint64(31)
    fresh = (z & numpy.uint64(1)) == 0
    fresh[0] = True
    source = numpy.maximum.accumulate(numpy.where(fresh, numpy.arange(count), 0))
    return ((z >> numpy.uint64(1)) % numpy.uint64(vocab)).astype(numpy.int64)[source]


class Block(nn.Module):
    def __init__(self, model: dict):
        super().__init__()
        width, inner = model["hidden_size"], model["intermediate_size"]
        self.heads, self.kv_heads = model["num_attention_heads"], model["num_key_value_heads"]
        self.head_dim = width // self.heads
        linear = functools.partial(nn.Linear, bias=False)
        self.attn_norm, self.ffn_norm = nn.RMSNorm(width, eps=1e-5), nn.RMSNorm(width, eps=1e-5)
        self.wq = linear(width, self.heads * self.head_dim)
        self.wk, self.wv = (linear(width, self.kv_heads * self.head_dim) for _ in range(2))
        self.wo = linear(self.heads * self.head_dim, width)
        self.w1, self.w3, self.w2 = linear(width, inner), linear(width, inner), linear(inner, width)

    def rotated(self, x, cos, sin):
        first, second = x.chunk(2, dim=-1)
        return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)

    def forward(self, x, cos, sin):
        batch, length, _ = x.shape
        normed = self.attn_norm(x)
        heads = lambda y: y.view(batch, length, -1, self.head_dim).transpose(1, 2)
        query = self.rotated(heads(self.wq(normed)), cos, sin)
        key = self.rotated(heads(self.wk(normed)), cos, sin)
        seen = functional.scaled_dot_product_attention(query, key, heads(self.wv(normed)), is_causal=True,
                                                       enable_gqa=self.heads != self.kv_heads)
        x = x + self.wo(seen.transpose(1, 2).flatten(2))
        normed = self.ffn_norm(x)
        return x + self.w2(functional.silu(self.w1(normed)) * self.w3(normed))


class Llama(nn.Module):
    def __init__(self, model: dict, length: int):
        super().__init__()
        width, vocab = model["hidden_size"], model["vocab_size"]
        self.embed = nn.Embedding(vocab, width)
        self.blocks = nn.ModuleList(Block(model) for _ in range(model["num_hidden_layers"]))
        self.norm = nn.RMSNorm(width, eps=1e-5)
        self.head = nn.Linear(width, vocab, bias=False)
        if model.get("tie_word_embeddings", False):
            self.head.weight = self.embed.weight
        half = width // model["num_attention_heads"] // 2
        frequency = 10000.0 ** (-torch.arange(half) / half)
        angle = torch.outer(torch.arange(length).float(), frequency)
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, tokens, targets):
        x = self.embed(tokens)
        cos, sin = self.cos.to(x.dtype), self.sin.to(x.dtype)
        for block in self.blocks:
            x = block(x, cos, sin)
        logits = self.head(self.norm(x)).float()
        return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


def save_weights(model: nn.Module, path: pathlib.Path):
    header, blobs, offset = {}, [], 0
    for name, parameter in model.named_parameters():
        blob = parameter.detach().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(parameter.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def load_weights(model: nn.Module, path: pathlib.Path):
    raw = path.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    header, data = json.loads(raw[8:8 + size]), raw[8 + size:]
    for name, parameter in model.named_parameters():
        begin, end = header[name]["data_offsets"]
        values = numpy.frombuffer(data[begin:end], dtype=numpy.float32).reshape(parameter.shape)
        parameter.data.copy_(torch.from_numpy(values.copy()))


def spread(model: nn.Module, arguments):
    """The model over the ranks."""
    if arguments.mode == "ddp":
        return nn.parallel.DistributedDataParallel(model, gradient_as_bucket_view=True)
    if arguments.mode == "fsdp2":
        from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
        options = {"mesh": torch.distributed.device_mesh.init_device_mesh("cpu", (torch.distributed.get_world_size(),))}
        if arguments.dtype == "bf16":
            options["mp_policy"] = MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32,
                                                        cast_forward_inputs=False)
        for block in model.blocks:
            fully_shard(block, **options)
        fully_shard(model, **options)
    return model


def seconds_since_start() -> float:
    started = int(pathlib.Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
    return float(pathlib.Path("/proc/uptime").read_text().split()[0]) - started / os.sysconf("SC_CLK_TCK")


def pss_mb() -> float:
    lines = pathlib.Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def train(arguments, recipe: dict, rank: int) -> dict:
    length, seed = recipe["train"]["seq_len"], recipe["train"]["seed"]
    batch = arguments.batch or recipe["train"]["micro_batch_size"]
    vocab, options = recipe["model"]["vocab_size"], recipe["optimizer"]
    torch.manual_seed(seed)
    plain = Llama(recipe["model"], length)
    if arguments.weights:
        load_weights(plain, arguments.weights)
    if arguments.save_weights:
        save_weights(plain, arguments.save_weights)
        return {}
    model = spread(plain, arguments)
    run = torch.compile(model) if arguments.compile else model
    optimizer = torch.optim.AdamW(model.parameters(), lr=options["learning_rate"], eps=options["eps"], fused=True,
                                  betas=(options["beta1"], options["beta2"]), weight_decay=options["weight_decay"])
    casts = arguments.dtype == "bf16" and arguments.mode != "fsdp2"
    figures = {"losses": [], "seconds": [], "cpu": []}
    for step in range(arguments.steps):
        wall, cpu = time.perf_counter(), time.process_time()
        tokens = torch.from_numpy(tokens_of(step, rank, batch * (length + 1), vocab, seed)).view(batch, length + 1)
        with torch.autocast("cpu", torch.bfloat16) if casts else contextlib.nullcontext():
            loss = run(tokens[:, :-1], tokens[:, 1:])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), options["max_norm"])
        optimizer.step()
        optimizer.zero_grad()
        figures["losses"].append(loss.item())
        figures["seconds"].append(time.perf_counter() - wall)
        figures["cpu"].append(time.process_time() - cpu)
        if step == 0:
            figures["first"] = seconds_since_start()
    figures["rss"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    figures["pss"] = round(pss_mb())
    return figures


def summary(everyone: list[dict], arguments, recipe: dict) -> dict:
    kept = slice(min(WARMUP, arguments.steps - 1), None)
    wall = statistics.median(everyone[0]["seconds"][kept])
    cpu = [sum(by_rank) for by_rank in zip(*(rank["cpu"] for rank in everyone))][kept]
    batch = arguments.batch or recipe["train"]["micro_batch_size"]
    return {"mode": arguments.mode, "dtype": arguments.dtype, "compile": arguments.compile, "world": len(everyone),
            "tok_s_median": round(len(everyone) * batch * recipe["train"]["seq_len"] / wall, 1),
            "step_ms_median": round(1e3 * wall, 1), "cpu_ms_median": round(1e3 * statistics.median(cpu), 1),
            "cpu_ms_best": round(1e3 * min(cpu), 1),
            "start_to_first_step_s": round(max(rank["first"] for rank in everyone), 2),
            "peak_rss_mb": [rank["rss"] for rank in everyone], "pss_mb": [rank["pss"] for rank in everyone],
            "losses": [statistics.fmean(by_rank) for by_rank in zip(*(rank["losses"] for rank in everyone))]}


def main():
    arguments = parse_arguments()
    recipe = tomllib.loads(arguments.recipe.read_text())
    if arguments.mode != "none":
        torch.distributed.init_process_group("gloo")
    rank = torch.distributed.get_rank() if arguments.mode != "none" else 0
    mine = train(arguments, recipe, rank)
    if not mine:
        return
    everyone = [mine]
    if arguments.mode != "none":
        everyone = [None] * torch.distributed.get_world_size()
        torch.distributed.all_gather_object(everyone, mine)
    if rank == 0:
        print(json.dumps(summary(everyone, arguments, recipe)), flush=True)
    if arguments.mode != "none":
        torch.distributed.barrier()
        os._exit(0)  # gloo's threads now and then abort the interpreter's own teardown


if __name__ == "__main__":
    main()

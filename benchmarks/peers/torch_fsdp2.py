#!/usr/bin/env python3
"""PyTorch's FSDP2 on the GPUs of one host: times training steps of a Llama on random tokens and prints one JSON object.

As a practised user would write it: every block and the root under fully_shard with bf16 parameters and fp32 reductions,
torch.compile of each block, cuDNN attention, the loss in chunks of tokens, fused AdamW over the fp32 shards, clip 1.0.

  benchmarks/peers/torch_fsdp2.py --model llama3.2-1b --ranks 2 --batch 8 --seq 2048 --compile
"""
import argparse
import json
import os
import socket
import statistics
import time

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.utils.checkpoint import checkpoint, create_selective_checkpoint_contexts

# hidden, layers, heads, key heads, head size, feed forward, vocabulary, tied
MODELS = {
    "llama3.2-1b": (2048, 16, 32, 8, 64, 8192, 128256, True),
    "llama3-8b": (4096, 32, 32, 8, 128, 14336, 128256, False),
}
KEPT_BY_SELECTIVE = ("mm", "_scaled_dot_product_cudnn_attention", "_scaled_dot_product_flash_attention")
LOSS_CHUNK = 4096  # tokens whose logits exist at one time


def rotate(x, cos, sin):
    even, odd = x.float().chunk(2, dim=-1)
    return torch.cat((even * cos - odd * sin, odd * cos + even * sin), dim=-1).type_as(x)


class Block(nn.Module):
    def __init__(self, hidden, heads, key_heads, head_size, feed_forward, recompute):
        super().__init__()
        self.head_size, self.recompute = head_size, recompute
        linear = lambda n_in, n_out: nn.Linear(n_in, n_out, bias=False)
        self.attn_norm, self.ffn_norm = nn.RMSNorm(hidden, eps=1e-5), nn.RMSNorm(hidden, eps=1e-5)
        self.wq, self.wo = linear(hidden, heads * head_size), linear(heads * head_size, hidden)
        self.wk, self.wv = linear(hidden, key_heads * head_size), linear(hidden, key_heads * head_size)
        self.w1, self.w3, self.w2 = linear(hidden, feed_forward), linear(hidden, feed_forward), linear(feed_forward, hidden)

    def body(self, x, cos, sin):
        normed = self.attn_norm(x)
        q, k, v = (w(normed).unflatten(-1, (-1, self.head_size)).transpose(1, 2) for w in (self.wq, self.wk, self.wv))
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        attention = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        x = x + self.wo(attention.transpose(1, 2).flatten(2))
        normed = self.ffn_norm(x)
        return x + self.w2(F.silu(self.w1(normed)) * self.w3(normed))

    def forward(self, x, cos, sin):
        if self.recompute == "none":
            return self.body(x, cos, sin)
        kept = [getattr(torch.ops.aten, name).default for name in KEPT_BY_SELECTIVE]
        options = {"context_fn": lambda: create_selective_checkpoint_contexts(kept)} if self.recompute == "selective" else {}
        return checkpoint(self.body, x, cos, sin, use_reentrant=False, **options)


class ChunkedLoss(torch.autograd.Function):
    """Mean cross entropy of a linear head; makes its gradients chunk by chunk in the forward pass."""

    @staticmethod
    def forward(ctx, hidden, weight, targets, logits_to_gradient):
        grad_hidden, grad_weight, total = torch.empty_like(hidden), torch.zeros_like(weight), 0.0
        for rows, target, out in zip(hidden.split(LOSS_CHUNK), targets.split(LOSS_CHUNK), grad_hidden.split(LOSS_CHUNK)):
            loss, gradient = logits_to_gradient(rows @ weight.t(), target, 1.0 / len(targets))
            total = total + loss
            torch.mm(gradient, weight, out=out)
            grad_weight.addmm_(gradient.t(), rows)
        ctx.save_for_backward(grad_hidden, grad_weight)
        return total

    @staticmethod
    def backward(ctx, upstream):
        grad_hidden, grad_weight = ctx.saved_tensors
        return grad_hidden * upstream, grad_weight * upstream, None, None


def logits_to_gradient(logits, target, scale):
    wide = logits.float()
    log_sum = wide.logsumexp(dim=-1, keepdim=True)
    loss = (log_sum - wide.gather(1, target[:, None])).sum() * scale
    is_target = torch.arange(wide.shape[1], device=wide.device) == target[:, None]
    return loss, (((wide - log_sum).exp() - is_target.float()) * scale).type_as(logits)


class Llama(nn.Module):
    def __init__(self, args):
        super().__init__()
        hidden, layers, heads, key_heads, head_size, feed_forward, vocabulary, tied = MODELS[args.model]
        self.embed, self.norm = nn.Embedding(vocabulary, hidden), nn.RMSNorm(hidden, eps=1e-5)
        self.head = nn.Linear(hidden, vocabulary, bias=False)
        self.blocks = nn.ModuleList(
            Block(hidden, heads, key_heads, head_size, feed_forward, args.recompute) for _ in range(layers))
        if tied:
            self.head.weight = self.embed.weight
        self.logits_to_gradient = torch.compile(logits_to_gradient) if args.compile else logits_to_gradient
        self.rotary_size = (args.seq, head_size)

    def make_rotary(self, device):
        seq, head_size = self.rotary_size
        frequencies = 500000.0 ** (-torch.arange(0, head_size, 2, device=device).float() / head_size)
        angles = torch.outer(torch.arange(seq, device=device).float(), frequencies)
        self.cos, self.sin = angles.cos(), angles.sin()

    def forward(self, tokens, targets):
        x = self.embed(tokens)
        for block in self.blocks:
            x = block(x, self.cos, self.sin)
        return ChunkedLoss.apply(self.norm(x).flatten(0, 1), self.head.weight, targets.flatten(), self.logits_to_gradient)


def build(args, device):
    torch.manual_seed(1)
    with torch.device("meta"):
        model = Llama(args)
    policy = MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32)
    for block in model.blocks:
        if args.compile:
            block.compile(fullgraph=True, dynamic=False)
        fully_shard(block, mp_policy=policy, reshard_after_forward=True)
    fully_shard(model, mp_policy=policy, reshard_after_forward=False)
    model.to_empty(device=device)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.fill_(1.0) if "norm" in name else parameter.normal_(std=0.02)
    model.make_rotary(device)
    return model


def train(rank, args, port):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), RANK=str(rank), WORLD_SIZE=str(args.ranks))
    device = torch.device("cuda", rank)
    torch.cuda.set_device(device)
    dist.init_process_group("nccl", device_id=device)
    for kind in ("cudnn", "flash", "mem_efficient", "math"):
        getattr(torch.backends.cuda, f"enable_{kind}_sdp")(kind == args.attention)
    model = build(args, device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    vocabulary, losses, seconds = MODELS[args.model][6], [], []
    generator = torch.Generator(device).manual_seed(rank)
    for _ in range(args.steps):
        start = time.perf_counter()
        ids = torch.randint(vocabulary, (args.batch, args.seq + 1), device=device, generator=generator)
        loss = model(ids[:, :-1], ids[:, 1:])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        loss = loss.detach().clone()
        dist.all_reduce(loss, op=dist.ReduceOp.AVG)
        losses.append(loss.item())
        seconds.append(time.perf_counter() - start)
    if rank == 0:
        median = statistics.median(seconds[args.warmup:])
        print(json.dumps({
            **vars(args), "tokens_per_second_gpu": round(args.batch * args.seq / median), "step_ms_median": round(1e3 * median, 1),
            "step_ms_min": round(1e3 * min(seconds[args.warmup:]), 1), "losses": losses,
            "peak_gib": round(torch.cuda.max_memory_allocated() / 2**30, 2), "torch": torch.__version__,
            "gpu": torch.cuda.get_device_name()}), flush=True)
    dist.barrier()
    dist.destroy_process_group()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=MODELS, required=True)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--batch", type=int, default=1, help="sequences a rank")
    parser.add_argument("--seq", type=int, default=2048)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--recompute", choices=("none", "selective", "full"), default="none")
    parser.add_argument("--attention", choices=("cudnn", "flash"), default="cudnn")
    parser.add_argument("--compile", action="store_true")
    args = parser.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(train, (args, port), nprocs=args.ranks)


if __name__ == "__main__":
    main()

#!/usr/bin/env bash
# On a host with a GPU: builds the preset `cuda`, checks its kernels against fp64 and trains 20 steps of two recipes on the
# CPU and on the GPU, from the same weights and tokens. Losses must agree: fp32 (TF32 off) within 1e-5, bf16 within 2e-3, relative.
# tools/bundle_dependencies.sh packs what a host without a package manager lacks. PYTHON is an interpreter with PyTorch.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
recipes=(recipes/bench/llama_15m_v4k.toml tests/data/documents_window.toml)
bin=build/cuda/bin

cmake --preset cuda -DCMAKE_PREFIX_PATH="$PWD/build/bundle" -DTRIREME_PYTHON="$(command -v "$python")" >build/cuda.log ||
  { tail -30 build/cuda.log; exit 3; }
ninja -C build/cuda --quiet trireme trireme-train test_kernels
"$bin/test_kernels" --gtest_brief=1 --gtest_filter='*GpuKernels*'

"$bin/trireme" data prepare docs/*.md docs/*/*.md --tokenizer bytes --split-on '\n\n' --append-eod --overwrite --to build/gpu_pages
runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT
for recipe in "${recipes[@]}"; do
  for dtype in fp32 bf16; do
    for device in cpu cuda; do
      "$bin/trireme" train "$recipe" --ranks 1 --set system.device="$device" --set precision.compute="$dtype" \
        --set train.steps=20 --set train.global_batch_size=8 --set train.micro_batch_size=4 \
        --set log.folder="$runs" --set log.name="$(basename "$recipe" .toml)-$dtype-$device"
    done
  done
done

nvidia-smi --query-gpu=name,driver_version --format=csv,noheader
"$python" - "$runs" "${recipes[@]}" <<'PYTHON'
import json, pathlib, sys, torch
print("PyTorch", torch.__version__)
runs, agree = pathlib.Path(sys.argv[1]), True
for recipe in sys.argv[2:]:
    for dtype, bound in (("fp32", 1e-5), ("bf16", 2e-3)):
        print(f"{recipe}, {dtype}")
        cpu, cuda = ([json.loads(line) for line in (runs / f"{pathlib.Path(recipe).stem}-{dtype}-{device}/metrics.jsonl").open()]
                     for device in ("cpu", "cuda"))
        worst = 0.0
        for a, b in zip(cpu, cuda, strict=True):
            error = abs(a["loss"] - b["loss"]) / a["loss"]
            worst = max(worst, error)
            print(f"  step {a['step']:2}  cpu {a['loss']:.7f}  cuda {b['loss']:.7f}  relative difference {error:.1e}")
        last = cuda[-1]
        print(f"  worst {worst:.1e}, bound {bound:.0e}; last step on the GPU: {last['tokens_per_second']:.0f} tokens/s, "
              f"MFU {last['mfu']:.4f}, peak {last['peak_memory_bytes'] / 2**20:.0f} MiB")
        agree = agree and worst <= bound
sys.exit(0 if agree else "the losses differ")
PYTHON

#!/bin/bash
# Compiles the sources that need CUDA or NCCL as far as -fsyntax-only, on a host that has neither: NVIDIA's headers come
# from PyPI (300 MB, once) and are kept in build/assets/nvidia.
set -euo pipefail
cd "$(dirname "$0")/.."
headers=build/assets/nvidia
python=${PYTHON:-$([ -x .venv/bin/python ] && echo .venv/bin/python || echo python3)}

if [ -z "$(find "$headers" -name nccl.h 2>/dev/null)" ]; then
  wheels=$(mktemp -d)
  trap 'rm -rf "$wheels"' EXIT
  "$python" -m pip download -q --no-deps -d "$wheels" nvidia-nccl-cu13 nvidia-cuda-runtime nvidia-cuda-crt nvidia-cuda-cccl
  mkdir -p "$headers"
  for wheel in "$wheels"/*.whl; do
    "$python" - "$wheel" "$headers" <<'PYTHON'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if "/include/" in name])
PYTHON
  done
fi

includes=()
while read -r file; do includes+=(-isystem "$(dirname "$file")"); done < <(find "$headers" -name nccl.h -o -name cuda_runtime_api.h)
for source in $(grep -rlE 'include <(nccl|cuda_runtime_api)\.h>|cuda/handles\.h|nccl_(watch|lane|pairs)\.h' src --include='*.cpp'); do
  g++ -std=c++20 -Wall -Wextra -Werror -fsyntax-only -Isrc "${includes[@]}" "$source"
  echo "ok $source"
done

#!/usr/bin/env bash
# On a host with several GPUs: builds the preset `cuda` and runs what needs them: the communicator's suite and its
# failures over NCCL, data parallel training against one GPU and the CPU, and runs of the program that lose a rank.
# tools/bundle_dependencies.sh packs what a host without a package manager lacks. PYTHON is an interpreter with PyTorch.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
bin=build/cuda/bin

cmake --preset cuda -DCMAKE_PREFIX_PATH="$PWD/build/bundle" -DTRIREME_PYTHON="$(command -v "$python")" >build/cuda.log ||
  { tail -30 build/cuda.log; exit 3; }
grep -h "NCCL" build/cuda.log
ninja -C build/cuda --quiet trireme trireme-train test_distributed test_distributed_training

nvidia-smi --query-gpu=index,name,driver_version --format=csv,noheader
nvidia-smi topo -m
status=0
"$bin/test_distributed" --gtest_brief=1 --gtest_filter='*ccl*' || status=1
"$bin/test_distributed_training" --gtest_brief=1 --gtest_filter='*Gpu*' || status=1
TRIREME_BIN=$PWD/$bin/trireme "$python" -m unittest discover -s tests/gpus -v || status=1
exit $status

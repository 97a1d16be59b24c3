#pragma once

namespace trireme::cloud::environment {

/// Tags of github.com/NVIDIA/nccl and nccl-tests that are built where the description names no NCCL. They are those of
/// the container that the Batch job runs.
inline constexpr const char* kNcclTag = "v2.27.5-1";
inline constexpr const char* kNcclTestsTag = "v2.16.4";

/// Reads $environment.
inline constexpr const char* kSourceEnvironment = R"sh(if [ ! -r "$environment" ]; then
  echo "no $environment: run sbatch in the folder that trireme synth wrote" >&2
  exit 1
fi
# shellcheck source=/dev/null
. "$environment"
)sh";

/// Images of ParallelCluster have CUDA, Open MPI and the EFA installer's plugin, but no NCCL: it is built at the first
/// run, for the GPUs that are there, with nccl-tests. A link between nodes that is not EFA is a failure: NCCL falls
/// back to TCP without a word. Reads $shared, $nccl and $tests.
inline constexpr const char* kAllReducePerf = R"sh(
mpi=/opt/amazon/openmpi
architecture=$(nvidia-smi --id=0 --query-gpu=compute_cap --format=csv,noheader | tr -d .)
code="-gencode=arch=compute_$architecture,code=sm_$architecture"
folder=${shared:-$HOME}/nccl-test-$(id -un)
built=${NCCL_TESTS:-$folder/nccl-$nccl-tests-$tests-sm$architecture}  # all_reduce_perf and libnccl.so
mkdir -p "$folder"
if [ ! -x "$built/all_reduce_perf" ]; then
  work=$(mktemp -d "$folder/build.XXXXXX")
  git clone --quiet --depth 1 --branch "$nccl" https://github.com/NVIDIA/nccl "$work/nccl"
  git clone --quiet --depth 1 --branch "$tests" https://github.com/NVIDIA/nccl-tests "$work/tests"
  make -s -C "$work/nccl" -j "$(nproc)" src.build NVCC_GENCODE="$code"
  make -s -C "$work/tests" -j "$(nproc)" MPI=1 MPI_HOME="$mpi" NCCL_HOME="$work/nccl/build" NVCC_GENCODE="$code"
  mkdir "$work/built"
  cp -P "$work"/nccl/build/lib/libnccl.so* "$work/tests/build/all_reduce_perf" "$work/built"
  mv -T "$work/built" "$built"
  rm -rf "$work"
fi

libraries=$built
for library in /opt/amazon/ofi-nccl/lib/*-linux-gnu /opt/amazon/{ofi-nccl,efa,openmpi}/lib{,64}; do
  if [ -d "$library" ]; then libraries=$libraries:$library; fi
done
export LD_LIBRARY_PATH=$libraries
# MPI only starts the ranks; EFA is left to NCCL.
export OMPI_MCA_pml=^cm,ucx OMPI_MCA_btl=tcp,self OMPI_MCA_btl_tcp_if_exclude=lo,docker0
logs=$(mktemp -d "$folder/logs-$SLURM_JOB_ID.XXXXXX")
export NCCL_DEBUG=INFO NCCL_DEBUG_SUBSYS=INIT,NET NCCL_DEBUG_FILE=$logs/%h.%p
srun --mpi=pmix --cpu-bind=none "$built/all_reduce_perf" -b 8 -e 16G -f 2 -g 1 -c 1 -n 20

if [ "$SLURM_JOB_NUM_NODES" -gt 1 ] && ! grep -qi 'selected provider is efa' "$logs"/*; then
  echo "the nodes did not talk over EFA: $logs says what NCCL chose, and why" >&2
  exit 1
fi
)sh";

/// nccom-test starts its workers through ssh, which ParallelCluster sets up for the cluster's user. The number of cores
/// is asked of the node: how many a chip shows depends on the runtime's settings.
inline constexpr const char* kNccomTest = R"sh(
PATH=/opt/aws/neuron/bin:/opt/amazon/openmpi/bin:$PATH
if ! command -v nccom-test >/dev/null; then
  echo "no nccom-test on $(hostname): install aws-neuronx-tools, in the image or by a setup script of the group" >&2
  exit 1
fi
cores=$(neuron-ls --json-output |
  python3 -c 'import json, sys; print(sum(device["nc_count"] for device in json.load(sys.stdin)))')
sizes=(--minbytes 1MB --maxbytes 1GB --stepfactor 2 --datatype fp32 --check)
if [ "$SLURM_JOB_NUM_NODES" -eq 1 ]; then
  exec nccom-test --nworkers "$cores" allr "${sizes[@]}"
fi
mapfile -t hosts < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
NEURON_RT_ROOT_COMM_ID=$(getent ahostsv4 "${hosts[0]}" | awk 'NR == 1 { print $1 }'):41000
export NEURON_RT_ROOT_COMM_ID
nccom-test --nworkers $((SLURM_JOB_NUM_NODES * cores)) --nnodes "$SLURM_JOB_NUM_NODES" allr "${sizes[@]}" \
  --hosts "${hosts[@]}"
)sh";

}  // namespace trireme::cloud::environment

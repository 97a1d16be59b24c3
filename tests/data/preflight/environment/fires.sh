#!/bin/bash
export NCCL_SOCKET_NTHREADS=4  # <- info
export RDMAV_FORK_SAFE=1  # <- warning
srun train

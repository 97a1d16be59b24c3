#!/usr/bin/env python3
"""Puts Mistral's SentencePiece models of 7B v0.1 and v0.3 into build/assets/mistral, from the PyPI package mistral-common
1.13.1 (Apache-2.0)."""
import sys

from packages import File, Package, fetch

if __name__ == "__main__":
    sys.exit(fetch(Package("pypi", "mistral-common", "1.13.1", (
        File("mistral_common/data/tokenizer.model.v1", "mistral/tokenizer.model.v1",
             "dadfd56d766715c61d2ef780a525ab43b8e6da4de6865bda3d95fdef5e134055"),
        File("mistral_common/data/mistral_instruct_tokenizer_240323.model.v3", "mistral/tokenizer.model.v3",
             "9addc8bdce5988448ae81b729336f43a81262160ae8da760674badab9d4c7d33"),
    ))))

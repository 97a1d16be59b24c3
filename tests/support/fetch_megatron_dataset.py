#!/usr/bin/env python3
"""Puts Megatron-LM's IndexedDataset into build/assets/megatron, from the PyPI package megatron-core 0.16.1 (MIT and
Apache-2.0).

The package's __init__ imports all of Megatron; without one, folders are namespaces and modules import alone. Of
megatron.core.utils the reader needs only log_single_rank, which that module has from _rank_utils: it stands in.
"""
import sys

from packages import File, Package, fetch

if __name__ == "__main__":
    sys.exit(fetch(Package("pypi", "megatron-core", "0.16.1", (
        File("megatron/core/datasets/indexed_dataset.py", "megatron/megatron/core/datasets/indexed_dataset.py",
             "86650eec71319b99e63fde40c95d38176b89cbbe7ede9581aa7c67f1334eab72"),
        File("megatron/core/datasets/object_storage_utils.py", "megatron/megatron/core/datasets/object_storage_utils.py",
             "d0cfea24d600298b113c468c8027b0ecb17dc8b4d69fcbe5c55444b01728b655"),
        File("megatron/core/msc_utils.py", "megatron/megatron/core/msc_utils.py",
             "334cbec0195857ea9b846a699dee908622dbe3b5c10fec21a797a56cf02752c8"),
        File("megatron/core/_rank_utils.py", "megatron/megatron/core/utils.py",
             "87dbaa4145ccdfb14b7f5c33a568df1b072601f36908f6005c7e34e2a7f96b75"),
    ))))

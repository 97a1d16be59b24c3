#!/usr/bin/env python3
"""Puts digits.csv into build/assets/digits: 1,797 handwritten digits of 8 x 8 pixels from the UCI repository (CC BY 4.0),
as scikit-learn 1.7.2 (BSD-3-Clause) ships them."""
import sys

from packages import File, Package, fetch

if __name__ == "__main__":
    sys.exit(fetch(Package("pypi", "scikit-learn", "1.7.2", (
        File("sklearn/datasets/data/digits.csv.gz", "digits/digits.csv",
             "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"),
    ))))

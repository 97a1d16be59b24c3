#!/usr/bin/env python3
"""Fails when a C++ source is not as clang-format lays it out. `clang-format -i FILE` fixes it."""
import pathlib
import subprocess
import sys


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    files = subprocess.run(["git", "ls-files", "*.h", "*.cpp"], cwd=root, text=True, capture_output=True, check=True).stdout.split()
    if not files:
        return 0
    done = subprocess.run(["clang-format", "--dry-run", "--Werror", *files], cwd=root, text=True, capture_output=True)
    print("\n".join(line for line in done.stderr.splitlines() if "clang-format-violations" in line))
    return 1 if done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())

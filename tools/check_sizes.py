#!/usr/bin/env python3
"""Fails when a source file has more than 400 lines. Exceptions are listed here, each with its reason."""
import pathlib
import subprocess
import sys

LIMIT = 400
EXCEPTIONS: dict[str, str] = {}  # path: reason
SUFFIXES = {".h", ".cpp", ".cu", ".cuh", ".py", ".sh"}


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent)
    listed = subprocess.run(["git", "ls-files"], cwd=root, text=True, capture_output=True, check=True).stdout.split("\n")
    too_long = []
    for name in listed:
        path = root / name
        if path.suffix not in SUFFIXES or not path.is_file() or name in EXCEPTIONS:
            continue
        lines = path.read_text(errors="replace").count("\n")
        if lines > LIMIT:
            too_long.append(f"{name}: {lines} lines, more than {LIMIT}; split it by concept")
    print("\n".join(too_long) if too_long else f"sizes: every file has at most {LIMIT} lines")
    return 1 if too_long else 0


if __name__ == "__main__":
    sys.exit(main())

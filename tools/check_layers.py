#!/usr/bin/env python3
"""Fails when a folder of src/trireme includes one that lies above it, or one of the other tower.

The order is that of docs/design/0001-layers.md. Each folder has a number; a file may include its own folder and any
folder with a smaller number that belongs to the base or to its own tower.
"""
import pathlib
import re
import sys

BASE = {"core": 0, "config": 1, "telemetry": 1, "formats": 1, "arch": 2, "catalog": 3, "data": 3, "recipe": 3,
        "plan": 4, "supervise": 5}
TRAINING = {"device": 6, "kernels": 7, "comm": 7, "mesh": 8, "layer": 9, "parallel": 10, "model": 11, "optim": 11,
            "checkpoint": 12, "engine": 13, "bench": 14, "program": 14}
TEXT = {"cloud": 6, "images": 6, "exporters": 6, "nodecheck": 6, "launch": 7}
CLI = {"cli": 15}
NUMBER = BASE | TRAINING | TEXT | CLI
# The base and the text tower run where no PyTorch is installed.
TORCH_FREE = set(BASE) | set(TEXT) | {"comm", "device"}
INCLUDE = re.compile(r'^\s*#\s*include\s+"trireme/([a-z_]+)/')
TORCH = re.compile(r'^\s*#\s*include\s+<(torch|ATen|c10)/')


def problems_of(path: pathlib.Path, folder: str) -> list[str]:
    found = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        where = f"{path}:{number}"
        if folder in TORCH_FREE and TORCH.match(line):
            found.append(f"{where}: {folder}/ must not include PyTorch: {line.strip()}")
        match = INCLUDE.match(line)
        if not match or match[1] == folder:
            continue
        target = match[1]
        if target not in NUMBER:
            found.append(f"{where}: unknown folder {target}/; add it to tools/check_layers.py with its number")
        elif NUMBER[target] >= NUMBER[folder]:
            found.append(f"{where}: {folder}/ ({NUMBER[folder]}) includes {target}/ ({NUMBER[target]}), not below it")
        elif {folder, target} & set(TRAINING) and {folder, target} & set(TEXT):
            found.append(f"{where}: {folder}/ and {target}/ are of different towers")
    return found


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent) / "src/trireme"
    problems = []
    for path in sorted(root.rglob("*")):
        if path.suffix not in {".h", ".cpp", ".cu", ".cuh"}:
            continue
        folder = path.relative_to(root).parts[0]
        if folder not in NUMBER:
            problems.append(f"{path}: unknown folder {folder}/; add it to tools/check_layers.py with its number")
        else:
            problems += problems_of(path, folder)
    print("\n".join(problems) if problems else "layers: every include points down")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

"""The Python whose PyTorch a build of trireme uses."""
import pathlib
import re
import sys


def python_of(build: pathlib.Path) -> str:
    cache = build / "CMakeCache.txt"
    if not cache.is_file():
        sys.exit(f"{build} is no build folder: run ./trireme build first")
    found = re.search(r"^TRIREME_PYTHON:\w+=(.+)$", cache.read_text(), re.M)
    return found[1] if found else sys.executable

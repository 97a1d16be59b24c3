#!/usr/bin/env python3
"""Puts the judges into build/judges, build/judges-pcluster and build/readers: virtual environments from PyPI.

An environment is kept while its stamp names the requirement file's content and the interpreter it was made with.
"""
import fcntl
import hashlib
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build"
# Folder of build/: its requirement file.
ENVIRONMENTS = {"judges": "judges.txt", "judges-pcluster": "pcluster.txt", "readers": "readers.txt"}


def stamp_of(requirements: pathlib.Path) -> str:
    major, minor = sys.version_info[:2]
    return f"{hashlib.sha256(requirements.read_bytes()).hexdigest()} python {major}.{minor}"


def is_current(folder: pathlib.Path, stamp: str) -> bool:
    try:
        return (folder / "stamp").read_text() == stamp
    except OSError:
        return False


def install(folder: pathlib.Path, requirements: pathlib.Path, log: pathlib.Path) -> subprocess.Popen:
    """Starts the installation, which says everything into `log`."""
    (folder / "stamp").unlink(missing_ok=True)
    steps = '"$1" -m venv --clear "$2" && "$2/bin/pip" install -q --disable-pip-version-check -r "$3"'
    with log.open("w") as out:
        return subprocess.Popen(["sh", "-c", steps, "sh", sys.executable, str(folder), str(requirements)],
                                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)


def main() -> int:
    BUILD.mkdir(exist_ok=True)
    failed = False
    with (BUILD / ".judges.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second test run waits for the first one's installation
        running = []
        for name, file in ENVIRONMENTS.items():
            stamp = stamp_of(HERE / file)
            if not is_current(BUILD / name, stamp):
                log = BUILD / f"{name}.log"
                running.append((name, stamp, log, install(BUILD / name, HERE / file, log)))
        for name, stamp, log, process in running:
            if process.wait() == 0:
                (BUILD / name / "stamp").write_text(stamp)
            else:
                print(f"{name}: pip could not install {ENVIRONMENTS[name]}:\n{log.read_text()[-400:]}", file=sys.stderr)
                failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

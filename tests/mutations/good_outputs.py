"""Every example of clusters/ that synth writes, synthesised."""
import json
import os
import pathlib
import subprocess

import judges
from documents import Deployment, Document

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRIREME = os.environ.get("TRIREME_BIN", str(ROOT / "build/release/bin/trireme"))

# Further descriptions, as overrides of an example: other regions, sizes and ways out.
VARIANTS = {
    "llama-wide": ("llama", ['network.cidr="10.16.0.0/16"', "nodes.gpu.count=12", "storage.fsx.throughput=500"]),
    "team-small": ("team", ["storage.fsx.size_gib=1200", "nodes.gpu.count=1"]),
    "batch-p4d-many": ("batch-p4d", ['network.cidr="172.16.0.0/16"', "nodes.gpu.max_count=16"]),
    "p5en-west": ("p5en", ["storage.fsx.size_gib=9600", "nodes.gpu.count=2"]),
}
NOT_JUDGED = ("policy",)


def run_trireme(*words, check=True) -> subprocess.CompletedProcess:
    done = subprocess.run([TRIREME, *map(str, words)], text=True, capture_output=True, timeout=60)
    if check and done.returncode != 0:
        raise RuntimeError(f"trireme {' '.join(map(str, words))}: {done.stderr}")
    return done


def synthesise(example: str, settings: list[str], folder: pathlib.Path):
    """What synth.json says of the files; None for an orchestrator that is not built yet."""
    words = [word for setting in settings for word in ("--set", setting)]
    done = run_trireme("synth", ROOT / f"clusters/{example}.toml", "--out", folder, *words, check=False)
    if "not built yet" in done.stderr:
        return None
    if done.returncode != 0:
        raise RuntimeError(f"{example}: {done.stderr}")
    return json.loads((folder / "synth.json").read_text())


def good_outputs(folder: pathlib.Path) -> list[Deployment]:
    wanted = {path.stem: (path.stem, []) for path in sorted((ROOT / "clusters").glob("*.toml"))} | VARIANTS
    deployments = []
    for name, (example, settings) in wanted.items():
        index = synthesise(example, settings, folder / name)
        if index is None:
            continue
        deployment = Deployment(name, index["region"])
        for file in index["files"]:
            if file["kind"] not in NOT_JUDGED:
                path = folder / name / file["path"]
                deployment.documents.append(Document(path, file["kind"], path.read_text(), None, deployment))
        deployments.append(deployment)
    documents = [document for deployment in deployments for document in deployment.documents]
    written = [document for document in documents if document.kind == "pcluster"]
    for document, tree in zip(written, judges.load_yaml([document.path for document in written]), strict=True):
        document.tree = tree
    for document in documents:
        if document.path.suffix == ".json":
            document.tree = json.loads(document.text)
    return deployments

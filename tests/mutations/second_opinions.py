"""What judges that are not ours say of mutated files: ParallelCluster's schema and validators, and cfn-lint.

disagreements.py lists where they find nothing, and why.
"""
import pathlib

import judges
from all_faults import places_of
from documents import Document
from moto_server import Moto
from pcluster_account import Account


def mutated_texts(mutations, outputs, region="") -> dict[str, tuple[Document, str]]:
    """{name: (good document, its text with the fault)}; the shortest, which costs a judge least, if possible of a
    region."""
    texts = {}
    for mutation in mutations:
        document, edit = min(places_of(mutation, outputs),
                             key=lambda place: (region not in place[0].deployment.region, len(place[0].text)))
        texts[mutation.name] = (document, document.render(edit)[0])
    return texts


def ask_cfn_lint(mutations, outputs, folder: pathlib.Path) -> dict[str, list[str]]:
    """Errors and warnings of cfn-lint by the name of the mutation, with one process a region."""
    said = {mutation.name: [] for mutation in mutations}
    paths = {}
    for name, (document, text) in mutated_texts(mutations, outputs).items():
        paths.setdefault(document.deployment.region, []).append(folder / f"{name}.json")
        paths[document.deployment.region][-1].write_text(text)
    for region, files in paths.items():
        for finding in judges.cfn_lint(files, region):
            if finding.level != "Informational":
                said[pathlib.Path(finding.file).stem].append(f"{finding.rule}: {finding.message}")
    return said


def ask_pcluster(mutations, outputs, folder: pathlib.Path) -> dict[str, list[str]]:
    """What the schema refuses, else what the validators say that they don't say of the good file."""
    with Moto("us-east-2") as moto:
        account = Account(moto)
        texts = mutated_texts(mutations, outputs, moto.region)
        whole = [folder / f"{name}.yaml" for name in texts]
        for path in whole:
            path.write_text(texts[path.stem][1])
        refused = dict(zip(texts, judges.pcluster_schema(*whole), strict=True))
        in_account = {}
        for name, (document, text) in texts.items():
            for label, each in ((name, text), (document.deployment.name, document.text)):
                # moto has images in one region; where a file is says nothing about its faults.
                here = each.replace(f"Region: {document.deployment.region}\n", f"Region: {moto.region}\n")
                in_account[label] = folder / f"{label}.account.yaml"
                in_account[label].write_text(account.fill_in(here))
        found = dict(zip(in_account, judges.pcluster_dry_runs(in_account.values(), moto), strict=True))
    return {name: refused[name] or [line for line in found[name] if not line.startswith("INFO")
                                    and line not in found[document.deployment.name]]
            for name, (document, _) in texts.items()}

"""What judges that are not ours say of mutated files: ParallelCluster's schema and validators, and cfn-lint."""
import pathlib

import judges
from all_faults import places_of
from moto_server import Moto
from pcluster_account import REMARKS, Account


def write_mutated(mutations, outputs, folder: pathlib.Path) -> dict[str, tuple[pathlib.Path, str]]:
    """{name: (mutated file, region)}, of the shortest file that has a place, which costs a judge least."""
    written = {}
    for mutation in mutations:
        document, edit = min(places_of(mutation, outputs), key=lambda place: len(place[0].text))
        path = folder / f"{mutation.name}{document.path.suffix}"
        path.write_text(document.render(edit)[0])
        written[mutation.name] = (path, document.deployment.region)
    return written


def ask_cfn_lint(mutations, outputs, folder) -> dict[str, list[str]]:
    """Errors and warnings of cfn-lint by the name of the mutation, with one process a region."""
    said = {mutation.name: [] for mutation in mutations}
    files = write_mutated(mutations, outputs, folder)
    for region in sorted({region for _, region in files.values()}):
        paths = [path for path, where in files.values() if where == region]
        for finding in judges.cfn_lint(paths, region):
            if finding.level != "Informational":
                said[pathlib.Path(finding.file).stem].append(f"{finding.rule}: {finding.message}")
    return said


def ask_pcluster(mutations, outputs, folder) -> dict[str, list[str]]:
    """What the schema refuses, else what the validators say beside their remarks on good files."""
    with Moto("us-east-2") as moto:
        account = Account(moto)
        files = write_mutated(mutations, outputs, folder)
        for path, region in files.values():
            # moto has images in one region; where a file is says nothing about most faults.
            here = path.read_text().replace(f"Region: {region}\n", f"Region: {moto.region}\n")
            path.write_text(account.fill_in(here))
        paths = [path for path, _ in files.values()]
        schema = judges.pcluster_schema(*paths)
        dry_runs = judges.pcluster_dry_runs(paths, moto)
    return {name: refused or [line for line in found if not any(f"WARNING: {remark}:" in line for remark in REMARKS)]
            for name, refused, found in zip(files, schema, dry_runs, strict=True)}

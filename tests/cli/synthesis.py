"""Every file that synth writes of every example, read as a stranger would: what the tests of weaknesses share."""
import functools
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from cli_support import ROOT, TRIREME

BUILT = [path for path in sorted((ROOT / "clusters").glob("*.toml"))
         if path.stem not in {"eks", "hyperpod-eks", "hyperpod-slurm"}]
# Five nodes of every kind, over three zones.
CROWD = """\
version = 1
[cluster]
name = "crowd"
orchestrator = "batch"
region = "us-west-2"
zones = ["usw2-az1", "usw2-az2", "usw2-az3"]
[network]
secondary_cidr = "10.1.0.0/16"
internet = "nat-per-zone"
[storage.fsx]
mount = "/fsx"
size_gib = 1200
throughput = 250
data_repository = "storage.corpus"
[storage.home]
kind = "openzfs"
mount = "/home"
size_gib = 512
throughput = 320
[storage.corpus]
kind = "bucket"
[nodes.head]
role = "controller"
instance = "m5.8xlarge"
[nodes.trn]
instance = "trn1.32xlarge"
[nodes.arm]
instance = "hpc7g.16xlarge"
[nodes.old]
instance = "p4d.24xlarge"
capacity = { kind = "reservation-group", id = "arn:aws:resource-groups:us-west-2:111122223333:group/p4d" }
[nodes.new]
instance = "p5en.48xlarge"
count = 2
[nodes.plain]
instance = "g4dn.2xlarge"
count = 0
max_count = 3
[monitoring]
email = "ops@example.com"
hyperpod = ["hp"]
"""
CROWDS = {"batch": (),
          "parallelcluster": ("--set", "cluster.orchestrator=parallelcluster", "--set", "accounting.kind=aurora")}


def no_twins(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a key twice among {keys}")
    return dict(pairs)


def walk(value, path=()):
    """Every value inside, and itself, with the keys that lead there."""
    yield path, value
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from walk(part, (*path, key))


def texts(value):
    return [(path, part) for path, part in walk(value) if isinstance(part, str)]


def only(function):
    """The argument of {"Fn::X": argument}, of a node that is one."""
    return lambda node: node[function] if isinstance(node, dict) and list(node) == [function] else None


ref, get_att, import_value, substitution = map(only, ("Ref", "Fn::GetAtt", "Fn::ImportValue", "Fn::Sub"))


def target_of(node):
    """The resource of the same template that the node refers to."""
    return ref(node) or (get_att(node) or [None])[0]


def substituted(node):
    """Fn::Sub's text and the names in it that are not given beside it."""
    said = substitution(node)
    text, given = said if isinstance(said, list) else (said, {})
    return text, [name for name in re.findall(r"\$\{([^!}][^}]*)\}", text) if name not in given]


class Synthesis:
    """What synth wrote of one description."""

    def __init__(self, name, description, folder, *words, facts=None):
        self.name, self.folder = name, folder
        env = os.environ | ({"TRIREME_FACTS": str(facts)} if facts else {})
        done = subprocess.run([TRIREME, "synth", description, "--out", folder, *words], text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, env=env)
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {done.stderr}")
        self.index = json.loads((folder / "synth.json").read_text(), object_pairs_hook=no_twins)
        self.files = {each["path"]: (folder / each["path"]).read_text() for each in self.index["files"]}
        self.templates = {each["target"]: json.loads(self.files[each["path"]], object_pairs_hook=no_twins)
                          for each in self.index["files"] if each["kind"] == "cloudformation"}

    def resources(self, kind=None):
        """(template, logical id, resource) of one type, or all."""
        return [(target, name, resource) for target, template in self.templates.items()
                for name, resource in template["Resources"].items() if kind in (None, resource["Type"])]

    def exports(self):
        return {out["Export"]["Name"]: (target, out["Value"]) for target, template in self.templates.items()
                for out in template.get("Outputs", {}).values()}

    def follow(self, node):
        """The resource that an import or a reference leads to."""
        export = import_value(node)
        return target_of(self.exports()[export][1] if export else node)


@functools.cache
def temporary():
    return tempfile.TemporaryDirectory()


@functools.cache
def everything():
    """Every example that is built, and CROWD for both orchestrators."""
    folder = pathlib.Path(temporary().name)
    (folder / "crowd.toml").write_text(CROWD)
    found = [Synthesis(path.stem, path, folder / path.stem) for path in BUILT]
    for orchestrator, words in CROWDS.items():
        found.append(Synthesis(f"crowd on {orchestrator}", folder / "crowd.toml", folder / f"crowd-{orchestrator}",
                               *words))
    return found


class WeaknessTest(unittest.TestCase):
    where = ""

    def _formatMessage(self, msg, standardMsg):
        return super()._formatMessage(f"{self.where} {msg or ''}", standardMsg)

    def each(self):
        for synthesis in everything():
            self.where = synthesis.name
            yield synthesis

    def each_resource(self, *kinds):
        """At least one has to be there."""
        seen = 0
        for synthesis in everything():
            for target, name, resource in synthesis.resources():
                if resource["Type"] in kinds or not kinds:
                    seen += 1
                    self.where = f"{synthesis.name}, {target}, {name}"
                    yield synthesis, name, resource.get("Properties", {}), resource
        self.assertGreater(seen, 0, kinds)

    def each_text(self):
        """Whole files, shell scripts in templates as they are run."""
        for synthesis in everything():
            for path, text in synthesis.files.items():
                self.where = f"{synthesis.name}, {path}"
                yield synthesis, path, text.replace("\\n", "\n")

    def assert_nowhere(self, pattern):
        for _, _, text in self.each_text():
            self.assertEqual([], re.findall(pattern, text))

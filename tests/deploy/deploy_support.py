"""What the tests of `trireme deploy` share: descriptions, an account that commands play, and a look into it."""
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from scripted_aws import ROOT, TRIREME, ScriptedAws

SCALE = int(os.environ.get("TRIREME_TEST_SCALE", "1"))
LLAMA = (ROOT / "clusters/llama.toml").read_text()
DATA = """version = 1
[cluster]
name = "data"
orchestrator = "parallelcluster"
region = "us-east-2"
zones = ["use2-az3", "use2-az1"]
[network]
cidr = "10.0.0.0/16"
[accounting]
kind = "aurora"
[storage.home]
kind = "openzfs"
mount = "/home"
size_gib = 512
throughput = 320
[storage.corpus]
kind = "bucket"
[monitoring]
email = "ops@example.com"
[nodes.head]
role = "controller"
instance = "m5.8xlarge"
[nodes.gpu]
instance = "p4d.24xlarge"
count = 2
"""
BATCH = """version = 1
[cluster]
name = "jobs"
orchestrator = "batch"
region = "us-east-2"
zone = "use2-az3"
[nodes.gpu]
instance = "p4d.24xlarge"
count = 2
"""
# The same cluster with another orchestrator.
SLURM_JOBS = (BATCH.replace('"batch"', '"parallelcluster"')
              + '[nodes.head]\nrole = "controller"\ninstance = "m5.large"\n')
DESCRIPTIONS = {"llama": LLAMA, "data": DATA, "jobs": BATCH}


class Account(ScriptedAws):
    """An account, a folder for descriptions and state, and `trireme deploy` in between."""

    def __init__(self, folder, **changes):
        super().__init__(pathlib.Path(folder) / "aws", **changes)
        self.home = pathlib.Path(folder)
        self.state = self.home / "state"

    def copy_of(self, other: "Account") -> "Account":
        self.write_world(other.world())
        if (other.folder / "objects").exists():
            shutil.copytree(other.folder / "objects", self.folder / "objects", dirs_exist_ok=True)
        return self

    def start(self, verb, text, *words, env=None, poll=0.002) -> subprocess.Popen:
        description = self.home / f"{zlib.crc32(text.encode()):08x}.toml"
        if not description.exists():  # another process may be about to read it
            description.write_text(text)
        argv = [TRIREME, "deploy", verb, description, "--state", self.state, "--poll", poll, *words]
        if verb in ("apply", "delete") and "--no-yes" not in words:
            argv.append("--yes")
        return subprocess.Popen([str(word) for word in argv if word != "--no-yes"], env=self.env | (env or {}),
                                text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def deploy(self, verb, text, *words, code=0, **options):
        """Runs to the end. `code` None: however it ends."""
        process = self.start(verb, text, *words, **options)
        out, err = process.communicate(timeout=120)
        if code is not None and process.returncode != code:
            raise AssertionError(f"deploy {verb} {words} ended with {process.returncode}, not {code}:\n{err}{out}")
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def strike(self, *faults):
        """Faults whose "call" counts from the next call on."""
        done = self.world().get("num_calls", 0)
        self.script(*[fault | ({"call": done + fault["call"]} if "call" in fault else {}) for fault in faults])


def contents(world: dict) -> dict:
    """What the account holds, told apart from how it came about: ids that AWS makes up read STACK/LOGICAL_ID."""
    places = collections.defaultdict(list)  # of an attribute's value
    for resource in world.get("resources", {}).values():
        for name, value in resource["attributes"].items():
            if isinstance(value, str) and len(value) >= 8:
                places[value].append((f"{resource['stack']}/{resource['logical_id']}", name))
    # What several resources have, as 0.0.0.0/0, is nothing that AWS made up for one.
    names = {value: "{}.{}".format(*of[0]) for value, of in places.items() if len({place for place, _ in of}) == 1}
    for key, resource in world.get("resources", {}).items():
        names[key.split("#")[0]] = f"{resource['stack']}/{resource['logical_id']}"
    order = sorted(names, key=len, reverse=True)

    def neutral(value) -> str:
        text = json.dumps(value, sort_keys=True)
        for name in order:
            text = text.replace(name, names[name])
        return text

    stacks = {}
    for name, stack in world.get("stacks", {}).items():
        done = stack["status"].removeprefix("CREATE_").removeprefix("UPDATE_")
        pending = [key for key, each in stack["change_sets"].items() if each["execution"] != "EXECUTE_COMPLETE"]
        stacks[name] = {"status": done, "resources": sorted(stack["resources"]), "pending": pending,
                        "outputs": neutral(stack["outputs"]),
                        "tags": sorted((tag["Key"], tag["Value"]) for tag in stack["tags"])}
    # "Configuration" is a hash of a cluster's configuration, with ids in it; "clusters" has the whole.
    return {"stacks": stacks,
            "resources": sorted((str(each["stack"]), each["logical_id"], each["type"],
                                 neutral({key: value for key, value in each["properties"].items()
                                          if key != "Configuration"}))
                                for each in world.get("resources", {}).values()),
            "buckets": {neutral(name): sorted(bucket["objects"]) for name, bucket in world.get("buckets", {}).items()},
            "parameters": sorted(name for name in world.get("ssm", {}) if name.startswith("/trireme/")),
            "clusters": {name: neutral(cluster["configuration"])
                         for name, cluster in world.get("clusters", {}).items()}}


NOTHING = contents({})


class DeployTest(unittest.TestCase):
    maxDiff = None

    def new_folder(self) -> str:
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        return folder.name

    def new_account(self, **changes) -> Account:
        return Account(self.new_folder(), **changes)

    def deployed(self, text, **changes) -> Account:
        account = self.new_account(**changes)
        account.deploy("apply", text)
        return account

    def assert_holds(self, account: Account, expected: dict):
        self.assertEqual(contents(account.world()), expected)

    def assert_says(self, done, *parts):
        for part in parts:
            self.assertIn(part, done.stderr)

"""Every example cluster before the judges: cfn-lint, checkov, ParallelCluster's schema and validators, botocore."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import judges
from moto_server import Moto

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRIREME = os.environ.get("TRIREME_BIN", str(ROOT / "build/release/bin/trireme"))

# Parts of a configuration that ParallelCluster's validators look up in ways that moto does not play.
MOTO_LACKS = {
    r"^ +CapacityReservationTarget:\n +\S+: \S+\n": "it has no capacity reservations",
    r"^ +CapacityType: CAPACITY_BLOCK\n": "which such a queue would need",
    r"^SharedStorage:\n(?: .*\n)+": "its file systems have no Lifecycle, and ids of another form",
    r"^ +Database:\n(?: {6}.*\n)+": "its secrets can't have the ARN that stands in for ours",
    r"^ +S3Access:\n(?: +- .*\n +EnableWriteAccess.*\n)+": "the bucket that stands in for ours is not there",
    r"^ +Image:\n +CustomAmi: \S+\n|^ +CustomAmi: \S+\n": "it knows one image",
    r"^ +KeyName: \S+\n": "its key pairs have no type",
}

# What ParallelCluster's validators remark on good examples.
REMARKS = {
    "DetailedMonitoringValidator": "metrics every minute cost something; monitoring.detailed is the user's choice",
    "EfaPlacementGroupValidator": "the group is off with reserved capacity alone, as the remark itself expects",
}


class Account:
    """What an example refers to, made in moto: networks, groups, file systems, buckets, secrets."""

    def __init__(self, moto: Moto):
        self.moto = moto
        vpc = moto.aws("ec2", "create-vpc", "--cidr-block", "10.0.0.0/16")["Vpc"]["VpcId"]
        moto.aws("ec2", "modify-vpc-attribute", "--vpc-id", vpc, "--enable-dns-hostnames")
        zone = moto.aws("ec2", "describe-availability-zones")["AvailabilityZones"][0]["ZoneName"]
        self.subnet = moto.aws("ec2", "create-subnet", "--vpc-id", vpc, "--cidr-block", "10.0.128.0/17",
                               "--availability-zone", zone)["Subnet"]["SubnetId"]
        self.group = moto.aws("ec2", "create-security-group", "--group-name", "nodes", "--description", "nodes",
                              "--vpc-id", vpc)["GroupId"]
        moto.aws("ec2", "authorize-security-group-egress", "--group-id", self.group, "--ip-permissions",
                 f"IpProtocol=-1,UserIdGroupPairs=[{{GroupId={self.group}}}]")
        moto.aws("ec2", "authorize-security-group-ingress", "--group-id", self.group, "--protocol", "-1",
                 "--source-group", self.group)

    def fill_in(self, configuration: str) -> str:
        """The configuration with ids of this account in place of placeholders, less what moto can't answer for."""
        text = configuration
        for part in MOTO_LACKS:
            text = re.sub(part, "", text, flags=re.M)
        text = re.sub(r"subnet-[0-9a-f]{17}", self.subnet, text)
        return re.sub(r"\bsg-[0-9a-f]{17}", self.group, text)


def synthesise(example: pathlib.Path, folder: pathlib.Path):
    done = subprocess.run([TRIREME, "synth", str(example), "--out", str(folder)], text=True, capture_output=True)
    if "not built yet" in done.stderr:
        return None
    if done.returncode != 0:
        raise RuntimeError(f"{example.name}: {done.stderr}")
    return json.loads((folder / "synth.json").read_text())


class ClustersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.files = []  # (example, region, kind, path)
        for example in sorted((ROOT / "clusters").glob("*.toml")):
            folder = pathlib.Path(cls.temporary.name) / example.stem
            index = synthesise(example, folder)
            if index is None:
                continue
            cls.files += [(example.stem, index["region"], file["kind"], folder / file["path"]) for file in index["files"]]

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def of_kind(self, kind):
        return [(example, region, path) for example, region, found, path in self.files if found == kind]

    def test_there_are_enough_examples_in_every_partition(self):
        regions = {region for _, region, _, _ in self.files}
        self.assertGreaterEqual(len({example for example, *_ in self.files}), 12)
        self.assertTrue({"us-gov-west-1", "cn-north-1"} <= regions, regions)

    def test_cfn_lint_finds_no_error_and_no_warning(self):
        for region in sorted({region for _, region, _ in self.of_kind("cloudformation")}):
            paths = [path for _, where, path in self.of_kind("cloudformation") if where == region]
            found = [finding for finding in judges.cfn_lint(paths, region) if finding.level != "Informational"]
            self.assertEqual([], list(map(str, found)), region)

    def test_checkov_finds_nothing_that_no_reason_excuses(self):
        found = judges.checkov([path for _, _, path in self.of_kind("cloudformation")])
        self.assertEqual([], list(map(str, found)))

    def test_parallelcluster_takes_every_configuration(self):
        paths = [path for _, _, path in self.of_kind("pcluster")]
        for path, problems in zip(paths, judges.pcluster_schema(*paths), strict=True):
            self.assertEqual([], problems, path)

    def test_parallelcluster_validators_agree(self):
        """A dry run in the one region whose images moto is told of."""
        with Moto("us-east-2") as moto:
            account = Account(moto)
            for example, region, path in self.of_kind("pcluster"):
                if region != moto.region:
                    continue
                path.with_suffix(".judged.yaml").write_text(account.fill_in(path.read_text()))
                found = judges.pcluster_dry_run(path.with_suffix(".judged.yaml"), moto)
                unexpected = [line for line in found if not any(f"WARNING: {name}:" in line for name in REMARKS)]
                self.assertEqual([], unexpected, example)

    def test_botocore_takes_every_job(self):
        for example, _, path in self.of_kind("batch-job"):
            problems = judges.botocore_shape("batch", "SubmitJob", json.loads(path.read_text()), "request")
            self.assertEqual([], problems, example)

    def test_every_deployers_policy_is_sound(self):
        policies = self.of_kind("policy")
        self.assertEqual({example for example, _, _ in policies}, {example for example, *_ in self.files})
        for (example, _, path), problems in zip(policies, judges.iam_policy([path for *_, path in policies]), strict=True):
            self.assertEqual([], problems, f"{example}: {path.name}")


if __name__ == "__main__":
    unittest.main()

"""What the tests of commands that look at an account share: three descriptions, and an account that commands play."""
import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / name) for name in ("support", "cli")]
from cli_support import CliTest
from scripted_aws import ScriptedAws

SLURM = """version = 1
[cluster]
name = "Slurm1"
orchestrator = "parallelcluster"
region = "us-east-2"
zones = ["use2-az3", "use2-az1"]
tags = { team = "research" }
[storage.fsx]
kind = "lustre"
mount = "/fsx"
size_gib = 4800
throughput = 250
data_repository = "s3://acme-corpus"
[storage.home]
kind = "openzfs"
mount = "/home"
size_gib = 512
throughput = 320
[storage.data]
kind = "bucket"
[accounting]
kind = "aurora"
[nodes.head]
role = "controller"
instance = "m5.8xlarge"
[nodes.door]
role = "login"
instance = "m5.large"
[nodes.gpu]
role = "worker"
instance = "p5.48xlarge"
count = 2
setup = ["s3://acme-scripts/setup.sh"]
"""
BATCH = """version = 1
[cluster]
name = "jobs"
orchestrator = "batch"
region = "us-east-2"
zone = "use2-az1"
tags = { team = "research" }
[monitoring]
email = "ops@example.com"
[storage.fsx]
kind = "lustre"
mount = "/fsx"
size_gib = 1200
throughput = 125
[nodes.gpu]
role = "worker"
instance = "p4d.24xlarge"
count = 2
"""
SMALL = """version = 1
[cluster]
name = "small"
orchestrator = "parallelcluster"
region = "us-east-2"
zone = "use2-az1"
[network]
internet = "closed"
[nodes.head]
role = "controller"
instance = "m5.large"
[nodes.gpu]
role = "worker"
instance = "g5.xlarge"
count = 1
"""


class AccountTest(CliTest):
    def setUp(self):
        super().setUp()
        self.account = ScriptedAws(self.folder / "aws")

    def trireme(self, *words, code=0):
        done = self.run_trireme(*words, env=self.account.env)
        self.assertEqual(done.returncode, code, f"{words}: {done.stderr}{done.stdout}")
        return done

    def instance(self, number, tags, state="running", **more):
        """An instance as EC2 shows it."""
        return {"InstanceId": f"i-{number:017x}", "InstanceType": "p5.48xlarge",
                "LaunchTime": "2026-01-01T00:00:00+00:00",
                "Placement": {"AvailabilityZone": "us-east-2a"}, "State": {"Code": 16, "Name": state},
                "Tags": [{"Key": key, "Value": value} for key, value in tags.items()], **more}

    def set_instances(self, *instances):
        self.account.change_world(ec2=self.account.world()["ec2"] | {"Instances": list(instances)})

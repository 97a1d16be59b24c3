"""trireme deploy through the real aws command, against moto: what moto has is made, resumed and deleted."""
import json
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

from deploy_support import BATCH, TRIREME
from moto_server import JUDGES, LOOK_UP, Moto

# Types that moto leaves out of a stack although it reports CREATE_COMPLETE, and why.
# moto has no policies of buckets, queues and topics; of a group's rules in resources of their own it makes those that
# let in, without an id to find them by.
SKIPPED_POLICIES = {"AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"}
SKIPPED_IN_NETWORK = {"AWS::S3::BucketPolicy", "AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress"}


@unittest.skipUnless((JUDGES / "moto_server").exists(),
                     "build/judges is not there; tests/support/fetch_judges.py makes it")
class RealCommandLineTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.moto = Moto().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.moto.__exit__()

    def setUp(self):
        self.moto.reset()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def start(self, verb, text, *words):
        description = self.folder / "cluster.toml"
        description.write_text(text)
        return subprocess.Popen([TRIREME, "deploy", verb, description, "--state", self.folder / "state", "--poll",
                                 "0.05",
                                 *words], env=self.moto.env, text=True, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def deploy(self, verb, text, *words):
        process = self.start(verb, text, *words)
        out, err = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, err + out)
        return out

    def stacks(self):
        return {stack["StackName"]: stack["StackStatus"]
                for stack in self.moto.aws("cloudformation", "describe-stacks")["Stacks"]}

    def template_of(self, stack):
        return self.moto.aws("cloudformation", "get-template", "--stack-name", stack)["TemplateBody"]

    def assert_made(self, skipped_types, *stacks):
        """Every resource of the stacks' templates is there, but for the types that moto skips."""
        skipped = set()
        for stack in stacks:
            self.assertEqual(self.stacks()[stack], "CREATE_COMPLETE")
            body = self.template_of(stack)
            made = self.moto.aws("cloudformation", "describe-stack-resources", "--stack-name", stack)["StackResources"]
            ids = {each.get("LogicalResourceId"): each.get("PhysicalResourceId") for each in made}
            for logical_id, resource in body["Resources"].items():
                look_up = LOOK_UP.get(resource["Type"])
                if not ids.get(logical_id):
                    skipped.add(resource["Type"])
                elif look_up:
                    found = self.moto.aws_process(*look_up.split(), ids[logical_id])
                    self.assertEqual(found.returncode, 0, f"{logical_id}: {found.stderr}")
        self.assertEqual(skipped, skipped_types)

    def apply_what_moto_can(self, text, lack):
        process = self.start("apply", text, "--yes")
        _, err = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 3, err)
        self.assertRegex(err, f"batch: failed: .*{lack}")

    def adopted(self):
        """The description with a network that is there, so that nothing imports, and mail."""
        vpc = self.moto.aws("ec2", "create-vpc", "--cidr-block", "10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = self.moto.aws("ec2", "create-subnet", "--vpc-id", vpc, "--cidr-block",
                               "10.0.0.0/20")["Subnet"]["SubnetId"]
        group = self.moto.aws("ec2", "create-security-group", "--group-name", "nodes", "--description", "nodes",
                              "--vpc-id",
                              vpc)["GroupId"]
        return BATCH + (f'[network]\nvpc = "{vpc}"\nsubnet = "{subnet}"\npublic_subnet = "{subnet}"\n'
                        f'security_group = "{group}"\n[monitoring]\nemail = "ops@example.com"\n')

    def test_apply_killed_and_resumed_then_deleted(self):
        text = self.adopted()
        process = self.start("apply", text, "--yes")
        deadline = time.monotonic() + 120
        while not self.stacks():
            self.assertIsNone(process.poll(), "it ended before it could be killed")
            self.assertLess(time.monotonic(), deadline)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.deploy("apply", text, "--yes")
        # Not jobs-batch: moto wants a service role, which Batch does without, and answers with a page of HTML at first.
        self.assert_made(SKIPPED_POLICIES, "jobs-buckets", "jobs-events")
        self.assertEqual(self.deploy("plan", text).count("is as described"), 3)
        self.deploy("delete", text, "--data", "--yes")
        self.assertEqual(self.stacks(), {})
        self.assertEqual(self.moto.aws("s3api", "list-buckets")["Buckets"], [])
        self.assertEqual(self.moto.aws("ssm", "describe-parameters")["Parameters"], [])

    def test_network(self):
        # moto registers exports only of stacks that create-stack made, not a change set: what imports fails.
        self.apply_what_moto_can(BATCH, "No export named jobs-network-")
        self.assert_made(SKIPPED_IN_NETWORK, "jobs-buckets", "jobs-network")

    def test_the_command_line_puts_pages_together(self):
        """A call without NextToken gives all pages; one with it, which the scripted AWS may ask for, the next page."""
        template = self.folder / "exports.json"
        template.write_text(json.dumps({
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {f"O{i}": {"Value": "x", "Export": {"Name": f"export-{i}"}} for i in range(250)}}))
        self.moto.aws("cloudformation", "create-stack", "--stack-name", "exports", "--template-body",
                      f"file://{template}")
        request = self.folder / "request.json"
        request.write_text("{}")
        words = ("cloudformation", "list-exports", "--cli-input-json", f"file://{request}")
        answer = self.moto.aws(*words)
        self.assertEqual((len(answer["Exports"]), "NextToken" in answer), (250, False))


if __name__ == "__main__":
    unittest.main()

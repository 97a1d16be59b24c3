"""Each judge accepts a good file and rejects a bad one."""
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import judges
from moto_server import Moto, deploy_and_compare

NETWORK = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Resources": {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Group": {"Type": "AWS::EC2::SecurityGroup",
                  "Properties": {"GroupDescription": "inside", "VpcId": {"Ref": "Vpc"}}},
    },
}
CLUSTER = """\
Region: us-east-2
Image: {{Os: ubuntu2204}}
HeadNode:
  InstanceType: m5.large
  Networking: {{SubnetId: {subnet}}}
  Ssh: {{KeyName: key}}
Scheduling:
  Scheduler: slurm
  SlurmQueues:
    - Name: compute
      ComputeResources:
        - {{Name: nodes, InstanceType: {instance_type}, MinCount: 0, MaxCount: 4, Efa: {{Enabled: true}}}}
      Networking: {{SubnetIds: [{subnet}], PlacementGroup: {{Enabled: true}}}}
"""


class JudgeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, content):
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def template(self, name, **resources):
        return self.write(name, {**NETWORK, "Resources": {**NETWORK["Resources"], **resources}})

    def cluster(self, name="cluster.yaml", subnet="subnet-0123456789abcdef0", instance_type="c5n.18xlarge"):
        return self.write(name, CLUSTER.format(subnet=subnet, instance_type=instance_type))


class ShellcheckTest(JudgeTest):
    def test_an_unquoted_variable_is_found_in_the_file_that_has_it(self):
        good = self.write("good.sh", '#!/bin/sh\necho "$1"\n')
        bad = self.write("bad.sh", "#!/bin/sh\necho $1\n")
        self.assertEqual([(each.rule, each.file, each.where) for each in judges.shellcheck([good, bad])],
                         [("SC2086", str(bad), "line 2")])


class CfnLintTest(JudgeTest):
    def test_a_misspelt_property_is_found_in_the_file_that_has_it(self):
        good = self.template("good.json")
        bad = self.template("bad.json", Vpc={"Type": "AWS::EC2::VPC", "Properties": {"CidrBlok": "10.0.0.0/16"}})
        found = judges.cfn_lint([good, bad], "us-east-2")
        self.assertIn(("Error", "E3002", str(bad)), [(each.level, each.rule, each.file) for each in found])
        self.assertNotIn(str(good), [each.file for each in found])

    def test_a_warning_counts(self):
        template = json.loads(self.template("x.json").read_text()) | {"Parameters": {"Unused": {"Type": "String"}}}
        (found,) = judges.cfn_lint([self.write("unused.json", template)], "us-east-2")
        self.assertEqual((found.level, found.rule), ("Warning", "W2001"))

    def test_no_template_is_not_a_good_template(self):
        with self.assertRaises(ValueError):
            judges.cfn_lint([], "us-east-2")
        self.assertTrue(judges.cfn_lint([self.write("empty.json", "")], "us-east-2"))


class CheckovTest(JudgeTest):
    OPEN = {"Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "open", "VpcId": {"Ref": "Vpc"}, "SecurityGroupIngress": [
                {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0", "Description": "ssh"}]}}

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "open.json"
            path.write_text(json.dumps({**NETWORK, "Resources": {**NETWORK["Resources"], "Open": cls.OPEN,
                                                                 "Wide": cls.OPEN}}))
            cls.found = judges.checkov_failures([path])

    def not_excused(self, *rows):
        return judges.not_excused(self.found, self.write("allow.tsv", "\n".join(["id\tresource\treason", *rows]) + "\n"))

    def test_ssh_open_to_the_world_is_found(self):
        self.assertEqual([each.where for each in self.not_excused() if each.rule == "CKV_AWS_24"],
                         ["AWS::EC2::SecurityGroup.Open", "AWS::EC2::SecurityGroup.Wide"])

    def test_a_row_excuses_its_finding_only(self):
        found = self.not_excused("CKV_AWS_24\t*.Open\ta bastion")
        self.assertEqual([each.where for each in found if each.rule == "CKV_AWS_24"], ["AWS::EC2::SecurityGroup.Wide"])
        self.assertEqual(len(found), len(self.found) - 1)

    def test_a_row_that_excuses_nothing_is_found(self):
        found = self.not_excused("CKV_AWS_24\t*.Gone\tno longer there")
        self.assertIn(("CKV_AWS_24", "*.Gone"), [(each.rule, each.where) for each in found])
        self.assertIn("remove it", str(found[-1]))

    def test_a_file_that_is_no_template_is_not_passed_over(self):
        with self.assertRaises(RuntimeError):
            judges.checkov_failures([self.write("broken.json", '{"Resources": {')])


class ParallelClusterTest(JudgeTest):
    def test_the_schema_names_the_key_that_it_does_not_know(self):
        bad = self.write("bad.yaml", self.cluster().read_text().replace("MaxCount", "MaximumCount"))
        good_says, bad_says = judges.pcluster_schema(self.cluster(), bad)
        self.assertEqual(good_says, [])
        self.assertIn("MaximumCount: Unknown field.", bad_says[0])

    def test_the_validators_look_into_the_account(self):
        with Moto() as moto:
            vpc = moto.aws("ec2", "create-vpc", "--cidr-block", "10.0.0.0/16")["Vpc"]["VpcId"]
            made = moto.aws("ec2", "create-subnet", "--vpc-id", vpc, "--cidr-block", "10.0.1.0/24")
            subnet = made["Subnet"]["SubnetId"]
            moto.aws("ec2", "modify-subnet-attribute", "--subnet-id", subnet, "--no-map-public-ip-on-launch")
            for attribute in ("support", "hostnames"):
                moto.aws("ec2", "modify-vpc-attribute", "--vpc-id", vpc, f"--enable-dns-{attribute}")
            good, no_efa, nowhere = judges.pcluster_dry_runs([
                self.cluster("good.yaml", subnet), self.cluster("no_efa.yaml", subnet, instance_type="m5.large"),
                self.cluster("nowhere.yaml")], moto)
            self.assertEqual(good, [])
            self.assertIn("EfaValidator", "".join(no_efa))
            self.assertIn("subnet-0123456789abcdef0", "".join(nowhere))

    def test_an_answer_that_pcluster_never_gives_is_found(self):
        fleet = {"status": "RUNNING", "lastStatusUpdatedTime": "2026-01-01T00:00:00.000Z"}
        good, bad_enum, unknown_key = judges.pcluster_answers(
            ("describe-compute-fleet", answer) for answer in (fleet, fleet | {"status": "FINE"}, fleet | {"x": 1}))
        self.assertEqual(good, [])
        self.assertIn("'FINE' is not one of", bad_enum[0])
        self.assertIn("'x' was unexpected", unknown_key[0])


class MotoTest(JudgeTest):
    def test_a_resource_type_that_moto_skips_is_not_taken_for_made(self):
        template = self.template("storage.json", Scratch={"Type": "AWS::FSx::FileSystem", "Properties": {
            "FileSystemType": "LUSTRE", "StorageCapacity": 1200, "SubnetIds": ["subnet-1"]}})
        with Moto() as moto:
            deployment = deploy_and_compare(moto, template)
            self.assertEqual(deployment.status, "CREATE_COMPLETE")  # moto's claim
            self.assertEqual(set(deployment.created), {"Vpc", "Group"})
            self.assertEqual(deployment.skipped, {"Scratch": "moto does not make AWS::FSx::FileSystem"})
            moto.reset()
            self.assertEqual(deploy_and_compare(moto, self.template("good.json")).skipped, {})


class BotocoreTest(unittest.TestCase):
    def test_requests(self):
        good, unknown, missing, enum, length = judges.botocore_shapes(
            ("cloudformation", "create-change-set", {"StackName": "s", "ChangeSetName": "c"} | body, "request")
            for body in ({}, {"Stack": "s"}, {"Tags": [{"Key": "k"}]}, {"ChangeSetType": "NEW"}, {"StackName": ""}))
        self.assertEqual(good, [])
        self.assertEqual(unknown, ["CreateChangeSet.Stack: no such key"])
        self.assertEqual(missing, ["CreateChangeSet.Tags[0].Value: required, missing"])
        self.assertIn("'NEW' is none of CREATE, UPDATE", enum[0])
        self.assertIn("valid min length: 1", length[0])

    def test_answers(self):
        stack = {"StackName": "s", "CreationTime": "2026-01-01T00:00:00Z", "StackStatus": "CREATE_COMPLETE"}
        good, enum, kind = judges.botocore_shapes(
            ("cloudformation", "describe-stacks", {"Stacks": [stack | change]}, "response")
            for change in ({}, {"StackStatus": "DONE"}, {"Tags": {}}))
        self.assertEqual(good, [])
        self.assertIn("DescribeStacks.Stacks[0].StackStatus: 'DONE' is none of", enum[0])
        self.assertEqual(kind, ["DescribeStacks.Stacks[0].Tags: dict where list is expected"])

    def test_an_operation_that_is_not_there(self):
        self.assertEqual(judges.botocore_shape("s3api", "explode", {}, "request"), ["s3api has no operation explode"])


class CommandLineTest(unittest.TestCase):
    def test_an_option_that_the_command_lacks(self):
        def call(parameters=None, **input):
            return {"service": "cloudformation", "operation": "create-change-set", "region": "us-east-2", "words": [],
                    "input": input, "parameters": parameters or {}}
        good, by_file, unknown, missing, wrong = judges.command_lines([
            call({"stack-name": ["s"], "change-set-name": ["c"], "tags": ["Key=a,Value=b"]}),
            call(StackName="s", ChangeSetName="c"),
            call({"stack-name": ["s"], "change-set-name": ["c"], "stak": ["s"]}),
            call({"stack-name": ["s"]}),
            call(StackName="s", ChangeSetName=["c"])])
        self.assertEqual((good, by_file), ("", ""))
        self.assertIn("Unknown options: --stak", unknown)
        self.assertIn('Missing required parameter in input: "ChangeSetName"', missing)
        self.assertIn("Invalid type for parameter ChangeSetName", wrong)


if __name__ == "__main__":
    unittest.main()

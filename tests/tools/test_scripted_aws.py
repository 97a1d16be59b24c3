"""The scripted AWS: its stacks live as CloudFormation's do, its faults strike where told, its log tells all."""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from moto_server import JUDGES, Moto
from scripted_aws import ScriptedAws, uncovered

VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
SUBNET = {"Type": "AWS::EC2::Subnet", "Properties": {
    "VpcId": {"Ref": "Vpc"},
    "CidrBlock": {"Fn::Select": [1, {"Fn::Cidr": [{"Fn::GetAtt": ["Vpc", "CidrBlock"]}, 4, 8]}]},
    "AvailabilityZone": {"Fn::Select": [0, {"Fn::GetAZs": ""}]}}}
GROUP = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "inside", "VpcId": {"Ref": "Vpc"}}}
BUCKET = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": "data-of-tests"}}
NETWORK = {"Resources": {"Vpc": VPC, "Subnet": SUBNET}, "Outputs": {
    "VpcId": {"Value": {"Ref": "Vpc"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-VpcId"}}}}}
USER = {"Resources": {"Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {
    "GroupDescription": "user", "VpcId": {"Fn::ImportValue": "net-VpcId"}}}}}
CLUSTER = "Region: us-east-2\nHeadNode:\n  InstanceType: m5.large\nScheduling:\n  MaxCount: 4\n"


class ScriptedAwsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.account = self.new_account()

    def new_account(self, **changes):
        return ScriptedAws(tempfile.mkdtemp(dir=self.folder) + "/account", **changes)

    def file(self, content, name="template.json"):
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def cfn(self, operation, *words):
        return self.account.aws("cloudformation", operation, *words)

    def change_set(self, stack, template, *words, kind="UPDATE", name="change"):
        self.cfn("create-change-set", "--stack-name", stack, "--change-set-name", name, "--change-set-type", kind,
                 "--template-body", f"file://{self.file(template)}", *words)
        return self.cfn("describe-change-set", "--stack-name", stack, "--change-set-name", name)

    def execute(self, stack, *words, name="change"):
        self.cfn("execute-change-set", "--stack-name", stack, "--change-set-name", name, *words)

    def deploy(self, stack, template, *words, kind="CREATE"):
        self.change_set(stack, template, *words, kind=kind)
        self.execute(stack)
        return self.status(stack)

    def delete(self, stack):
        """The state that deletion ends in; only by its id is a deleted stack still found."""
        stack_id = self.cfn("describe-stacks", "--stack-name", stack)["Stacks"][0]["StackId"]
        self.cfn("delete-stack", "--stack-name", stack)
        return self.status(stack_id)

    def status(self, stack):
        return self.cfn("describe-stacks", "--stack-name", stack)["Stacks"][0]["StackStatus"]

    def refusal(self, *words, program="aws"):
        done = self.account.run(program, *words)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        return done.stderr + done.stdout


class StackTest(ScriptedAwsTest):
    def test_a_stack_is_made_with_ids_outputs_and_exports(self):
        self.assertEqual(self.deploy("net", NETWORK), "CREATE_COMPLETE")
        ids = {each["LogicalResourceId"]: each["PhysicalResourceId"]
               for each in self.cfn("describe-stack-resources", "--stack-name", "net")["StackResources"]}
        self.assertRegex(ids["Vpc"], "^vpc-[0-9a-f]{17}$")
        self.assertEqual(self.cfn("list-exports")["Exports"][0]["Value"], ids["Vpc"])
        (subnet,) = self.account.aws("ec2", "describe-subnets", "--subnet-ids", ids["Subnet"])["Subnets"]
        self.assertEqual((subnet["CidrBlock"], subnet["AvailabilityZone"]), ("10.0.1.0/24", "us-east-2a"))
        again = self.new_account()
        first, self.account = self.account, again
        self.deploy("net", NETWORK)
        self.assertEqual(again.world()["resources"], first.world()["resources"])  # the same template, the same ids

    def test_a_slow_stack_takes_its_polls(self):
        self.account = self.new_account(polls_per_resource=2)
        seen = [self.deploy("net", NETWORK)]
        while not seen[-1].endswith("COMPLETE"):
            seen.append(self.status("net"))
        self.assertEqual(seen, ["CREATE_IN_PROGRESS"] * 5 + ["CREATE_COMPLETE"])
        first, *_, last = self.cfn("describe-stack-events", "--stack-name", "net")["StackEvents"]
        self.assertEqual((first["ResourceStatus"], last["ResourceStatus"]), ("CREATE_COMPLETE", "REVIEW_IN_PROGRESS"))

    def test_a_change_set_tells_replacement_from_update(self):
        self.deploy("net", NETWORK)
        template = json.loads(json.dumps(NETWORK))
        template["Resources"]["Vpc"]["Properties"]["CidrBlock"] = "10.1.0.0/16"
        template["Resources"]["Group"] = GROUP
        changes = {change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"]
                   for change in self.change_set("net", template)["Changes"]}
        self.assertEqual({key: (change["Action"], change.get("Replacement")) for key, change in changes.items()},
                         {"Vpc": ("Modify", "True"), "Subnet": ("Modify", "Conditional"), "Group": ("Add", None)})
        old = self.account.aws("ec2", "describe-vpcs")["Vpcs"][-1]["VpcId"]
        self.execute("net")
        self.assertEqual(self.status("net"), "UPDATE_COMPLETE")
        new = [vpc["VpcId"] for vpc in self.account.aws("ec2", "describe-vpcs")["Vpcs"] if not vpc["IsDefault"]]
        self.assertNotIn(old, new)
        (subnet,) = [s for s in self.account.aws("ec2", "describe-subnets")["Subnets"] if not s["DefaultForAz"]]
        self.assertEqual(([subnet["VpcId"]], subnet["CidrBlock"]), (new, "10.1.1.0/24"))

    def test_tags_change_every_resource_and_nothing_changes_none(self):
        self.deploy("net", NETWORK)
        nothing = self.change_set("net", NETWORK)
        self.assertEqual((nothing["Status"], nothing["ExecutionStatus"]), ("FAILED", "UNAVAILABLE"))
        self.assertEqual(nothing["StatusReason"], "The submitted information didn't contain changes. Submit different "
                                                  "information to create a change set.")
        self.assertIn("InvalidChangeSetStatus",
                      self.refusal("cloudformation", "execute-change-set", "--stack-name", "net",
                                   "--change-set-name", "change"))
        tagged = self.change_set("net", NETWORK, "--tags", "Key=trireme:hash,Value=1", name="tagged")
        self.assertEqual([change["ResourceChange"]["Scope"] for change in tagged["Changes"]], [["Tags"], ["Tags"]])

    def test_a_token_makes_a_change_set_once(self):
        words = ["cloudformation", "create-change-set", "--stack-name", "net", "--change-set-name", "c",
                 "--change-set-type", "CREATE", "--template-body", f"file://{self.file(NETWORK)}", "--client-token"]
        self.assertEqual(self.account.aws(*words, "a"), self.account.aws(*words, "a"))
        self.assertIn("AlreadyExistsException", self.refusal(*words, "b"))
        self.assertEqual(self.status("net"), "REVIEW_IN_PROGRESS")

    def test_a_failed_creation_rolls_back(self):
        self.account.script({"fault": "stack_failure", "stack": "net", "logical_id": "Subnet",
                             "reason": "no space left"})
        self.assertEqual(self.deploy("net", NETWORK), "ROLLBACK_COMPLETE")
        events = self.cfn("describe-stack-events", "--stack-name", "net")["StackEvents"]
        (failure,) = [event for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
        self.assertEqual((failure["LogicalResourceId"], failure["ResourceStatusReason"]), ("Subnet", "no space left"))
        self.assertEqual([vpc for vpc in self.account.aws("ec2", "describe-vpcs")["Vpcs"] if not vpc["IsDefault"]], [])
        self.assertIn("is in ROLLBACK_COMPLETE state and can not be updated",
                      self.refusal("cloudformation", "create-change-set", "--stack-name", "net",
                                   "--change-set-name", "x", "--template-body", f"file://{self.file(NETWORK)}"))

    def test_a_failed_creation_may_be_left_for_a_look(self):
        self.account.script({"fault": "stack_failure", "stack": "net", "logical_id": "Subnet"})
        self.change_set("net", NETWORK, "--on-stack-failure", "DO_NOTHING", kind="CREATE")
        self.execute("net")
        self.assertEqual(self.status("net"), "CREATE_FAILED")

    def test_a_failed_update_restores_what_was(self):
        self.deploy("net", NETWORK)
        before = self.account.world()["resources"]
        self.account.script({"fault": "stack_failure", "stack": "net", "logical_id": "Group"})
        wider = {**NETWORK, "Resources": {"Vpc": {**VPC, "Properties": {"CidrBlock": "10.2.0.0/16"}}, "Subnet": SUBNET,
                                          "Group": GROUP}}
        self.assertEqual(self.deploy("net", wider, kind="UPDATE"), "UPDATE_ROLLBACK_COMPLETE")
        self.assertEqual(self.account.world()["resources"], before)

    def test_a_stuck_rollback_is_continued(self):
        self.deploy("net", NETWORK)
        self.account.script({"fault": "stack_failure", "stack": "net", "logical_id": "Subnet"},
                            {"fault": "stack_failure", "stack": "net", "logical_id": "Vpc", "phase": "rollback"})
        changed = {"Resources": {"Vpc": {**VPC, "Properties": {"CidrBlock": "10.2.0.0/16"}}, "Subnet": SUBNET}}
        self.assertEqual(self.deploy("net", changed, kind="UPDATE"), "UPDATE_ROLLBACK_FAILED")
        self.cfn("continue-update-rollback", "--stack-name", "net")
        self.assertEqual(self.status("net"), "UPDATE_ROLLBACK_COMPLETE")

    def test_an_export_in_use_holds_its_stack(self):
        self.deploy("net", NETWORK)
        self.deploy("user", USER)
        self.assertEqual(self.cfn("list-imports", "--export-name", "net-VpcId"), {"Imports": ["user"]})
        self.cfn("delete-stack", "--stack-name", "net")
        stack = self.cfn("describe-stacks", "--stack-name", "net")["Stacks"][0]
        self.assertEqual((stack["StackStatus"], stack["StackStatusReason"]),
                         ("DELETE_FAILED", "Export net-VpcId cannot be deleted as it is in use by user"))
        self.assertEqual(self.delete("user"), "DELETE_COMPLETE")
        self.assertEqual(self.delete("net"), "DELETE_COMPLETE")
        self.assertIn("Stack with id net does not exist",
                      self.refusal("cloudformation", "describe-stacks", "--stack-name", "net"))

    def test_data_is_retained_and_protection_holds(self):
        self.deploy("data", {"Resources": {"Bucket": BUCKET}})
        self.cfn("update-termination-protection", "--stack-name", "data", "--enable-termination-protection")
        self.assertIn("TerminationProtection", self.refusal("cloudformation", "delete-stack", "--stack-name", "data"))
        self.cfn("update-termination-protection", "--stack-name", "data", "--no-enable-termination-protection")
        self.assertEqual(self.delete("data"), "DELETE_COMPLETE")
        self.account.aws("s3api", "head-bucket", "--bucket", "data-of-tests")
        # The name is taken now.
        self.assertEqual(self.deploy("data", {"Resources": {"Bucket": BUCKET}}), "ROLLBACK_COMPLETE")

    def test_a_bucket_with_objects_fails_the_deletion(self):
        self.deploy("data", {"Resources": {"Bucket": {**BUCKET, "DeletionPolicy": "Delete"}}})
        self.account.aws("s3", "cp", self.file("x"), "s3://data-of-tests/x")
        self.assertEqual(self.delete("data"), "DELETE_FAILED")

    def test_drift_is_seen(self):
        self.deploy("net", NETWORK)
        self.account.script({"fault": "resource_changed_by_hand", "stack": "net", "logical_id": "Subnet",
                             "properties": {"MapPublicIpOnLaunch": True}})
        detection = self.cfn("detect-stack-drift", "--stack-name", "net")["StackDriftDetectionId"]
        status = self.cfn("describe-stack-drift-detection-status", "--stack-drift-detection-id", detection)
        self.assertEqual((status["StackDriftStatus"], status["DriftedStackResourceCount"]), ("DRIFTED", 1))
        drifts = self.cfn("describe-stack-resource-drifts", "--stack-name", "net")["StackResourceDrifts"]
        self.assertEqual({drift["LogicalResourceId"]: drift["StackResourceDriftStatus"] for drift in drifts},
                         {"Vpc": "IN_SYNC", "Subnet": "MODIFIED"})

    def test_what_cloudformation_refuses(self):
        for template, message in [
                ({"Resources": {"X": {"Type": "AWS::Space::Ship"}}}, "Unrecognized resource types: [AWS::Space::Ship]"),
                ({"Resources": {"Vpc": {**VPC, "DependsOn": "Gone"}}}, "Unresolved resource dependencies [Gone]"),
                ({"Resources": {"A": {**VPC, "DependsOn": "B"}, "B": {**VPC, "DependsOn": "A"}}},
                 "Circular dependency between resources: [A, B]"),
                ({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r"}}}},
                 "Requires capabilities : [CAPABILITY_NAMED_IAM]"),
                ({"Parameters": {"P": {"Type": "String"}}, "Resources": {"Vpc": VPC}},
                 "Parameters: [P] must have values"),
                ({"Resources": {"Vpc": VPC}, "Description": "x" * 60000}, "less than or equal to 51200"),
                ("{", "JSON not well-formed")]:
            self.assertIn(message, self.refusal("cloudformation", "create-change-set", "--stack-name", "bad",
                                                "--change-set-name", "c", "--change-set-type", "CREATE",
                                                "--template-body", f"file://{self.file(template)}"))
        self.assertEqual(self.account.world()["stacks"], {})

    def test_a_long_template_comes_from_the_bucket(self):
        self.account.aws("s3api", "create-bucket", "--bucket", "templates", "--create-bucket-configuration",
                         "LocationConstraint=us-east-2")
        self.account.aws("s3", "cp", self.file({**NETWORK, "Description": "x" * 60000}), "s3://templates/a/net.json")
        body = {"StackName": "net", "ChangeSetName": "c", "ChangeSetType": "CREATE",
                "TemplateURL": "https://templates.s3.us-east-2.amazonaws.com/a/net.json"}
        self.cfn("create-change-set", "--cli-input-json", f"file://{self.file(body, 'input.json')}")
        self.execute("net", name="c")
        self.assertEqual(self.status("net"), "CREATE_COMPLETE")


class FaultTest(ScriptedAwsTest):
    def test_errors_by_call_and_by_operation(self):
        identity = ("sts", "get-caller-identity")
        self.account.script({"fault": "throttle", "call": 2},
                            {"fault": "expired_credentials", "operation": "sts.get-caller-identity"},
                            {"fault": "no_connection", "call": 4}, {"fault": "garbage", "call": 5},
                            {"fault": "access_denied", "call": 6, "action": "ec2:CreateVpc"})
        codes = [self.account.run("aws", *identity).returncode for _ in range(7)]
        self.assertEqual(codes, [254, 254, 0, 255, 0, 254, 0])
        self.assertEqual([call["result"] for call in self.account.calls()],
                         ["ExpiredToken", "ThrottlingException", "ok", "no connection", "ok", "AccessDenied", "ok"])

    def killed(self, fault):
        account = self.new_account()
        account.script({"fault": fault, "operation": "s3api.create-bucket"})
        script = ("aws s3api create-bucket --bucket made --create-bucket-configuration LocationConstraint=us-east-2; "
                  "echo on")
        done = subprocess.run(["sh", "-c", script], env=account.env, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (-signal.SIGKILL, ""))
        return account.world()["buckets"].keys()

    def test_the_caller_is_killed_before_or_after_the_effect(self):
        self.assertEqual(set(self.killed("kill_before")), set())
        self.assertEqual(set(self.killed("kill_after")), {"made"})

    def test_secrets_are_not_logged_and_what_a_call_needs_is(self):
        template = {**NETWORK, "Parameters": {"DbPassword": {"Type": "String", "NoEcho": True}}}
        self.change_set("net", template, "--parameters", "ParameterKey=DbPassword,ParameterValue=hunter2",
                        kind="CREATE")
        self.execute("net")
        stack = self.cfn("describe-stacks", "--stack-name", "net")["Stacks"][0]
        self.assertEqual(stack["Parameters"][0]["ParameterValue"], "****")
        self.assertNotIn("hunter2", (self.account.folder / "calls.jsonl").read_text())
        (execute,) = self.account.calls("cloudformation.execute-change-set")
        self.assertLessEqual({"cloudformation:ExecuteChangeSet", "ec2:CreateVpc", "ec2:CreateSubnet"},
                             set(execute["iam"]))
        policy = {"Statement": [{"Effect": "Allow", "Action": ["cloudformation:*", "ec2:Describe*", "ec2:CreateVpc"]}]}
        self.assertIn("ec2:CreateSubnet", uncovered(self.account.iam_actions(), policy))
        self.assertNotIn("ec2:CreateVpc", uncovered(self.account.iam_actions(), policy))

    def test_what_is_no_command_of_this_world(self):
        self.assertIn("scripted AWS has no route53 list-hosted-zones", self.refusal("route53", "list-hosted-zones"))
        self.assertEqual(self.account.run("aws", "cloudformation", "get-template").returncode, 252)
        self.assertEqual(self.account.run("aws", "sts", "get-caller-identity", "--region", "eu-west-1").returncode, 252)

    def test_another_world_may_know_it(self):
        self.account.env["SCRIPTED_AWS_REAL"] = str(JUDGES / "aws")
        with Moto() as moto:
            self.account.env |= {key: moto.env[key] for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
            self.account.env["SCRIPTED_AWS_PROXY"] = moto.url
            self.assertEqual(self.account.aws("route53", "list-hosted-zones")["HostedZones"], [])
            self.assertEqual(self.account.aws("sts", "get-caller-identity")["Arn"][-8:], "scripted")


class ParallelClusterTest(ScriptedAwsTest):
    def create(self, *words):
        return self.account.pcluster("create-cluster", "-n", "tiny", "-c", self.file(CLUSTER, "a.yaml"), *words)

    def cluster(self):
        return self.account.pcluster("describe-cluster", "-n", "tiny")

    def test_life_of_a_cluster(self):
        self.account.change_world(polls_per_resource=1, compute_nodes=2)
        self.assertIn("Request would have succeeded", self.refusal(
            "create-cluster", "-n", "tiny", "-c", self.file(CLUSTER, "a.yaml"), "--dryrun", "true",
            program="pcluster"))
        self.assertEqual(self.create()["cluster"]["clusterStatus"], "CREATE_IN_PROGRESS")
        seen = [self.cluster()["clusterStatus"] for _ in range(4)]
        self.assertEqual(seen, ["CREATE_IN_PROGRESS"] * 3 + ["CREATE_COMPLETE"])
        nodes = self.account.pcluster("describe-cluster-instances", "-n", "tiny")["instances"]
        self.assertEqual([node["nodeType"] for node in nodes], ["HeadNode", "ComputeNode", "ComputeNode"])
        same = ("update-cluster", "-n", "tiny", "-c", self.folder / "a.yaml")
        self.assertIn("No changes found", self.refusal(*same, program="pcluster"))
        wider = self.file(CLUSTER.replace("MaxCount: 4", "MaxCount: 8"), "b.yaml")
        self.assertEqual(self.account.pcluster("update-cluster", "-n", "tiny", "-c", wider)["changeSet"],
                         [{"parameter": "MaxCount", "currentValue": "4", "requestedValue": "8"}])
        self.assertEqual([self.cluster()["clusterStatus"] for _ in range(3)][-1], "UPDATE_COMPLETE")
        self.account.pcluster("delete-cluster", "-n", "tiny")
        listed = [len(self.account.pcluster("list-clusters")["clusters"]) for _ in range(4)]
        self.assertEqual(listed, [1, 1, 1, 0])
        self.assertIn("does not exist", self.refusal("describe-cluster", "-n", "tiny", program="pcluster"))

    def test_a_cluster_that_fails(self):
        self.account.script({"fault": "stack_failure", "stack": "tiny", "logical_id": "HeadNode",
                             "reason": "no capacity"})
        self.create()
        self.assertEqual(self.cluster()["clusterStatus"], "CREATE_FAILED")
        events = self.account.pcluster("get-cluster-stack-events", "-n", "tiny")["events"]
        self.assertIn("no capacity", [event.get("resourceStatusReason") for event in events])


if __name__ == "__main__":
    unittest.main()

"""Every answer of the scripted AWS has the shape of AWS's own description, and moto's keys where moto answers too."""
import csv
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import judges
from moto_server import Moto
from scripted_aws import SEED, ScriptedAws

# What the describe commands show; the other types of the table are made from no properties at all.
PROPERTIES = {
    "AWS::Batch::ComputeEnvironment": {"ComputeEnvironmentName": "environment"},
    "AWS::Batch::JobDefinition": {"JobDefinitionName": "definition", "Type": "multinode"},
    "AWS::Batch::JobQueue": {"JobQueueName": "queue", "Priority": 1, "ComputeEnvironmentOrder": [
        {"Order": 1, "ComputeEnvironment": {"Ref": "BatchComputeEnvironment"}}]},
    "AWS::EC2::CapacityReservation": {"InstanceType": "p5.48xlarge", "AvailabilityZone": "us-east-2a",
                                      "InstanceCount": 2},
    "AWS::EC2::Subnet": {"VpcId": {"Ref": "EC2VPC"}, "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "us-east-2a"},
    "AWS::EC2::SecurityGroup": {"GroupDescription": "inside", "VpcId": {"Ref": "EC2VPC"}},
    "AWS::EC2::VPC": {"CidrBlock": "10.0.0.0/16", "Tags": [{"Key": "Name", "Value": "net"}]},
    "AWS::FSx::FileSystem": {"FileSystemType": "LUSTRE", "StorageCapacity": 1200, "SubnetIds": [{"Ref": "EC2Subnet"}]},
    "AWS::IAM::Role": {"RoleName": "role", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}},
    "AWS::Logs::LogGroup": {"LogGroupName": "/tests", "RetentionInDays": 30},
    "AWS::RDS::DBCluster": {"DBClusterIdentifier": "accounting", "Engine": "aurora-mysql"},
    "AWS::S3::Bucket": {"BucketName": "bucket-of-tests", "VersioningConfiguration": {"Status": "Enabled"}},
    "AWS::S3::BucketPolicy": {"Bucket": {"Ref": "S3Bucket"}, "PolicyDocument": {}},
    "AWS::SecretsManager::Secret": {"Name": "secret"},
}
STACK = "everything"
CLUSTER = "Region: us-east-2\nHeadNode:\n  InstanceType: m5.large\nScheduling:\n  MaxCount: {}\n"
# The command line shows these documents as JSON, although AWS's description says text.
DOCUMENTS = {"TemplateBody", "AssumeRolePolicyDocument"}

# States in which a stack's own events are, which the descriptions list for stacks but not for events.
UNDESCRIBED_STATES = ("'REVIEW_IN_PROGRESS'", "'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'")

MOTO_TOO = (
    "cloudformation describe-change-set --stack-name net --change-set-name c",
    "cloudformation execute-change-set --stack-name net --change-set-name c",
    "cloudformation describe-stacks --stack-name net", "cloudformation describe-stack-resources --stack-name net",
    "cloudformation describe-stack-events --stack-name net", "cloudformation list-exports",
    "cloudformation list-stacks", "cloudformation get-template --stack-name net", "sts get-caller-identity",
    "ec2 describe-vpcs", "ec2 describe-subnets",
    "ec2 describe-security-groups", "ec2 describe-availability-zones", "ec2 describe-instance-type-offerings",
    "ec2 describe-instance-types --instance-types p5.48xlarge", "logs describe-log-groups",
    "s3api create-bucket --bucket other --create-bucket-configuration LocationConstraint=us-east-2",
    "s3api head-bucket --bucket other",
)
# What AWS gives and moto leaves out; test_shapes holds these keys to AWS's description.
BEYOND_MOTO = {
    "cloudformation describe-stacks: Stacks": ["Capabilities", "Description", "DriftInformation", "LastUpdatedTime",
                                               "Outputs", "RollbackConfiguration"],
    "cloudformation get-template": ["StagesAvailable"],
    "cloudformation list-exports: Exports": ["ExportingStackId", "Name", "Value"],
    "ec2 describe-availability-zones: AvailabilityZones": ["GroupName", "NetworkBorderGroup", "OptInStatus"],
    "s3api head-bucket": ["AccessPointAlias"],
}


def known_types():
    with SEED.with_name("resource_types.tsv").open() as file:
        return list(csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t"))


def everything():
    """A template with a resource of each type of the table and an output for each attribute."""
    resources, outputs = {}, {}
    for row in known_types():
        name = row["type"].removeprefix("AWS::").replace("::", "")
        resources[name] = {"Type": row["type"], "Properties": PROPERTIES.get(row["type"], {})}
        for attribute in row["attributes"].split() if row["attributes"] != "-" else []:
            attribute = attribute.split("=")[0]
            outputs[name + attribute.replace(".", "")] = {"Value": {"Fn::GetAtt": [name, attribute]}}
    outputs["Vpc"] = {"Value": {"Ref": "EC2VPC"}, "Export": {"Name": "everything-Vpc"}}
    return {"Description": "all that there is", "Resources": resources, "Outputs": outputs}


def as_described(value):
    if isinstance(value, dict):
        return {key: json.dumps(each) if key in DOCUMENTS and isinstance(each, dict) else as_described(each)
                for key, each in value.items()}
    return [as_described(each) for each in value] if isinstance(value, list) else value


class AnswersTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.account = ScriptedAws(self.folder / "account", compute_nodes=2)
        self.answers = []  # (service, operation, answer)

    def file(self, name, content):
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def call(self, line, *more):
        service, operation, *words = line.split()
        answer = self.account.aws(service, operation, *words, *more)
        self.answers.append((service, operation, answer))
        return answer

    def pcluster(self, line):
        operation, *words = line.split()
        answer = self.account.pcluster(operation, *words)
        self.answers.append(("pcluster", operation, answer))

    def deploy_everything(self):
        template = f"file://{self.file('template.json', everything())}"
        name = f"--stack-name {STACK}"
        self.call(f"cloudformation validate-template --template-body {template}")
        for change_set in ("unwanted", "first"):
            self.call(f"cloudformation create-change-set {name} --change-set-name {change_set} "
                      f"--change-set-type CREATE --capabilities CAPABILITY_NAMED_IAM --tags Key=a,Value=b "
                      f"--template-body {template}")
        self.call(f"cloudformation describe-change-set {name} --change-set-name first")
        self.call(f"cloudformation list-change-sets {name}")
        self.call(f"cloudformation delete-change-set {name} --change-set-name unwanted")
        self.call(f"cloudformation execute-change-set {name} --change-set-name first")
        return self.call(f"cloudformation describe-stacks {name}")["Stacks"][0]

    def call_cloudformation(self):
        name = f"--stack-name {STACK}"
        for operation in ("describe-stack-events", "describe-stack-resources", "get-template"):
            self.call(f"cloudformation {operation} {name}")
        self.call("cloudformation list-stacks")
        self.call("cloudformation list-exports")
        user = {"Resources": {"Vpc": {"Type": "AWS::EC2::SecurityGroup", "Properties": {
            "GroupDescription": "x", "VpcId": {"Fn::ImportValue": "everything-Vpc"}}}}}
        self.call("cloudformation create-change-set --stack-name user --change-set-name c --change-set-type CREATE "
                  f"--template-body file://{self.file('user.json', user)}")
        self.call("cloudformation execute-change-set --stack-name user --change-set-name c")
        self.call("cloudformation describe-stacks")
        self.call("cloudformation list-imports --export-name everything-Vpc")
        self.call("cloudformation update-termination-protection --stack-name user --no-enable-termination-protection")
        self.account.script({"fault": "resource_changed_by_hand", "stack": "user", "logical_id": "Vpc",
                             "properties": {"GroupDescription": "y"}})
        detection = self.call("cloudformation detect-stack-drift --stack-name user")["StackDriftDetectionId"]
        self.call(f"cloudformation describe-stack-drift-detection-status --stack-drift-detection-id {detection}")
        self.call("cloudformation describe-stack-resource-drifts --stack-name user")
        self.account.script({"fault": "stack_failure", "stack": "user", "logical_id": "Vpc"},
                            {"fault": "stack_failure", "stack": "user", "logical_id": "Before", "phase": "rollback"})
        user["Resources"]["Before"] = {"Type": "AWS::EC2::PlacementGroup"}
        user["Resources"]["Vpc"] |= {"DependsOn": "Before"}
        user["Resources"]["Vpc"]["Properties"]["GroupDescription"] = "z"
        self.call("cloudformation create-change-set --stack-name user --change-set-name d "
                  f"--template-body file://{self.file('user.json', user)}")
        self.call("cloudformation execute-change-set --stack-name user --change-set-name d")
        self.call("cloudformation describe-stacks --stack-name user")
        self.call("cloudformation continue-update-rollback --stack-name user")
        self.call("cloudformation delete-stack --stack-name user")

    def call_s3(self):
        where = "--bucket bucket-of-tests"
        self.call("s3api create-bucket --bucket other --create-bucket-configuration LocationConstraint=us-east-2")
        for operation, words in {
                "put-bucket-encryption": '--server-side-encryption-configuration {"Rules":[]}',
                "put-bucket-lifecycle-configuration": '--lifecycle-configuration {"Rules":[]}',
                "put-bucket-policy": "--policy {}", "put-bucket-tagging": '--tagging {"TagSet":[]}',
                "put-bucket-versioning": "--versioning-configuration Status=Enabled",
                "put-bucket-ownership-controls": '--ownership-controls {"Rules":[]}',
                "put-bucket-logging": "--bucket-logging-status {}",
                "put-bucket-notification-configuration": "--notification-configuration {}",
                "put-public-access-block": "--public-access-block-configuration BlockPublicAcls=true"}.items():
            self.call(f"s3api {operation} --bucket other {words}")
        self.call("s3api delete-bucket --bucket other")
        self.call(f"s3api head-bucket {where}")
        body = self.file("body", "text")
        self.call(f"s3api put-object {where} --key k --body {body}")
        self.call(f"s3 cp {body} s3://bucket-of-tests/l")
        for operation in ("head-object --key k", f"get-object --key k {self.folder}/copy", "delete-object --key k",
                          "list-objects-v2", "list-object-versions"):
            verb, *words = operation.split()
            self.call(f"s3api {verb} {where} {' '.join(words)}")
        self.call(f"s3api delete-objects {where} --delete", json.dumps({"Objects": [{"Key": "l"}]}))

    def call_the_rest(self):
        for line in (
                "sts get-caller-identity", "ec2 describe-availability-zones", "ec2 describe-instance-types",
                "ec2 describe-instance-type-offerings --location-type availability-zone", "ec2 describe-subnets",
                "ec2 describe-vpcs", "ec2 describe-route-tables", "ec2 describe-security-groups",
                "ec2 describe-capacity-reservations",
                "ec2 describe-capacity-block-offerings --capacity-duration-hours 24", "ec2 describe-instances",
                "ec2 describe-images",
                "ec2 describe-launch-templates", "ec2 describe-placement-groups", "ec2 describe-addresses",
                "ec2 describe-key-pairs", "service-quotas get-service-quota --service-code ec2 --quota-code L-417A185B",
                "service-quotas list-service-quotas --service-code ec2", "fsx describe-file-systems",
                "rds describe-db-clusters", "rds describe-db-engine-versions --engine aurora-mysql",
                "batch describe-compute-environments", "batch describe-job-queues", "batch describe-job-definitions",
                "ssm get-parameter --name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
                "ssm put-parameter --name /p --value v --type String", "ssm delete-parameter --name /p",
                "s3api list-buckets", "batch list-jobs --job-queue queue --job-status RUNNING",
                "secretsmanager describe-secret --secret-id secret", "logs describe-log-groups", "iam list-roles",
                "iam get-role --role-name role"):
            self.call(line)
        group = self.call("logs describe-log-groups")["logGroups"][0]
        self.call(f"logs list-tags-for-resource --resource-arn {group['arn'].removesuffix(':*')}")
        self.call(f"logs delete-log-group --log-group-name {group['logGroupName']}")
        job = self.call("batch submit-job --job-name j --job-queue queue --job-definition definition")["jobId"]
        states = [self.call(f"batch describe-jobs --jobs {job}")["jobs"][0]["status"] for _ in range(2)]
        self.assertEqual(states, ["RUNNING", "SUCCEEDED"])
        self.call(f"batch terminate-job --job-id {job} --reason enough")
        self.pcluster(f"create-cluster -n tiny -r us-east-2 -c {self.file('a.yaml', CLUSTER.format(4))}")
        self.pcluster("describe-cluster -n tiny")
        self.pcluster(f"update-cluster -n tiny -c {self.file('b.yaml', CLUSTER.format(8))}")
        for operation in ("list-clusters", "describe-cluster -n tiny", "describe-cluster-instances -n tiny",
                          "describe-compute-fleet -n tiny", "get-cluster-stack-events -n tiny",
                          "delete-cluster -n tiny"):
            self.pcluster(operation)

    def test_shapes(self):
        stack = self.deploy_everything()
        self.assertEqual(stack["StackStatus"], "CREATE_COMPLETE", stack)
        for output in stack["Outputs"]:
            self.assertNotRegex(output["OutputValue"], r"[{}]|known after", output["OutputKey"])
        self.call_cloudformation()
        self.call_s3()
        self.call_the_rest()
        called = {f"{service}.{operation}" for service, operation, _ in self.answers}
        there_are = set(self.account.aws("scripted-aws", "list-commands"))
        self.assertEqual(there_are - called, {"scripted-aws.list-commands"})

        # The calls of this test are ones that the real command line takes.
        calls = [call for call in self.account.calls() if call["service"] != "scripted-aws"]
        self.assertEqual([problem for problem in judges.command_lines(calls) if problem], [])

        of_aws = [(service, operation, as_described(answer), "response") for service, operation, answer in self.answers
                  if service not in ("pcluster", "s3") and answer is not None]
        of_pcluster = [(operation, answer) for service, operation, answer in self.answers if service == "pcluster"]
        found = judges.botocore_shapes(of_aws) + judges.pcluster_answers(of_pcluster)
        self.assertEqual([problem for problems in found for problem in problems
                          if not any(state in problem for state in UNDESCRIBED_STATES)], [])

    def keys_of(self, ask):
        """The keys of every answer: of itself, and of the first item of its list, for a network in either world."""
        template = self.file("net.json", {"Description": "net", "Resources": {
            name: {"Type": kind, "Properties": PROPERTIES[kind]} for name, kind in {
                "EC2VPC": "AWS::EC2::VPC", "EC2Subnet": "AWS::EC2::Subnet", "Group": "AWS::EC2::SecurityGroup",
                "Log": "AWS::Logs::LogGroup"}.items()},
            "Outputs": {"Vpc": {"Value": {"Ref": "EC2VPC"}, "Export": {"Name": "net-Vpc"}}}})
        keys = {}
        create = "cloudformation create-change-set --stack-name net --change-set-name c --change-set-type CREATE"
        for line in (f"{create} --template-body file://{template}", *MOTO_TOO):
            answer = ask(*line.split())
            name = " ".join(line.split()[:2])
            keys[name] = set(answer or {})
            for key, value in (answer or {}).items():
                if isinstance(value, list) and value and isinstance(value[-1], dict):
                    keys[f"{name}: {key}"] = set(value[-1])
        return keys

    def test_moto_knows_the_keys(self):
        ours = self.keys_of(self.account.aws)
        with Moto() as moto:
            theirs = self.keys_of(moto.aws)
        odd = {name: sorted(keys - theirs.get(name, set())) for name, keys in ours.items()}
        self.assertEqual({name: keys for name, keys in odd.items() if keys}, BEYOND_MOTO)


if __name__ == "__main__":
    unittest.main()

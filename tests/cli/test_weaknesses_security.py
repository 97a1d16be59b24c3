"""Weaknesses of published architectures that nothing trireme writes has: security, names and what commands say."""
import json
import pathlib
import re
import subprocess
import unittest

from cli_support import ROOT, TRIREME
from synthesis import (BUILT, CROWD, CROWDS, Synthesis, WeaknessTest, everything, substituted, target_of, temporary,
                       texts)

REGION = re.compile(r"\b(?:us-gov|[a-z]{2})-(?:north|south|east|west|central)(?:east|west)?-\d\b")
OPEN_TO_ALL = {"secretsmanager:GetRandomPassword"}  # has no resource
MANAGED = {"AmazonSSMManagedInstanceCore", "AmazonEC2ContainerRegistryReadOnly", "AWSLambdaBasicExecutionRole",
           "AmazonEC2ContainerServiceforEC2Role"}


class SecurityTest(WeaknessTest):
    def test_policies_are_narrow(self):
        for _, _, properties, _ in self.each_resource("AWS::IAM::Role"):
            for policy in properties.get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    for action in statement["Action"]:
                        self.assertNotIn("*", action)
                        self.assertTrue(statement["Resource"] != "*" or action in OPEN_TO_ALL, action)
            for arn in properties.get("ManagedPolicyArns", []):
                self.assertIn(substituted(arn)[0].split("/")[-1], MANAGED)
        for _, path, text in self.each_text():
            if path == "parallelcluster.yaml":
                self.assertLessEqual(set(re.findall(r'Policy: "arn:[^"]*/([^/"]+)"', text)), MANAGED)

    def test_endpoints_serve_this_account_and_public_packages(self):
        for _, name, properties, _ in self.each_resource("AWS::EC2::VPCEndpoint"):
            for statement in properties["PolicyDocument"]["Statement"]:
                if statement.get("Condition") != {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}}:
                    self.assertEqual((name, statement["Action"]), ("S3Endpoint", ["s3:GetObject"]))

    def test_arns_take_the_partition(self):
        partitions = {"us-gov-west-1": "aws-us-gov", "cn-north-1": "aws-cn"}
        for synthesis, path, text in self.each_text():
            partition = partitions.get(synthesis.index["region"], "aws")
            self.assertLessEqual(set(re.findall(r"arn:(aws[\w-]*):", text)), {partition})
        for synthesis in self.each():
            for template in synthesis.templates.values():
                literal = [text for _, text in texts(template) if re.search(r"arn:aws", text)]
                self.assertEqual([], [text for text in literal if text not in CROWD], "of the description alone")
        self.assertLessEqual(set(partitions), {each.index["region"] for each in everything()})

    def test_no_secret_is_written(self):
        for synthesis in self.each():
            for template in synthesis.templates.values():
                for path, text in texts(template):
                    if not path or not isinstance(path[-1], str):
                        continue
                    if re.search(r"(?i)password$|secretstring|authtoken|privatekey|accesskey", path[-1]):
                        self.fail(f"{path}: {text}")
            text = synthesis.files.get("parallelcluster.yaml", "")
            self.assertLessEqual(set(re.findall(r"\w*(?:Password|Secret)\w*", text)), {"PasswordSecretArn"})
        for _, _, properties, _ in self.each_resource("AWS::RDS::DBCluster"):
            self.assertRegex(substituted(properties["MasterUserPassword"])[0], r"^\{\{resolve:secretsmanager:\$\{\w+\}")
        for _, _, properties, _ in self.each_resource("AWS::SecretsManager::Secret"):
            self.assertIn("GenerateSecretString", properties)

    def test_no_host_goes_unchecked_and_no_guard_is_down(self):
        self.assert_nowhere(r"(?i)StrictHostKeyChecking[ =]no|NOPASSWD|UserKnownHostsFile[ =]/dev/null|"
                            r"PermitRootLogin|--insecure|no-check")
        self.assert_nowhere(r"http://|ldap://|GRANT ALL|--password|MYSQL_PWD|RemainAfterExit")

    def test_nothing_floats(self):
        self.assert_nowhere(r":latest|\$Latest|\$Default|/(?:main|master|HEAD|latest)/|pip3? install|curl |wget ")
        for _, _, text in self.each_text():
            for url in re.findall(r"https://raw\.githubusercontent\.com/\S+", text):
                self.assertRegex(url, r"/[0-9a-f]{40}/")
            for clone in re.findall(r"git clone.*", text):
                name = re.search(r'--branch "\$(\w+)"', clone)[1]
                self.assertRegex(text, rf"(?m)^{name}=v\d+\.\d+\.\d+(-\d+)?$")
        for _, _, properties, _ in self.each_resource("AWS::Batch::JobDefinition"):
            for group in properties["NodeProperties"]["NodeRangeProperties"]:
                self.assertRegex(group["Container"]["Image"], r":[\w.-]*\d+\.\d+[\w.-]*$")

    def test_files_name_buckets_of_the_cluster_or_of_its_description_alone(self):
        for _, _, text in self.each_text():
            self.assertLessEqual(set(re.findall(r"s3://([\w$-]+)", text)), {"acme-corpus", "$"})
            self.assertEqual([], re.findall(r"\bs3[.-][a-z0-9-]+\.amazonaws|TemplateURL|S3Bucket\b", text))

    def test_buckets_are_closed(self):
        for synthesis, name, properties, _ in self.each_resource("AWS::S3::Bucket"):
            self.assertEqual(properties["PublicAccessBlockConfiguration"],
                             dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls",
                                            "RestrictPublicBuckets"), True))
            self.assertIn("ServerSideEncryptionByDefault", str(properties["BucketEncryption"]))
            policy, = [each["Properties"] for _, _, each in synthesis.resources("AWS::S3::BucketPolicy")
                       if target_of(each["Properties"]["Bucket"]) == name]
            denied = [each["Condition"] for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Deny"]
            self.assertIn({"Bool": {"aws:SecureTransport": "false"}}, denied)

    def test_volumes_and_databases_are_encrypted(self):
        for _, _, properties, _ in self.each_resource("AWS::EC2::LaunchTemplate"):
            self.assertTrue(all(each["Ebs"]["Encrypted"]
                                for each in properties["LaunchTemplateData"]["BlockDeviceMappings"]))
        for _, _, properties, _ in self.each_resource("AWS::RDS::DBCluster"):
            self.assertTrue(properties["StorageEncrypted"])
        for _, _, properties, _ in self.each_resource("AWS::RDS::DBClusterParameterGroup"):
            self.assertEqual(properties["Parameters"]["require_secure_transport"], "ON")

    def test_data_outlives_its_stack(self):
        for _, _, _, resource in self.each_resource("AWS::S3::Bucket", "AWS::FSx::FileSystem", "AWS::RDS::DBCluster",
                                                    "AWS::RDS::DBInstance", "AWS::SecretsManager::Secret"):
            self.assertEqual((resource["DeletionPolicy"], resource["UpdateReplacePolicy"]),
                             ("RetainExceptOnCreate", "Retain"))
        for _, _, properties, resource in self.each_resource():
            if properties.get("DeletionProtection"):
                self.assertIn("Retain", resource.get("DeletionPolicy", "Delete"))


class NameTest(WeaknessTest):
    def test_files_name_no_other_region(self):
        for synthesis, _, text in self.each_text():
            arns = re.findall(r"arn:aws:secretsmanager:us-east-1:000000000000:\S+", text)  # stands in for one
            for arn in arns:
                text = text.replace(arn, "")
            self.assertLessEqual(set(REGION.findall(text)), {synthesis.index["region"]})

    def test_nothing_is_called_by_a_fixed_name(self):
        """Renamed, a cluster has the old names nowhere: neither its own nor those of its parts."""
        folder = pathlib.Path(temporary().name) / "renamed"
        folder.mkdir()
        names = {"crowd": "zq7x", "fsx": "zqa", "home": "zqb", "corpus": "zqc", "head": "zqd", "trn": "zqe",
                 "arm": "zqf",
                 "old": "zqg", "new": "zqh", "plain": "zqi"}
        text = re.sub(r'\[(storage|nodes)\.(\w+)\]|"(crowd)"|"storage\.(\w+)"', lambda found: found[0].replace(
            next(filter(None, found.groups()[1:])), names[next(filter(None, found.groups()[1:]))]), CROWD)
        (folder / "c.toml").write_text(text.replace("/fsx", "/zqa").replace("/home", "/zqb"))
        for orchestrator, words in CROWDS.items():
            made = Synthesis("renamed", folder / "c.toml", folder / orchestrator, *words)
            before = next(each for each in everything() if each.name == f"crowd on {orchestrator}")
            self.assertEqual(len(made.files), len(before.files))
            for path, text in made.files.items():
                with self.subTest(orchestrator=orchestrator, file=path):
                    self.assertNotIn("crowd", text)
                    self.assertEqual([], re.findall(r"(?i)\b(?:Trn|Plain|Corpus)[A-Z]|\b(?:trn|plain|corpus)\b", text))

    def test_physical_names_start_with_the_clusters(self):
        """So two clusters fit into an account."""
        for synthesis, _, properties, resource in self.each_resource():
            for key, value in properties.items():
                if key in {"JobQueueName", "JobDefinitionName", "RoleName", "BucketName", "FunctionName", "TopicName",
                           "QueueName",
                           "GroupName", "Name", "DBClusterIdentifier", "ComputeEnvironmentName", "LaunchTemplateName"}:
                    self.assertTrue(not isinstance(value, str) or value.startswith(synthesis.index["cluster"]),
                                    (key, value))
        for synthesis in self.each():
            self.assertTrue(all(name.startswith(synthesis.index["cluster"] + "-") for name in synthesis.exports()))

    def test_orchestrators_share_network_storage_and_buckets(self):
        batch, slurm = everything()[-2:]
        for path in ("network.json", "filesystems.json", "buckets.json"):
            self.assertEqual(batch.files[path], slurm.files[path])

    def test_nothing_lies_idle(self):
        """Every table of facts is read, and every target has an example."""
        sources = "".join(path.read_text() for path in (ROOT / "src").rglob("*.cpp"))
        for path in (ROOT / "facts").glob("*.tsv"):
            self.assertIn(f'"{path.name}"', sources)
        said = subprocess.check_output([TRIREME, "synth", "--help"], text=True)
        targets = re.sub(r"\s", "", re.search(r"write one target only: ([\w, \n]+\w)", said)[1]).split(",")
        used = {each["target"] for synthesis in everything() for each in synthesis.index["files"]}
        self.assertEqual(set(targets), used)


class CommandTest(WeaknessTest):
    def run_trireme(self, *words):
        return subprocess.run([TRIREME, *words], cwd=ROOT, text=True, capture_output=True, stdin=subprocess.DEVNULL,
                              timeout=60)

    def test_preflight_has_no_objection_to_an_example(self):
        # The list of offers lacks two regions; the third wants its nodes together although they are reserved.
        meant = {"gov": ["instance-offered"], "china": ["instance-offered"], "trn1": ["placement-beside-reservation"]}
        for path in BUILT:
            with self.subTest(path.stem):
                done = self.run_trireme("preflight", f"clusters/{path.name}", "--json")
                self.assertEqual(done.returncode, 0, done.stdout)
                warnings = [each["rule"] for each in json.loads(done.stdout) if each["severity"] == "warning"]
                self.assertEqual(warnings, meant.get(path.stem, []))

    def test_one_error_is_enough_to_fail(self):
        """What is found first does not make what is found later good, and machines can read both."""
        words = ("preflight", "clusters/team.toml", "--json", "--set",
                 "accounting.engine_version=8.0.mysql_aurora.3.07.1")
        done = self.run_trireme(*words)
        self.assertEqual(done.returncode, 1)
        found = json.loads(done.stdout)
        self.assertEqual([each["rule"] for each in found if each["severity"] == "error"], ["database-version"])
        self.assertGreater(len(found), 1)
        self.assertEqual({"rule", "severity", "file", "line", "where", "evidence", "remedy", "source"}, set(found[0]))

    def test_no_credential_is_in_the_repository(self):
        patterns = (r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bIQoJb3JpZ2lu|\bFwoGZXIvYXdz|"
                    r"\bgh[pousr]_[A-Za-z0-9]{36}|\bhf_[A-Za-z0-9]{30,}|\bxox[abp]-[0-9A-Za-z-]{10,}|"
                    r"\bsk-[A-Za-z0-9]{32,}")
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, text=True, capture_output=True, check=True).stdout
        for name in filter(None, listed.split("\0")):
            path = ROOT / name
            if path.is_file() and path.suffix not in {".bin", ".safetensors", ".png"}:
                found = re.findall(patterns, path.read_text(errors="replace"))
                self.assertTrue(not found or name.startswith("tests/data/preflight/secret-"), (name, found))


if __name__ == "__main__":
    unittest.main()

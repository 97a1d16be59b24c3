"""What docs/weaknesses.md says that nothing trireme writes has: the files of every example, read as a stranger would."""
import functools
import ipaddress
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import judges
from cli_support import ROOT, TRIREME

BUILT = [path for path in sorted((ROOT / "clusters").glob("*.toml")) if path.stem not in {"eks", "hyperpod-eks", "hyperpod-slurm"}]
REGION = re.compile(r"\b(?:us-gov|[a-z]{2})-(?:north|south|east|west|central)(?:east|west)?-\d\b")
PSEUDO = {"AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::URLSuffix"}
LABELS = {"Description", "GroupDescription", "Key", "Value", "Sid", "Id", "PolicyName"}
OPEN_TO_ALL = {"secretsmanager:GetRandomPassword"}  # has no resource
MANAGED = {"AmazonSSMManagedInstanceCore", "AmazonEC2ContainerRegistryReadOnly", "AWSLambdaBasicExecutionRole",
           "AmazonEC2ContainerServiceforEC2Role"}
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
instance = "g4dn.12xlarge"
count = 0
max_count = 3
[accounting]
kind = "aurora"
[monitoring]
email = "ops@example.com"
hyperpod = ["hp"]
"""


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
    for orchestrator in ("batch", "parallelcluster"):
        words = ("--set", f"cluster.orchestrator={orchestrator}")
        found.append(Synthesis(f"crowd on {orchestrator}", folder / "crowd.toml", folder / f"crowd-{orchestrator}", *words))
    return found


class WeaknessTest(unittest.TestCase):
    def each(self):
        for synthesis in everything():
            with self.subTest(synthesis.name):
                yield synthesis

    def each_resource(self, *kinds):
        """At least one has to be there."""
        seen = 0
        for synthesis in everything():
            for target, name, resource in synthesis.resources():
                if resource["Type"] in kinds or not kinds:
                    seen += 1
                    with self.subTest(cluster=synthesis.name, template=target, resource=name):
                        yield synthesis, name, resource.get("Properties", {}), resource
        self.assertGreater(seen, 0, kinds)

    def each_text(self):
        """Whole files, shell scripts in templates as they are run."""
        for synthesis in everything():
            for path, text in synthesis.files.items():
                with self.subTest(cluster=synthesis.name, file=path):
                    yield synthesis, path, text.replace("\\n", "\n")

    def assert_nowhere(self, pattern):
        for _, _, text in self.each_text():
            self.assertEqual([], re.findall(pattern, text))


class ReferenceTest(WeaknessTest):
    def test_every_reference_is_to_a_resource_of_its_template(self):
        for synthesis in self.each():
            for target, template in synthesis.templates.items():
                known = set(template["Resources"]) | PSEUDO
                for path, node in walk(template):
                    names = [target_of(node)] if target_of(node) else []
                    if substitution(node):
                        names = [name.split(".")[0] for name in substituted(node)[1]]
                    if path and path[-1] == "DependsOn":
                        names = node
                    self.assertLessEqual(set(names), known, (target, path))

    def test_no_text_is_the_name_of_a_resource(self):
        for synthesis in self.each():
            for target, template in synthesis.templates.items():
                for path, text in texts(template["Resources"]):
                    if text in template["Resources"] and not LABELS & set(path):
                        self.assertIn(path[-2] if isinstance(path[-1], int) else path[-1],
                                      ("Ref", "Fn::GetAtt", "DependsOn"), (target, path))

    def test_every_import_is_exported_by_another_file(self):
        imports = 0
        for synthesis in self.each():
            exported = synthesis.exports()
            for target, template in synthesis.templates.items():
                for _, node in walk(template):
                    if import_value(node):
                        imports += 1
                        self.assertIn(import_value(node), exported)
                        self.assertNotEqual(exported[import_value(node)][0], target)
            for file in synthesis.index["files"]:
                for placeholder in file.get("placeholders", []):
                    self.assertIn(placeholder["export"], exported)
                    self.assertIn(placeholder["value"], synthesis.files[file["path"]])
        self.assertGreater(imports, 20)

    def test_templates_have_no_parameters_and_no_conditions(self):
        for synthesis in self.each():
            for template in synthesis.templates.values():
                self.assertLessEqual(set(template), {"AWSTemplateFormatVersion", "Description", "Resources", "Outputs"})
                for path, value in walk(template["Resources"]):
                    self.assertNotIn(value, ("", {}, []), path)
                    self.assertNotIn(path[-1:], (("Condition",), ("Fn::If",)) if "PolicyDocument" not in str(path) and
                                     "AssumeRolePolicyDocument" not in path else ())

    def test_nothing_of_ours_runs_while_a_stack_is_made(self):
        for _, _, _, resource in self.each_resource():
            self.assertRegex(resource["Type"], r"^AWS::(?!CloudFormation)")
        functions = {name for _, name, _, _ in self.each_resource("AWS::Lambda::Function")}
        self.assertEqual(functions, {"RotationFunction"})


class NodeTest(WeaknessTest):
    def test_members_of_the_node_group_reach_each_other(self):
        for synthesis in self.each():
            if "network" not in synthesis.templates or synthesis.name == "adopted":
                continue
            group = get_att(next(value for name, (_, value) in synthesis.exports().items()
                                 if name.endswith("-NodeSecurityGroupId")))[0]
            for kind, peer in (("Ingress", "SourceSecurityGroupId"), ("Egress", "DestinationSecurityGroupId")):
                rules = [rule["Properties"] for _, _, rule in synthesis.resources(f"AWS::EC2::SecurityGroup{kind}")
                         if target_of(rule["Properties"]["GroupId"]) == group]
                self.assertIn((group, "-1"), [(target_of(rule.get(peer)), rule["IpProtocol"]) for rule in rules])

    def test_nodes_are_in_the_group_that_has_the_rules(self):
        for synthesis, _, properties, _ in self.each_resource("AWS::EC2::LaunchTemplate"):
            for interface in properties["LaunchTemplateData"]["NetworkInterfaces"]:
                self.assertEqual(["NodeSecurityGroup"], [synthesis.follow(each) for each in interface["Groups"]])

    def instance_of(self, synthesis, template):
        return next(each["Properties"]["ComputeResources"]["InstanceTypes"][0]
                    for _, _, each in synthesis.resources("AWS::Batch::ComputeEnvironment")
                    if target_of(each["Properties"]["ComputeResources"]["LaunchTemplate"]["LaunchTemplateId"]) == template)

    def test_interfaces_are_those_of_the_catalogue_and_ec2_takes_them(self):
        counts = {}
        for synthesis, name, properties, _ in self.each_resource("AWS::EC2::LaunchTemplate"):
            instance = self.instance_of(synthesis, name)
            facts = json.loads(subprocess.check_output([TRIREME, "catalog", instance, "--json"]))
            interfaces = [(each["NetworkCardIndex"], each["DeviceIndex"], each["InterfaceType"])
                          for each in properties["LaunchTemplateData"]["NetworkInterfaces"]]
            if facts["efa_interfaces"]:
                self.assertEqual(interfaces, [(each["card"], each["device"], each["kind"]) for each in facts["interfaces"]])
            places = [each[:2] for each in interfaces]
            self.assertEqual(len(places), len(set(places)), "two interfaces at one place")
            self.assertEqual([kind for card, device, kind in interfaces if (card, device) == (0, 0)],
                             [interfaces[0][2]], "the primary interface comes first")
            self.assertNotEqual(interfaces[0][2], "efa-only", "the primary interface needs an address")
            efa = [card for card, _, kind in interfaces if kind.startswith("efa")]
            self.assertEqual(len(efa), len(set(efa)), "a card takes one EFA")
            counts[instance] = len(efa)
        self.assertEqual({name: counts[name] for name in ("p4d.24xlarge", "p5.48xlarge", "p5en.48xlarge", "g4dn.12xlarge")},
                         {"p4d.24xlarge": 4, "p5.48xlarge": 32, "p5en.48xlarge": 16, "g4dn.12xlarge": 0})

    def test_placement_and_capacity_are_there_when_asked_for(self):
        for synthesis, name, properties, _ in self.each_resource("AWS::EC2::LaunchTemplate"):
            target = properties["LaunchTemplateData"].get("CapacityReservationSpecification")
            environment = next(each["Properties"]["ComputeResources"] for _, _, each in
                               synthesis.resources("AWS::Batch::ComputeEnvironment")
                               if target_of(each["Properties"]["ComputeResources"]["LaunchTemplate"]["LaunchTemplateId"]) == name)
            self.assertRegex(json.dumps(target or {"CapacityReservationTarget": "cr-"}), '"(cr-|arn:)')
            efa = json.loads(subprocess.check_output([TRIREME, "catalog", environment["InstanceTypes"][0], "--json"]))["efa_interfaces"]
            self.assertEqual("PlacementGroup" in environment, bool(efa) and target is None)

    def test_metadata_needs_a_token(self):
        for _, _, properties, _ in self.each_resource("AWS::EC2::LaunchTemplate"):
            self.assertEqual(properties["LaunchTemplateData"]["MetadataOptions"]["HttpTokens"], "required")
        for _, path, text in self.each_text():
            if path == "parallelcluster.yaml":
                self.assertRegex(text, r"(?m)^Imds:\n  ImdsSupport: v2\.0$")
                self.assertRegex(text, r"(?m)^HeadNode:\n(  .*\n)*  Imds:\n    Secured: true$")
                self.assertNotIn("Secured: false", text)

    def test_a_made_up_type_is_rows(self):
        folder = pathlib.Path(temporary().name) / "made-up"
        shutil.copytree(ROOT / "facts", folder / "facts")
        for table in ("instances.tsv", "network_cards.tsv", "instance_zones.tsv"):
            path = folder / "facts" / table
            rows = [line for line in path.read_text().splitlines() if line.startswith("p5en.48xlarge\t")]
            path.write_text(path.read_text() + "".join(row.replace("p5en.48xlarge", "zz9-x1.96xlarge") + "\n" for row in rows))
        for orchestrator in ("batch", "parallelcluster"):
            for groups in ((), ("--set", "nodes.gpu.capacity.kind=on-demand", "--set", "nodes.gpu.capacity.id=")):
                made = Synthesis("made-up", ROOT / "clusters/llama.toml", folder / orchestrator, "--set",
                                 f"cluster.orchestrator={orchestrator}", "--set", "nodes.gpu.instance=zz9-x1.96xlarge", *groups,
                                 facts=folder / "facts")
            if orchestrator == "batch":
                (_, _, template), = made.resources("AWS::EC2::LaunchTemplate")
                kinds = [each["InterfaceType"] for each in template["Properties"]["LaunchTemplateData"]["NetworkInterfaces"]]
                self.assertEqual(sum(kind.startswith("efa") for kind in kinds), 16)
            else:
                text = made.files["parallelcluster.yaml"]
                self.assertRegex(text, r"InstanceType: zz9-x1\.96xlarge\n(.*\n){2} +Efa:\n +Enabled: true")
                self.assertRegex(text, r"PlacementGroup:\n +Enabled: true")

    def test_generated_scripts_please_shellcheck_and_stop_at_errors(self):
        folder = pathlib.Path(temporary().name) / "scripts"
        folder.mkdir()
        scripts = {}
        for synthesis in everything():
            for path, text in synthesis.files.items():
                if path.endswith((".sh", ".sbatch")):
                    scripts[folder / f"{len(scripts)}-{path}"] = text
            for _, _, template in synthesis.resources("AWS::EC2::LaunchTemplate"):
                data = template["Properties"]["LaunchTemplateData"]["UserData"]["Fn::Base64"]
                text = substituted(data)[0] if substitution(data) else data
                body = re.search(r"shellscript.*\n\n((?:.*\n)*)--==PART==--", text)[1]
                scripts[folder / f"{len(scripts)}-boot"] = re.sub(r"\$\{[\w:]+\}", "value", body)
        for path, text in scripts.items():
            path.write_text(text)
            with self.subTest(path.name):
                if not path.name.endswith(".sh"):  # those are read by others
                    self.assertTrue(text.startswith("#!/bin/bash\n"))
                    self.assertRegex(text, r"(?m)^set -euo pipefail$")
        self.assertEqual([], list(map(str, judges.shellcheck(scripts))))

    def test_the_nccl_job_of_slurm_has_the_versions_of_batchs_image(self):
        image = next(properties["NodeProperties"]["NodeRangeProperties"][0]["Container"]["Image"]
                     for _, _, properties, _ in self.each_resource("AWS::Batch::JobDefinition"))
        script = next(text for _, path, text in self.each_text() if path == "nccl-test-gpu.sbatch")
        for name in ("nccl", "tests"):
            self.assertIn(f"{name}{re.search(rf'(?m)^{name}=(.+)$', script)[1]}", image)


class NetworkTest(WeaknessTest):
    def test_a_gateway_a_zone_or_one_and_each_has_routes(self):
        for synthesis in self.each():
            zones = {json.dumps(each["Properties"]["AvailabilityZoneId"]) for _, _, each in synthesis.resources("AWS::EC2::Subnet")}
            expected = {"closed": 0, "adopted": 0}.get(synthesis.name, len(zones) if "crowd" in synthesis.name else 1)
            nats = {name: each for _, name, each in synthesis.resources("AWS::EC2::NatGateway")}
            self.assertEqual(len(nats), expected)
            routes = {target_of(each["Properties"].get("NatGatewayId")) for _, _, each in synthesis.resources("AWS::EC2::Route")}
            self.assertEqual(routes - {None}, set(nats))
            self.assertEqual({target_of(each["Properties"]["AllocationId"]) for each in nats.values()},
                             {name for _, name, _ in synthesis.resources("AWS::EC2::EIP")})

    def test_zones_have_ways_out_of_their_own(self):
        for synthesis in self.each():
            if "crowd" not in synthesis.name:
                continue
            zone = {name: each["Properties"]["AvailabilityZoneId"] for _, name, each in synthesis.resources("AWS::EC2::Subnet")}
            table = {target_of(each["Properties"]["SubnetId"]): target_of(each["Properties"]["RouteTableId"])
                     for _, _, each in synthesis.resources("AWS::EC2::SubnetRouteTableAssociation")}
            nat = {target_of(each["Properties"]["RouteTableId"]): target_of(each["Properties"].get("NatGatewayId"))
                   for _, _, each in synthesis.resources("AWS::EC2::Route")}
            home = {name: target_of(each["Properties"]["SubnetId"]) for _, name, each in synthesis.resources("AWS::EC2::NatGateway")}
            for name in zone:
                self.assertIn(name, table)
                if name.startswith("Private"):
                    self.assertEqual(zone[home[nat[table[name]]]], zone[name])

    def test_subnets_lie_in_the_vpc_and_apart(self):
        for synthesis in self.each():
            blocks = [ipaddress.ip_network(each["Properties"]["CidrBlock"]) for kind in ("VPC", "VPCCidrBlock")
                      for _, _, each in synthesis.resources(f"AWS::EC2::{kind}")]
            subnets = [ipaddress.ip_network(each["Properties"]["CidrBlock"]) for _, _, each in synthesis.resources("AWS::EC2::Subnet")]
            for at, subnet in enumerate(subnets):
                self.assertTrue(any(subnet.subnet_of(block) for block in blocks))
                self.assertFalse(any(subnet.overlaps(other) for other in subnets[:at]))

    def test_head_and_login_nodes_have_a_way_out(self):
        """In a subnet whose way out is the internet gateway, which serves nodes with a public address alone, or behind
        a NAT gateway or endpoints."""
        for synthesis in self.each():
            text = synthesis.files.get("parallelcluster.yaml")
            if text is None or synthesis.name == "adopted":
                continue
            exports = {each["value"]: each["export"] for file in synthesis.index["files"] for each in file.get("placeholders", [])}
            subnet = {name: each["Properties"] for _, name, each in synthesis.resources("AWS::EC2::Subnet")}
            head = re.search(r"(?m)^HeadNode:\n(?:  .*\n)+", text)[0]
            place = target_of(synthesis.exports()[exports[re.search(r"SubnetId: (\S+)", head)[1]]][1])
            self.assertEqual(place.startswith("Public"), "ElasticIp: true" in head)
            for pool in re.findall(r"(?m)^LoginNodes:\n(?:  .*\n)+", text):
                place = target_of(synthesis.exports()[exports[re.search(r"SubnetIds:\n +- (\S+)", pool)[1]]][1])
                self.assertEqual(subnet[place]["MapPublicIpOnLaunch"], place.startswith("Public"))
        self.assertIn("ElasticIp: true", next(each for each in everything() if each.name == "team").files["parallelcluster.yaml"])
        self.assertNotIn("ElasticIp", next(each for each in everything() if each.name == "llama").files["parallelcluster.yaml"])

    def test_file_systems_are_open_to_nodes_and_to_nobody_else(self):
        for synthesis in self.each():
            for _, name, rule in synthesis.resources("AWS::EC2::SecurityGroupIngress"):
                if target_of(rule["Properties"]["GroupId"]) == "StorageSecurityGroup" and synthesis.name != "adopted":
                    self.assertIn(target_of(rule["Properties"]["SourceSecurityGroupId"]), ("NodeSecurityGroup", "StorageSecurityGroup"))
            blocks = [each["Properties"]["CidrBlock"] for kind in ("VPC", "VPCCidrBlock")
                      for _, _, each in synthesis.resources(f"AWS::EC2::{kind}")]
            for _, _, system in synthesis.resources("AWS::FSx::FileSystem"):
                if system["Properties"]["FileSystemType"] == "OPENZFS":
                    exports = system["Properties"]["OpenZFSConfiguration"]["RootVolumeConfiguration"]["NfsExports"]
                    self.assertEqual([each["Clients"] for each in exports[0]["ClientConfigurations"]], blocks)

    def test_mail_has_a_filter_and_what_was_not_delivered_is_kept(self):
        for _, _, properties, _ in self.each_resource("AWS::Events::Rule"):
            named = {"ClusterName", "EventDetails", "capacity-reservation-id", "jobQueue"} & set(properties["EventPattern"]["detail"])
            self.assertEqual(len(named), 1)
            for target in properties["Targets"]:
                self.assertEqual(get_att(target["DeadLetterConfig"]["Arn"]), ["Undelivered", "Arn"])


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
            if path.endswith(".json"):
                self.assertLessEqual({"resource-groups"}, {"resource-groups", *re.findall(r"arn:aws[\w-]*:([\w-]+)", text)})
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
        self.assert_nowhere(r"(?i)StrictHostKeyChecking[ =]no|NOPASSWD|UserKnownHostsFile[ =]/dev/null|PermitRootLogin|--insecure|no-check")
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
            self.assertEqual([], re.findall(r"s3[.-][\w.-]*amazonaws|TemplateURL|S3Bucket\b", text))

    def test_buckets_are_closed(self):
        for synthesis, name, properties, _ in self.each_resource("AWS::S3::Bucket"):
            self.assertEqual(properties["PublicAccessBlockConfiguration"],
                             dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True))
            self.assertIn("ServerSideEncryptionByDefault", str(properties["BucketEncryption"]))
            policy, = [each["Properties"] for _, _, each in synthesis.resources("AWS::S3::BucketPolicy")
                       if target_of(each["Properties"]["Bucket"]) == name]
            denied = [each["Condition"] for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Deny"]
            self.assertIn({"Bool": {"aws:SecureTransport": "false"}}, denied)

    def test_volumes_and_databases_are_encrypted(self):
        for _, _, properties, _ in self.each_resource("AWS::EC2::LaunchTemplate"):
            self.assertTrue(all(each["Ebs"]["Encrypted"] for each in properties["LaunchTemplateData"]["BlockDeviceMappings"]))
        for _, _, properties, _ in self.each_resource("AWS::RDS::DBCluster"):
            self.assertTrue(properties["StorageEncrypted"])
        for _, _, properties, _ in self.each_resource("AWS::RDS::DBClusterParameterGroup"):
            self.assertEqual(properties["Parameters"]["require_secure_transport"], "ON")

    def test_data_outlives_its_stack(self):
        for _, _, _, resource in self.each_resource("AWS::S3::Bucket", "AWS::FSx::FileSystem", "AWS::RDS::DBCluster",
                                                    "AWS::RDS::DBInstance", "AWS::SecretsManager::Secret"):
            self.assertEqual((resource["DeletionPolicy"], resource["UpdateReplacePolicy"]), ("RetainExceptOnCreate", "Retain"))
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
        names = {"crowd": "zq7x", "fsx": "zqa", "home": "zqb", "corpus": "zqc", "head": "zqd", "trn": "zqe", "arm": "zqf",
                 "old": "zqg", "new": "zqh", "plain": "zqi"}
        text = re.sub(r'\[(storage|nodes)\.(\w+)\]|"(crowd)"|"storage\.(\w+)"', lambda found: found[0].replace(
            next(filter(None, found.groups()[1:])), names[next(filter(None, found.groups()[1:]))]), CROWD)
        (folder / "c.toml").write_text(text.replace("/fsx", "/zqa").replace("/home", "/zqb"))
        for orchestrator in ("batch", "parallelcluster"):
            made = Synthesis("renamed", folder / "c.toml", folder / orchestrator, "--set", f"cluster.orchestrator={orchestrator}")
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
                if key in {"JobQueueName", "JobDefinitionName", "RoleName", "BucketName", "FunctionName", "TopicName", "QueueName",
                           "GroupName", "Name", "DBClusterIdentifier", "ComputeEnvironmentName", "LaunchTemplateName"}:
                    self.assertTrue(not isinstance(value, str) or value.startswith(synthesis.index["cluster"]), (key, value))
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
        pages = (ROOT / "docs/reference/commands.md").read_text()
        targets = re.search(r"write one target only: (.+?) \|", pages)[1].split(", ")
        used = {each["target"] for synthesis in everything() for each in synthesis.index["files"]}
        self.assertEqual(set(targets), used)


class CommandTest(WeaknessTest):
    def run_trireme(self, *words):
        return subprocess.run([TRIREME, *words], cwd=ROOT, text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)

    def test_preflight_has_no_objection_to_an_example(self):
        unknown = {"gov", "china"}  # the list of offers lacks their regions
        for path in BUILT:
            with self.subTest(path.stem):
                done = self.run_trireme("preflight", f"clusters/{path.name}", "--json")
                self.assertEqual(done.returncode, 0, done.stdout)
                warnings = [each["rule"] for each in json.loads(done.stdout) if each["severity"] == "warning"]
                self.assertEqual(warnings, ["instance-offered"] if path.stem in unknown else [])

    def test_one_error_is_enough_to_fail(self):
        """What is found first does not make what is found later good, and machines can read both."""
        words = ("preflight", "clusters/team.toml", "--json", "--set", "accounting.engine_version=8.0.mysql_aurora.3.07.1")
        done = self.run_trireme(*words)
        self.assertEqual(done.returncode, 1)
        found = json.loads(done.stdout)
        self.assertEqual([each["rule"] for each in found if each["severity"] == "error"], ["database-version"])
        self.assertGreater(len(found), 1)
        self.assertEqual({"rule", "severity", "file", "line", "where", "evidence", "remedy", "source"}, set(found[0]))

    def test_no_credential_is_in_the_repository(self):
        patterns = (r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bIQoJb3JpZ2lu|\bFwoGZXIvYXdz|"
                    r"\bgh[pousr]_[A-Za-z0-9]{36}|\bhf_[A-Za-z0-9]{30,}|\bxox[abp]-[0-9A-Za-z-]{10,}|\bsk-[A-Za-z0-9]{32,}")
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, text=True, capture_output=True, check=True).stdout
        for name in filter(None, listed.split("\0")):
            path = ROOT / name
            if path.is_file() and path.suffix not in {".bin", ".safetensors", ".png"}:
                found = re.findall(patterns, path.read_text(errors="replace"))
                self.assertTrue(not found or name.startswith("tests/data/preflight/secret-"), (name, found))


if __name__ == "__main__":
    unittest.main()

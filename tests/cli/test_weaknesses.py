"""Weaknesses of published architectures that nothing trireme writes has: references, nodes and networks."""
import ipaddress
import json
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import judges
from cli_support import ROOT, TRIREME
from synthesis import (Synthesis, WeaknessTest, everything, get_att, import_value, substituted, substitution, target_of,
                       temporary, texts, walk)

PSEUDO = {"AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::URLSuffix"}
LABELS = {"Description", "GroupDescription", "Key", "Value", "Sid", "Id", "PolicyName"}


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
                    self.assertNotIn(path[1:], [("Condition",)], path)
                    self.assertNotIn(path[-1:], [("Fn::If",)], path)

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
        return self.compute_of(synthesis, template)["InstanceTypes"][0]

    @staticmethod
    def compute_of(synthesis, template):
        """Of the environment that starts instances from the template."""
        return next(each["Properties"]["ComputeResources"]
                    for _, _, each in synthesis.resources("AWS::Batch::ComputeEnvironment")
                    if target_of(each["Properties"]["ComputeResources"]["LaunchTemplate"]["LaunchTemplateId"])
                    == template)

    def test_interfaces_are_those_of_the_catalogue_and_ec2_takes_them(self):
        counts = {}
        for synthesis, name, properties, _ in self.each_resource("AWS::EC2::LaunchTemplate"):
            instance = self.instance_of(synthesis, name)
            facts = json.loads(subprocess.check_output([TRIREME, "catalog", instance, "--json"]))
            interfaces = [(each["NetworkCardIndex"], each["DeviceIndex"], each["InterfaceType"])
                          for each in properties["LaunchTemplateData"]["NetworkInterfaces"]]
            if facts["efa_interfaces"]:
                self.assertEqual(interfaces, [(each["card"], each["device"], each["kind"])
                                              for each in facts["interfaces"]])
            places = [each[:2] for each in interfaces]
            self.assertEqual(len(places), len(set(places)), "two interfaces at one place")
            self.assertEqual([kind for card, device, kind in interfaces if (card, device) == (0, 0)],
                             [interfaces[0][2]], "the primary interface comes first")
            self.assertNotEqual(interfaces[0][2], "efa-only", "the primary interface needs an address")
            efa = [card for card, _, kind in interfaces if kind.startswith("efa")]
            self.assertEqual(len(efa), len(set(efa)), "a card takes one EFA")
            counts[instance] = len(efa)
        self.assertEqual({name: counts[name] for name in ("p4d.24xlarge", "p5.48xlarge", "p5en.48xlarge",
                                                          "g4dn.2xlarge")},
                         {"p4d.24xlarge": 4, "p5.48xlarge": 32, "p5en.48xlarge": 16, "g4dn.2xlarge": 0})

    def test_placement_and_capacity_are_there_when_asked_for(self):
        for synthesis, name, properties, _ in self.each_resource("AWS::EC2::LaunchTemplate"):
            target = properties["LaunchTemplateData"].get("CapacityReservationSpecification")
            environment = self.compute_of(synthesis, name)
            self.assertRegex(json.dumps(target or {"CapacityReservationTarget": "cr-"}), '"(cr-|arn:)')
            words = [TRIREME, "catalog", environment["InstanceTypes"][0], "--json"]
            efa = json.loads(subprocess.check_output(words))["efa_interfaces"]
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
            path.write_text(path.read_text() + "".join(row.replace("p5en.48xlarge", "zz9-x1.96xlarge") + "\n"
                                                       for row in rows))
        for orchestrator in ("batch", "parallelcluster"):
            for groups in ((), ("--set", "nodes.gpu.capacity.kind=on-demand", "--set", "nodes.gpu.capacity.id=")):
                made = Synthesis("made-up", ROOT / "clusters/llama.toml", folder / orchestrator, "--set",
                                 f"cluster.orchestrator={orchestrator}", "--set", "nodes.gpu.instance=zz9-x1.96xlarge",
                                 *groups,
                                 facts=folder / "facts")
            if orchestrator == "batch":
                (_, _, template), = made.resources("AWS::EC2::LaunchTemplate")
                kinds = [each["InterfaceType"]
                         for each in template["Properties"]["LaunchTemplateData"]["NetworkInterfaces"]]
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

    def test_scripts_of_the_repository_please_shellcheck(self):
        listed = subprocess.check_output(["git", "ls-files", "trireme", "tools/*.sh"], cwd=ROOT, text=True).split()
        found = judges.shellcheck([ROOT / name for name in listed])
        self.assertEqual([], [str(each) for each in found if each.level in ("Error", "Warning")])

    def test_the_nccl_job_of_slurm_has_the_versions_of_batchs_image(self):
        image = next(properties["NodeProperties"]["NodeRangeProperties"][0]["Container"]["Image"]
                     for _, _, properties, _ in self.each_resource("AWS::Batch::JobDefinition"))
        script = next(text for _, path, text in self.each_text() if path == "nccl-test-gpu.sbatch")
        for name in ("nccl", "tests"):
            self.assertIn(f"{name}{re.search(rf'(?m)^{name}=(.+)$', script)[1]}", image)


class NetworkTest(WeaknessTest):
    def test_a_gateway_a_zone_or_one_and_each_has_routes(self):
        for synthesis in self.each():
            zones = {json.dumps(each["Properties"]["AvailabilityZoneId"])
                     for _, _, each in synthesis.resources("AWS::EC2::Subnet")}
            expected = {"closed": 0, "adopted": 0}.get(synthesis.name, len(zones) if "crowd" in synthesis.name else 1)
            nats = {name: each for _, name, each in synthesis.resources("AWS::EC2::NatGateway")}
            self.assertEqual(len(nats), expected)
            routes = {target_of(each["Properties"].get("NatGatewayId"))
                      for _, _, each in synthesis.resources("AWS::EC2::Route")}
            self.assertEqual(routes - {None}, set(nats))
            self.assertEqual({target_of(each["Properties"]["AllocationId"]) for each in nats.values()},
                             {name for _, name, _ in synthesis.resources("AWS::EC2::EIP")})

    def test_zones_have_ways_out_of_their_own(self):
        for synthesis in self.each():
            if "crowd" not in synthesis.name:
                continue
            zone = {name: each["Properties"]["AvailabilityZoneId"]
                    for _, name, each in synthesis.resources("AWS::EC2::Subnet")}
            table = {target_of(each["Properties"]["SubnetId"]): target_of(each["Properties"]["RouteTableId"])
                     for _, _, each in synthesis.resources("AWS::EC2::SubnetRouteTableAssociation")}
            nat = {target_of(each["Properties"]["RouteTableId"]): target_of(each["Properties"].get("NatGatewayId"))
                   for _, _, each in synthesis.resources("AWS::EC2::Route")}
            home = {name: target_of(each["Properties"]["SubnetId"])
                    for _, name, each in synthesis.resources("AWS::EC2::NatGateway")}
            for name in zone:
                self.assertIn(name, table)
                if name.startswith("Private"):
                    self.assertEqual(zone[home[nat[table[name]]]], zone[name])

    def test_subnets_lie_in_the_vpc_and_apart(self):
        for synthesis in self.each():
            blocks = [ipaddress.ip_network(each["Properties"]["CidrBlock"]) for kind in ("VPC", "VPCCidrBlock")
                      for _, _, each in synthesis.resources(f"AWS::EC2::{kind}")]
            subnets = [ipaddress.ip_network(each["Properties"]["CidrBlock"])
                       for _, _, each in synthesis.resources("AWS::EC2::Subnet")]
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
            exports = {each["value"]: each["export"] for file in synthesis.index["files"]
                       for each in file.get("placeholders", [])}
            subnet = {name: each["Properties"] for _, name, each in synthesis.resources("AWS::EC2::Subnet")}
            head = re.search(r"(?m)^HeadNode:\n(?:  .*\n)+", text)[0]
            place = target_of(synthesis.exports()[exports[re.search(r"SubnetId: (\S+)", head)[1]]][1])
            self.assertEqual(place.startswith("Public"), "ElasticIp: true" in head)
            for pool in re.findall(r"(?m)^LoginNodes:\n(?:  .*\n)+", text):
                place = target_of(synthesis.exports()[exports[re.search(r"SubnetIds:\n +- (\S+)", pool)[1]]][1])
                self.assertEqual(subnet[place]["MapPublicIpOnLaunch"], place.startswith("Public"))
        files = {each.name: each.files.get("parallelcluster.yaml") for each in everything()}
        self.assertIn("ElasticIp: true", files["team"])
        self.assertNotIn("ElasticIp", files["llama"])

    def test_file_systems_are_open_to_nodes_and_to_nobody_else(self):
        for synthesis in self.each():
            for _, name, rule in synthesis.resources("AWS::EC2::SecurityGroupIngress"):
                if target_of(rule["Properties"]["GroupId"]) == "StorageSecurityGroup" and synthesis.name != "adopted":
                    self.assertIn(target_of(rule["Properties"]["SourceSecurityGroupId"]),
                                  ("NodeSecurityGroup", "StorageSecurityGroup"))
            blocks = [each["Properties"]["CidrBlock"] for kind in ("VPC", "VPCCidrBlock")
                      for _, _, each in synthesis.resources(f"AWS::EC2::{kind}")]
            for _, _, system in synthesis.resources("AWS::FSx::FileSystem"):
                if system["Properties"]["FileSystemType"] == "OPENZFS":
                    exports = system["Properties"]["OpenZFSConfiguration"]["RootVolumeConfiguration"]["NfsExports"]
                    self.assertEqual([each["Clients"] for each in exports[0]["ClientConfigurations"]], blocks)

    def test_mail_has_a_filter_and_what_was_not_delivered_is_kept(self):
        for _, _, properties, _ in self.each_resource("AWS::Events::Rule"):
            known = {"ClusterName", "EventDetails", "capacity-reservation-id", "jobQueue"}
            named = known & set(properties["EventPattern"]["detail"])
            self.assertEqual(len(named), 1)
            for target in properties["Targets"]:
                self.assertEqual(get_att(target["DeadLetterConfig"]["Arn"]), ["Undelivered", "Arn"])


if __name__ == "__main__":
    unittest.main()

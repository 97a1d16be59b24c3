"""`trireme account snapshot`: what an account has, from the scripted AWS and by the real command line from moto."""
import json
import unittest

from account_support import SMALL, AccountTest
from moto_server import JUDGES, Moto

LISTS = ["zones", "offerings", "quotas", "reservations", "subnets", "vpcs", "route_tables", "security_groups",
         "file_systems", "images",
         "stacks", "buckets"]
NETWORK = {"Resources": {
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
    "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {
        "VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/20", "AvailabilityZone": "us-east-2b",
        "MapPublicIpOnLaunch": True}},
    "Disk": {"Type": "AWS::FSx::FileSystem", "Properties": {
        "FileSystemType": "LUSTRE", "StorageCapacity": 1200, "SubnetIds": [{"Ref": "Subnet"}]}}}}


class SnapshotTest(AccountTest):
    def snapshot(self, env=None, code=0):
        done = self.run_trireme("account", "snapshot", "--region", "us-east-2", env=env or self.account.env)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout) if code == 0 else None, done.stderr

    def seed(self, **ec2):
        self.account.change_world(ec2=self.account.world()["ec2"] | ec2)

    def test_every_list_has_the_keys_that_checks_read(self):
        template = self.write("network.json", json.dumps(NETWORK))
        for words in (["create-change-set", "--change-set-type", "CREATE", "--template-body", f"file://{template}"],
                      ["execute-change-set"]):
            self.account.aws("cloudformation", *words, "--stack-name", "net", "--change-set-name", "c")
        self.account.aws("cloudformation", "describe-stacks", "--stack-name", "net")  # time passes while someone looks
        self.account.aws("s3api", "create-bucket", "--bucket", "mine", "--create-bucket-configuration",
                         "LocationConstraint=us-east-2")
        self.seed(
            CapacityReservations=[{"CapacityReservationId": "cr-0123456789abcdef0", "InstanceType": "p5.48xlarge",
                                   "AvailabilityZoneId": "use2-az3", "State": "active",
                                   "ReservationType": "capacity-block",
                                   "EndDate": "2026-12-24T11:30:00+00:00", "TotalInstanceCount": 4,
                                   "AvailableInstanceCount": 3}],
            SecurityGroups=[{"GroupId": "sg-0a", "VpcId": "vpc-0a", "IpPermissions": [
                {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
                 "Ipv6Ranges": [{"CidrIpv6": "fd00::/8"}], "UserIdGroupPairs": [{"GroupId": "sg-0b"}]}],
                "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}],
            RouteTables=[{"RouteTableId": "rtb-0a", "VpcId": "vpc-0a", "Associations": associations, "Routes": [
                {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}, *routes]}
                for associations, routes in (
                    ([{"Main": True}], []),
                    ([{"Main": False, "SubnetId": "subnet-0a"}],
                     [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-0a", "State": "active"}]),
                    ([{"Main": False, "SubnetId": "subnet-0b"}],
                     [{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-0a", "State": "active"}]))],
            Images=[{"ImageId": "ami-0a", "Name": "built", "Architecture": "x86_64",
                     "Tags": [{"Key": "parallelcluster:os", "Value": "ubuntu2204"}]}])
        seen, warnings = self.snapshot()
        self.assertEqual(warnings, "")
        self.assertEqual(list(seen), ["account", "region", "taken", *LISTS, "missing"])
        self.assertEqual((seen["account"], seen["region"], seen["missing"]), ("123456789012", "us-east-2", []))
        self.assertIn({"id": "use2-az3", "name": "us-east-2c"}, seen["zones"])
        self.assertEqual(seen["offerings"]["p4d.24xlarge"], ["use2-az1", "use2-az2"])
        self.assertEqual(seen["offerings"]["trn1.32xlarge"], [])
        self.assertIn({"service": "fsx", "code": "L-48B7CFC7", "name": "Lustre Persistent 2 file systems",
                       "value": 100.0},
                      seen["quotas"])
        self.assertEqual(seen["reservations"], [{
            "id": "cr-0123456789abcdef0", "instance_type": "p5.48xlarge", "zone_id": "use2-az3", "state": "active",
            "type": "capacity-block", "end": "2026-12-24T11:30:00+00:00", "total": 4, "available": 3}])
        subnet = next(each for each in seen["subnets"] if each["cidr"] == "10.0.0.0/20")
        self.assertEqual((subnet["zone_id"], subnet["public_ip"]), ("use2-az2", True))
        self.assertIn({"id": subnet["vpc"], "cidrs": ["10.0.0.0/16"]}, seen["vpcs"])
        self.assertEqual(seen["route_tables"], [
            {"vpc": "vpc-0a", "main": main, "subnets": subnets, "way_out": way_out} for main, subnets, way_out in (
                (True, [], "none"), (False, ["subnet-0a"], "internet"), (False, ["subnet-0b"], "private"))])
        rules = next(each for each in seen["security_groups"] if each["id"] == "sg-0a")["rules"]
        ssh = {"direction": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22}
        self.assertEqual(rules, [ssh | {"peer_group": "sg-0b"}, ssh | {"peer_cidr": "10.0.0.0/8"},
                                 ssh | {"peer_cidr": "fd00::/8"},
                                 {"direction": "egress", "protocol": "-1", "peer_cidr": "0.0.0.0/0"}])
        self.assertEqual([each["type"] for each in seen["file_systems"]], ["LUSTRE"])
        self.assertEqual(seen["images"], [{"id": "ami-0a", "name": "built", "architecture": "x86_64",
                                           "os": "ubuntu2204"}])
        self.assertEqual(seen["stacks"], [{"name": "net", "status": "CREATE_COMPLETE"}])
        self.assertEqual(seen["buckets"], ["mine"])

    def test_it_only_looks(self):
        self.snapshot()
        operations = {call["operation"].split("-")[0] for call in self.account.calls()}
        self.assertEqual(operations, {"get", "describe", "list"})

    def test_types_are_asked_for_in_pages_of_200(self):
        self.snapshot()
        asked = [each["parameters"]["filters"] for each in self.account.calls("ec2.describe-instance-type-offerings")]
        pages = [filters[0]["Values"] for filters in (each if isinstance(each, list) else json.loads(each)
                                                      for each in asked)]
        self.assertTrue(all(0 < len(page) <= 200 for page in pages))
        self.assertIn("p5.48xlarge", sum(pages, []))

    def test_a_list_that_may_not_be_seen_is_left_out_and_named(self):
        self.account.script({"fault": "access_denied", "operation": "service-quotas.list-service-quotas",
                             "action": "servicequotas:ListServiceQuotas"},
                            {"fault": "access_denied", "operation": "ec2.describe-images",
                             "action": "ec2:DescribeImages",
                             "code": "UnauthorizedOperation"})
        seen, warnings = self.snapshot()
        self.assertEqual([name for name in LISTS if name not in seen], ["quotas", "images"])
        self.assertEqual(seen["missing"], [{"list": "quotas", "permission": "servicequotas:ListServiceQuotas"},
                                           {"list": "images", "permission": "ec2:DescribeImages"}])
        self.assertIn("warning: the snapshot has no quotas: the caller lacks servicequotas:ListServiceQuotas", warnings)
        self.assertIn("the snapshot has no images: the caller lacks ec2:DescribeImages", warnings)

    def test_throttling_passes_and_other_failures_end_it(self):
        self.account.script({"fault": "throttle", "operation": "ec2.describe-vpcs", "times": 1})
        seen, _ = self.snapshot()
        self.assertTrue(seen["vpcs"])
        self.account.script({"fault": "expired_credentials", "operation": "ec2.describe-vpcs", "times": 1})
        _, message = self.snapshot(code=3)
        self.assertIn("the credentials ran out", message)

    def test_a_wrong_region_is_an_error_before_any_call(self):
        done = self.trireme("account", "snapshot", "--region", "us-east-22", code=1)
        self.assertIn("us-east-2", done.stderr)
        self.assertIn("--region is required", self.trireme("account", "snapshot", code=2).stderr)
        self.assertEqual(self.account.calls(), [])

    def test_preflight_reads_it(self):
        self.trireme("account", "snapshot", "--region", "us-east-2", "--out", self.folder / "account.json")
        description = self.write("cluster.toml", SMALL.replace("g5.xlarge", "p4d.24xlarge")
                                 .replace("use2-az1", "use2-az3"))
        done = self.trireme("preflight", description, "--snapshot", self.folder / "account.json", code=1)
        self.assertIn("the account is offered p4d.24xlarge in use2-az1 and use2-az2, not in use2-az3", done.stdout)

    def test_it_goes_to_a_file(self):
        done = self.trireme("account", "snapshot", "--region", "us-east-2", "--out", self.folder / "account.json")
        self.assertEqual(done.stdout, "")
        self.assertEqual(json.loads((self.folder / "account.json").read_text())["region"], "us-east-2")


class MotoTest(AccountTest):
    # moto has neither of the first two operations.
    BEFORE_MOTO = f"""#!/bin/sh
case " $* " in
  *" list-service-quotas "*) echo '{{"Quotas": []}}' ;;
  *" describe-capacity-reservations "*) echo '{{"CapacityReservations": []}}' ;;
  *) exec {JUDGES}/aws "$@" ;;
esac
"""

    def test_the_real_command_line_is_understood(self):
        with Moto() as moto:
            self.write("bin/aws", self.BEFORE_MOTO).chmod(0o755)
            env = moto.env | {"PATH": f"{self.folder / 'bin'}:{moto.env['PATH']}"}
            done = self.run_trireme("account", "snapshot", "--region", moto.region, env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        seen = json.loads(done.stdout)
        absent = {each["list"] for each in seen["missing"]}
        self.assertEqual(set(LISTS) - absent, set(LISTS) & set(seen))
        self.assertEqual(seen["account"], "123456789012")
        self.assertIn("use2-az3", [zone["id"] for zone in seen["zones"]])
        self.assertIn("172.31.0.0/16", sum((vpc["cidrs"] for vpc in seen["vpcs"]), []))
        self.assertTrue(seen["subnets"] and seen["security_groups"])
        self.assertTrue(seen["offerings"]["p4d.24xlarge"])


if __name__ == "__main__":
    unittest.main()

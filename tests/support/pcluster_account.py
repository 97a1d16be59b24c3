"""An account, played by moto, in which ParallelCluster's validators may judge what trireme writes."""
import re

from moto_server import Moto

# Parts of a configuration that ParallelCluster's validators look up in ways that moto does not play.
MOTO_LACKS = {
    r"^ +CapacityReservationTarget:\n +\S+: \S+\n": "it has no capacity reservations",
    r"^ +CapacityType: CAPACITY_BLOCK\n": "which such a queue would need",
    r"^  - Name: \S+\n(?:    .*\n)*? {6}(?:FileSystemId|VolumeId): .*\n":
        "its file systems have no Lifecycle, and ids of another form",
    r"^SharedStorage:\n(?! )": "what is left of them",
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

"""Faults of networks: addresses, routes, security groups."""
import ipaddress
import re

from documents import DROP, Edit
from mutation import mutation, put, resource, uses

SUBNET, VPC, GROUP = "AWS::EC2::Subnet", "AWS::EC2::VPC", "AWS::EC2::SecurityGroup"
INGRESS, EGRESS = "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"
PEER = {INGRESS: "SourceSecurityGroupId", EGRESS: "DestinationSecurityGroupId"}


def group_of(document, path, key="GroupId"):
    """Logical name of the group that a rule belongs to, or with another key names."""
    link = document[path].get(key, {})
    return link.get("Ref") or link.get("Fn::GetAtt", [None])[0]


def rules(document):
    """(type, path of the properties) of the rules that are resources."""
    return [(kind, path) for kind in PEER for path in document.of_type(kind)]


def self_rules(document):
    return [path for kind, path in rules(document) if document[path]["IpProtocol"] == "-1"
            and group_of(document, path) == group_of(document, path, PEER[kind])]


def port_rules(document, first):
    return [(kind, path) for kind, path in rules(document) if document[path].get("FromPort") == first]


@mutation("efa-self-rules", level="warning")
def a_self_rule_is_dropped(document):
    """Nodes of ParallelCluster name the group by an id that no file has: the half that is left is all there is to see."""
    if any(re.search(r"Efa:\n +Enabled: true", each.text) for each in document.deployment.documents):
        for path in self_rules(document):
            yield Edit({path[:2]: DROP}, at=("Resources", group_of(document, path)))


@mutation("efa-self-rules")
def a_self_rule_is_dropped_from_the_nodes_of_another_file(document):
    if uses(document.deployment, "batch-job"):
        for path in self_rules(document):
            yield Edit({path[:2]: DROP}, at=("Resources", group_of(document, path)))


@mutation("efa-self-rules")
def both_self_rules_are_dropped(document):
    paths = self_rules(document)
    if paths and uses(document.deployment, "batch-job"):
        yield Edit({path[:2]: DROP for path in paths}, at=("Resources", group_of(document, paths[0])))


@mutation("efa-wrong-group")
def a_self_rule_names_another_group(document):
    for path in self_rules(document):
        kind = document[path[:2]]["Type"]
        others = [other[1] for other in document.of_type(GROUP) if other[1] != group_of(document, path)]
        for other in others:
            yield Edit({path + (PEER[kind],): {"Fn::GetAtt": [other, "GroupId"]}}, at=path[:2])


@mutation("efa-self-rules", "efa-wrong-group")
def a_self_rule_is_for_tcp_alone(document):
    if uses(document.deployment, "batch-job"):
        for path in self_rules(document):
            yield Edit({path + ("IpProtocol",): "tcp", path + ("FromPort",): 0, path + ("ToPort",): 65535},
                       at=("Resources", group_of(document, path)))


@mutation("lustre-ports")
def lustre_opens_1021_to_1023(document):
    for _, path in port_rules(document, 1018):
        yield Edit({path + ("FromPort",): 1021}, at=path[:2])


@mutation("lustre-ports")
def lustre_opens_989_instead_of_988(document):
    """What is left, the other ports of the same peer, is reported."""
    for kind, path in port_rules(document, 988):
        twin = next(other for other_kind, other in port_rules(document, 1018) if other_kind == kind
                    and all(group_of(document, other, key) == group_of(document, path, key)
                            for key in ("GroupId", PEER[kind])))
        yield Edit({path + ("FromPort",): 989, path + ("ToPort",): 989}, at=twin[:2])


@mutation("nfs-ports")
def nfs_is_shut(document):
    for kind, path in port_rules(document, 2049):
        if kind == INGRESS and document[path]["IpProtocol"] == "tcp":
            yield Edit({path[:2]: DROP}, says='"SecurityGroupIds"')


@mutation("ssh-open", level="warning")
def ssh_is_open_to_the_world(document):
    for path in document.of_type(GROUP):
        here = ("Resources", path[1] + "Ssh")
        yield Edit({here: resource(INGRESS, GroupId={"Ref": path[1]}, IpProtocol="tcp", FromPort=22, ToPort=22,
                                   CidrIp="0.0.0.0/0")})


@mutation("ssh-open", level="warning")
def everything_is_open_to_the_world(document):
    for path in document.of_type(GROUP):
        rule = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
        yield Edit({path + ("SecurityGroupIngress",): [rule]}, at=path + ("SecurityGroupIngress", 0))


@mutation("name-group")
def a_group_is_called_sg(document):
    for path in document.of_type(GROUP):
        yield Edit({path + ("GroupName",): "sg-nodes"})


@mutation("efa-public-subnet")
def nodes_with_many_cards_get_public_addresses(document):
    if uses(document.deployment, "batch-job"):
        for path in document.of_type(SUBNET, "MapPublicIpOnLaunch"):
            if path[1].startswith("Private"):
                yield Edit({path: True}, says="PrivateSubnet1Id")


@mutation("efa-public-subnet")
def an_interface_asks_for_a_public_address(document):
    for path in document.of_type("AWS::EC2::LaunchTemplate", "LaunchTemplateData.NetworkInterfaces.*"):
        if path[-1] == 0:
            yield Edit({path + ("AssociatePublicIpAddress",): True})


@mutation("cidr-overlap")
def two_subnets_overlap(document):
    paths = document.of_type(SUBNET, "CidrBlock")
    for path in paths[1:]:
        yield Edit({path: document[paths[0]]})


@mutation("cidr-size")
def a_subnet_is_too_small(document):
    yield from put(document, document.of_type(SUBNET, "CidrBlock"), lambda cidr: cidr.split("/")[0] + "/29")


@mutation("cidr-size")
def a_network_is_too_large(document):
    yield from put(document, document.of_type(VPC, "CidrBlock"), "10.0.0.0/8")


@mutation("cidr-size")
def a_block_is_no_block(document):
    yield from put(document, document.of_type(SUBNET, "CidrBlock"), lambda cidr: "10.0.300." + cidr.rsplit(".", 1)[1])


@mutation("cidr-size")
def a_block_has_host_bits(document):
    yield from put(document, document.of_type(SUBNET, "CidrBlock"), lambda cidr: cidr.replace(".0/", ".7/"))


@mutation("cidr-inside")
def a_subnet_is_outside_of_its_network(document):
    yield from put(document, document.of_type(SUBNET, "CidrBlock"), "192.168.0.0/24")


@mutation("cidr-secondary")
def a_secondary_block_is_restricted(document):
    for path in document.of_type(VPC):
        inside = ipaddress.ip_network("10.0.0.0/8").supernet_of(ipaddress.ip_network(document[path]["CidrBlock"]))
        if inside:
            block = resource("AWS::EC2::VPCCidrBlock", VpcId={"Ref": path[1]}, CidrBlock="192.168.0.0/20")
            here = ("Resources", "Second")
            yield Edit({here: block}, at=here + ("Properties", "CidrBlock"))


@mutation("zone-region")
def a_subnet_is_in_a_zone_of_another_region(document):
    zone = "euw1-az2"
    yield from put(document, document.of_type(SUBNET, "AvailabilityZoneId"), zone)


@mutation("gateway-order", level="warning")
def a_route_does_not_wait_for_the_gateway(document):
    for path in document.of_type("AWS::EC2::Route", "GatewayId"):
        yield Edit({path[:2] + ("DependsOn",): DROP}, at=path[:2])


@mutation("gateway-order", level="warning")
def an_elastic_ip_does_not_wait_for_the_gateway(document):
    for path in document.of_type("AWS::EC2::EIP"):
        yield Edit({path[:2] + ("DependsOn",): DROP}, at=path[:2])


@mutation("nat-address")
def a_nat_gateway_has_no_address(document):
    for path in document.of_type("AWS::EC2::NatGateway", "AllocationId"):
        yield Edit({path: DROP}, at=path[:2])


@mutation("way-out", level="warning")
def private_subnets_have_no_way_out(document):
    for path in document.of_type("AWS::EC2::Route", "NatGatewayId"):
        yield Edit({path[:2]: DROP}, at=("Resources", document[path[:-1]]["RouteTableId"]["Ref"]))


@mutation("nat-single", level="info")
def one_nat_gateway_serves_two_zones(document):
    """The second private subnet of a network moves to a zone of its own."""
    nats = document.of_type("AWS::EC2::NatGateway")
    zones = document.of_type(SUBNET, "AvailabilityZoneId")
    if len(nats) == 1 and len({document[path] for path in zones}) == 1:
        zone = document[zones[-1]]
        yield Edit({zones[-1]: zone[:-1] + ("2" if zone[-1] == "1" else "1")}, at=nats[0][:2])


@mutation("quota-group-rules", level="undecided")
def a_group_has_more_rules_than_an_account_starts_with(document):
    for path in document.of_type(GROUP):
        ports = [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/8"}
                 for port in range(3000, 3061)]
        yield Edit({path + ("SecurityGroupIngress",): ports}, at=path[:2])

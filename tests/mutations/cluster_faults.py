"""Faults of ParallelCluster configurations and of scripts."""
import re

from documents import DROP, Edit
from mutation import mutation, put

QUEUES = "Scheduling.SlurmQueues.*"
NODES = QUEUES + ".ComputeResources.*"
TYPES = NODES + ".Instances.*.InstanceType"
BOTH = ("HeadNode.InstanceType", TYPES)


def cluster(*rules, **more):
    return mutation(*rules, kinds=("pcluster",), **more)


def reserved(document):
    """Compute resources that name a reservation."""
    return [path[:-1] for path in document.each(NODES + ".CapacityReservationTarget")]


@cluster("os-support")
def the_operating_system_is_past_its_end(document):
    yield from put(document, document.each("Image.Os"), "ubuntu2004")


@cluster("os-support", level="warning")
def the_operating_system_is_no_longer_updated(document):
    yield from put(document, document.each("Image.Os"), "alinux2")


@cluster("instance-known")
def an_instance_type_of_nodes_is_misspelt(document):
    for pattern in BOTH:
        for path in document.each(pattern):
            yield Edit({path: document[path].replace("xlarge", "xlagre")}, remedy=document[path])


@cluster("instance-prefix")
def an_instance_type_of_nodes_is_hyperpods(document):
    for pattern in BOTH:
        yield from put(document, document.each(pattern), lambda name: "ml." + name)


@cluster("instance-offered", level="warning")
def a_type_is_not_in_the_region(document):
    for path in document.each("Region"):
        if re.search(r"p4de\.24|p5\.48", document.text):
            yield Edit({path: "eu-west-3"}, says="InstanceType")


@cluster("efa-type")
def efa_is_on_for_a_type_without(document):
    for path in document.each(NODES + ".Efa.Enabled"):
        if document[path]:
            yield Edit({path[:-2] + ("Instances", 0, "InstanceType"): "g5.2xlarge"}, at=path)


@cluster("node-counts", "block-target")
def the_least_nodes_are_above_the_most(document):
    for path in document.each(NODES + ".MinCount"):
        yield Edit({path: document[path[:-1] + ("MaxCount",)] + 1})


@cluster("placement-beside-reservation", level="warning")
def a_placement_group_is_on_beside_a_reservation(document):
    for path in reserved(document):
        here = path[:3] + ("Networking", "PlacementGroup", "Enabled")
        if document.has(here) and not document[here]:
            yield Edit({here: True})


@cluster("pcluster-placement", level="warning")
def efa_has_no_placement_group(document):
    for path in document.each(QUEUES + ".Networking.PlacementGroup.Enabled"):
        nodes = document[path[:3]]["ComputeResources"][0]
        if document[path] and nodes["Efa"]["Enabled"] and "CapacityReservationTarget" not in nodes:
            yield Edit({path: False}, at=path[:3] + ("ComputeResources", 0, "Efa", "Enabled"))


@cluster("reservation-twice", level="warning")
def a_reservation_is_named_at_two_levels(document):
    for path in reserved(document):
        target = {"CapacityReservationId": "cr-0fedcba9876543210"}
        yield Edit({path[:3] + ("CapacityReservationTarget",): target}, at=path + ("CapacityReservationTarget",))


@cluster("block-target")
def a_block_has_no_id(document):
    for path in reserved(document):
        yield Edit({path[:3] + ("CapacityType",): "CAPACITY_BLOCK", path + ("CapacityReservationTarget",): DROP})


@cluster("block-target")
def a_block_starts_in_part(document):
    for path in document.each(QUEUES + ".CapacityType"):
        if document[path] == "CAPACITY_BLOCK":
            nodes = path[:3] + ("ComputeResources", 0)
            yield Edit({nodes + ("MinCount",): 0}, at=nodes + ("MinCount",))


@cluster("block-type")
def nodes_are_of_a_type_that_is_not_sold_in_blocks(document):
    for path in document.each(QUEUES + ".CapacityType"):
        if document[path] == "CAPACITY_BLOCK":
            yield Edit({path[:3] + ("ComputeResources", 0, "Instances", 0, "InstanceType"): "g5.48xlarge"}, at=path)


@cluster("pcluster-idle-reservation", level="info")
def reserved_nodes_are_off(document):
    for path in reserved(document):
        if document[path[:3]]["CapacityType"] == "ONDEMAND":
            yield Edit({path + ("MinCount",): 0})


@cluster("pcluster-image")
def an_image_is_no_id(document):
    for path in document.each(QUEUES):
        yield Edit({path + ("Image",): {"CustomAmi": "pytorch-latest"}}, at=path + ("Image", "CustomAmi"))


@cluster("image-neuron", level="warning")
def trainium_starts_from_an_image_without_neuron(document):
    for path in document.each(TYPES):
        if "CustomAmi" not in document.text:
            yield Edit({path: "trn1.32xlarge"})


@cluster("imds-version", level="warning")
def nodes_answer_version_1_of_the_metadata_service(document):
    yield from put(document, document.each("Imds.ImdsSupport"), "v1.0")


@cluster("imds-version", level="warning")
def any_user_may_take_the_role_of_the_head(document):
    yield from put(document, document.each("HeadNode.Imds.Secured"), False)


@cluster("ssh-open", level="warning")
def ssh_to_the_head_is_open_to_the_world(document):
    yield from put(document, document.each("HeadNode.Ssh.AllowedIps"), "0.0.0.0/0")


@cluster("ssh-open", level="warning")
def nobody_says_who_may_log_in(document):
    for path in document.each("HeadNode.Ssh"):
        yield Edit({path: DROP}, says="HeadNode")


@cluster("name-queue")
def the_name_of_a_queue_is_too_long(document):
    yield from put(document, document.each(QUEUES + ".Name"), "training-of-large-language-models")


@cluster("name-queue")
def the_name_of_nodes_has_an_underscore(document):
    yield from put(document, document.each(NODES + ".Name"), "gpu_nodes")


@cluster("mount-twice")
def two_file_systems_have_one_mount(document):
    for path in document.each("SharedStorage"):
        first, second = path + (len(document[path]),), path + (len(document[path]) + 1,)
        disk = {"MountDir": "/shared", "StorageType": "Ebs"}
        yield Edit({first: {"Name": "one", **disk}, second: {"Name": "two", **disk}}, at=second + ("MountDir",))


@cluster("lustre-capacity")
def a_managed_lustre_is_off_by_one_step(document):
    for path in document.each("SharedStorage.*.FsxLustreSettings"):
        yield Edit({path: {"StorageCapacity": 3600, "DeploymentType": "PERSISTENT_2",
                           "PerUnitStorageThroughput": 250}}, at=path + ("StorageCapacity",))


@cluster("lustre-throughput")
def a_managed_lustre_has_a_throughput_that_is_not_in_the_list(document):
    for path in document.each("SharedStorage.*.FsxLustreSettings"):
        yield Edit({path: {"StorageCapacity": 4800, "DeploymentType": "PERSISTENT_2",
                           "PerUnitStorageThroughput": 200}}, at=path + ("PerUnitStorageThroughput",))


@cluster("script-unpinned", level="warning")
def a_script_is_on_the_main_branch(document):
    for path in document.each("HeadNode.CustomActions.OnNodeConfigured.Sequence.*.Script") + document.each(
            QUEUES + ".CustomActions.OnNodeConfigured.Sequence.*.Script"):
        yield Edit({path: re.sub(r"/[0-9a-f]{40}/", "/main/", document[path])})


@cluster("script-plain-http", level="warning")
def a_script_comes_without_tls(document):
    for path in document.each(QUEUES):
        action = {"OnNodeConfigured": {"Script": "http://setup.example.com/v1/docker.sh"}}
        yield Edit({path + ("CustomActions",): action}, at=path + ("CustomActions", "OnNodeConfigured", "Script"))


@cluster("placeholder", level="info")
def a_hole_is_not_filled_in(document):
    yield from put(document, document.each("HeadNode.Networking.SubnetId"), "PLACEHOLDER_PUBLIC_SUBNET")


@cluster("syntax")
def a_key_is_repeated(document):
    lines = document.text.split("\n")
    for at, line in enumerate(lines):
        if re.match(r" *[A-Z]\w+: [A-Za-z0-9]", line):
            yield Edit({}, text="\n".join(lines[:at + 1] + lines[at:]), line=at + 2)


@cluster("syntax")
def anchors_multiply(document):
    bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    bomb += [f"{name}: &{name} [{', '.join(['*' + old] * 9)}]" for old, name in zip("abcdefgh", "bcdefghi")]
    text = "\n".join(bomb) + "\n" + document.text
    yield Edit({}, text=text, says=": &")


@cluster("syntax")
def a_tab_indents(document):
    lines = document.text.split("\n")
    for at, line in enumerate(lines):
        if line.startswith("  ") and line.endswith(":"):
            yield Edit({}, text="\n".join(lines[:at] + ["\t" + line] + lines[at + 1:]), line=at + 1)


@cluster("syntax")
def a_tag_is_not_known(document):
    lines = document.text.split("\n")
    for at, line in enumerate(lines):
        if "MinCount: " in line:
            yield Edit({}, text=document.text.replace(line, line.replace(": ", ": !Reff ")), line=at + 1)


def shell(*rules, **more):
    return mutation(*rules, kinds=("shell",), **more)


def with_line(document, line):
    """The script with one more line at its end."""
    count = document.text.count("\n")
    yield Edit({}, text=document.text + line + "\n", line=count + 1)


@shell("environment", level="warning")
def a_script_forces_rdma(document):
    yield from with_line(document, "export FI_EFA_USE_DEVICE_RDMA=1")


@shell("environment", level="warning")
def a_script_forces_huge_pages(document):
    yield from with_line(document, "export FI_EFA_USE_HUGE_PAGE=1")


@shell("script-unpinned", level="warning")
def a_script_fetches_the_main_branch(document):
    yield from with_line(document, "curl -fsS https://raw.githubusercontent.com/acme/setup/main/run.sh | bash")


@shell("script-plain-http", level="warning")
def a_script_fetches_without_tls(document):
    yield from with_line(document, "wget http://packages.example.com/nccl.tar.gz")


@shell("secret-literal")
def a_script_holds_a_password(document):
    yield from with_line(document, "export DB_PASSWORD=correct-horse-battery")

"""Faults of AWS Batch: instances, their interfaces and capacity, containers."""
from documents import DROP, Edit
from mutation import mutation, put

TEMPLATE, ENVIRONMENT, JOB = ("AWS::EC2::LaunchTemplate", "AWS::Batch::ComputeEnvironment",
                              "AWS::Batch::JobDefinition")
CONTAINER = "NodeProperties.NodeRangeProperties.*.Container"


def data(document, pattern=""):
    return [path for each in document.of_type(TEMPLATE, "LaunchTemplateData") for path in document.each(pattern, each)]


def container(document, pattern=""):
    return [path for each in document.of_type(JOB, CONTAINER) for path in document.each(pattern, each)]


def requirement(document, kind):
    return [path + ("Value",) for path in container(document, "ResourceRequirements.*")
            if document[path]["Type"] == kind]


def instance_types(document):
    return document.of_type(ENVIRONMENT, "ComputeResources.InstanceTypes.*")


def environment(document, name, value):
    """The variable in each container."""
    for path in container(document, "Environment"):
        here = path + (len(document[path]),)
        yield Edit({here: {"Name": name, "Value": value}}, at=here + ("Value",))


def script(document, line):
    """A line in each script that nodes run when they start."""
    paths = data(document, "UserData.Fn::Base64") + data(document, "UserData.Fn::Base64.Fn::Sub")
    yield from put(document, [path for path in paths if isinstance(document[path], str)],
                   lambda text: text.replace("set -euo pipefail\n", f"set -euo pipefail\n{line}\n"))


@mutation("instance-known")
def an_instance_type_is_misspelt(document):
    for path in instance_types(document):
        yield Edit({path: document[path].replace("xlarge", "xlrage")}, remedy=document[path])


@mutation("instance-prefix")
def an_instance_type_is_hyperpods(document):
    yield from put(document, instance_types(document), lambda name: "ml." + name)


@mutation("efa-type", "efa-interfaces")
def efa_is_asked_of_a_type_without(document):
    for path in instance_types(document):
        yield Edit({path: "g5.2xlarge"}, says='"NetworkInterfaces"')


@mutation("efa-interfaces")
def a_card_index_is_given_twice(document):
    for path in data(document, "NetworkInterfaces.*.NetworkCardIndex"):
        if document[path] > 1:
            yield Edit({path: document[path] - 1}, at=path[:-2])


@mutation("efa-interfaces")
def a_device_index_is_out_of_range(document):
    for path in data(document, "NetworkInterfaces.*.DeviceIndex"):
        yield Edit({path: 60}, at=path[:-2])


@mutation("efa-interfaces")
def one_interface_is_too_many(document):
    for path in data(document, "NetworkInterfaces"):
        last = document[path][-1]
        extra = {**last, "NetworkCardIndex": last["NetworkCardIndex"] + 1}
        yield Edit({path + (len(document[path]),): extra}, at=path)


@mutation("efa-interfaces")
def the_first_interface_carries_no_address(document):
    for path in data(document, "NetworkInterfaces.*.InterfaceType"):
        if path[-2] == 0:
            yield Edit({path: "efa-only"}, at=path[:-2])


@mutation("efa-count", level="warning")
def an_interface_is_missing(document):
    for path in data(document, "NetworkInterfaces.*"):
        if path[-1] > 0:
            yield Edit({path: DROP}, at=path[:-1])


@mutation("imds-version", level="warning")
def the_metadata_service_answers_version_1(document):
    yield from put(document, data(document, "MetadataOptions.HttpTokens"), "optional")


@mutation("imds-version", level="warning")
def the_metadata_service_is_not_set(document):
    for path in data(document, "MetadataOptions"):
        yield Edit({path: DROP}, at=path[:-1])


@mutation("placement-beside-reservation", level="warning")
def a_placement_group_stands_beside_a_block(document):
    for path in data(document, "CapacityReservationSpecification"):
        here = path[:-1] + ("Placement",)
        yield Edit({here: {"GroupName": "near"}}, at=here + ("GroupName",))


@mutation("block-target")
def a_capacity_block_has_no_id(document):
    for path in data(document, "InstanceMarketOptions.MarketType"):
        yield Edit({path[:-2] + ("CapacityReservationSpecification",): DROP}, at=path)


@mutation("block-type")
def a_type_is_not_sold_in_blocks(document):
    for path in instance_types(document):
        if data(document, "InstanceMarketOptions"):
            yield Edit({path: "g5.48xlarge"}, says='"MarketType"')


@mutation("reservation-empty")
def a_reservation_is_empty_when_its_parameter_is(document):
    for path in data(document, "CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationId"):
        yield Edit({("Parameters",): {"ReservationId": {"Type": "String", "Default": ""}},
                    path: {"Ref": "ReservationId"}}, at=path[:-1])


@mutation("batch-spot")
def jobs_of_several_nodes_run_on_spot(document):
    if not data(document, "InstanceMarketOptions"):
        yield from put(document, document.of_type(ENVIRONMENT, "ComputeResources.Type"), "SPOT")


@mutation("batch-best-fit", level="info")
def an_environment_can_not_be_updated(document):
    yield from put(document, document.of_type(ENVIRONMENT, "ComputeResources.AllocationStrategy"), "BEST_FIT")


@mutation("image-gpu")
def gpus_have_no_driver(document):
    yield from put(document, document.of_type(ENVIRONMENT, "ComputeResources.Ec2Configuration.*.ImageType"),
                   "ECS_AL2023")


@mutation("image-path")
def the_path_of_a_parameter_stands_for_an_image(document):
    for path in data(document):
        yield Edit({path + ("ImageId",): "/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id"})


@mutation("image-architecture")
def the_image_is_for_another_processor(document):
    for path in data(document):
        yield Edit({path + ("ImageId",): "{{resolve:ssm:/acme/images/pytorch-arm64}}"})


@mutation("job-memlock", level="warning")
def memory_can_not_be_locked(document):
    for path in container(document, "Ulimits"):
        kept = [limit for limit in document[path] if limit["Name"] != "memlock"]
        yield Edit({path: kept}, at=path[:-1])


@mutation("job-memlock", level="warning")
def little_memory_can_be_locked(document):
    for path in container(document, "Ulimits.*.HardLimit"):
        if document[path] == -1:
            yield Edit({path: 65536})


@mutation("job-shared-memory", level="warning")
def shared_memory_is_small(document):
    yield from put(document, container(document, "LinuxParameters.SharedMemorySize"), 64)


@mutation("job-shared-memory", level="warning")
def shared_memory_is_left_out(document):
    for path in container(document, "LinuxParameters.SharedMemorySize"):
        yield Edit({path: DROP}, at=path[:-2])


@mutation("job-efa-devices")
def a_uverbs_device_is_missing(document):
    for path in container(document, "LinuxParameters.Devices.*"):
        yield Edit({path: DROP}, at=path[:-1])


@mutation("job-efa-devices", level="warning")
def no_efa_device_is_given(document):
    for path in container(document, "LinuxParameters.Devices"):
        yield Edit({path: DROP}, at=path[:-2])


@mutation("job-fits")
def a_job_wants_more_vcpus_than_the_type_has(document):
    yield from put(document, requirement(document, "VCPU"), "256")


@mutation("job-fits")
def a_job_wants_more_memory_than_the_type_has(document):
    yield from put(document, requirement(document, "MEMORY"), "4194304")


@mutation("job-fits")
def a_job_wants_more_gpus_than_the_type_has(document):
    yield from put(document, requirement(document, "GPU"), "16")


@mutation("job-one-node")
def each_node_runs_alone(document):
    command = ["mpirun", "--allow-run-as-root", "-np", "8", "/opt/nccl-tests/build/all_reduce_perf", "-g", "1"]
    for path in container(document, "Command"):
        yield Edit({path: command})


@mutation("job-one-node")
def mpirun_has_no_list_of_hosts(document):
    for path in container(document, "Command.*"):
        with_hosts = '--hostfile "$work/hostfile" '
        if isinstance(document[path], str) and with_hosts in document[path]:
            yield Edit({path: document[path].replace(with_hosts, "")}, at=path[:-1])


@mutation("job-timeout", level="info")
def a_job_never_ends(document):
    for path in document.of_type(JOB, "Timeout"):
        yield Edit({path: DROP}, says='"Container"')


@mutation("image-unpinned", level="warning")
def an_image_is_the_latest(document):
    yield from put(document, container(document, "Image"), lambda image: image.rsplit(":", 1)[0] + ":latest")


@mutation("image-unpinned", level="warning")
def an_image_has_no_tag(document):
    yield from put(document, container(document, "Image"), lambda image: image.rsplit(":", 1)[0])


@mutation("environment", level="warning")
def a_stale_protocol_is_set(document):
    yield from environment(document, "NCCL_PROTO", "simple")


@mutation("environment", level="warning")
def rdma_is_forced(document):
    yield from environment(document, "FI_EFA_USE_DEVICE_RDMA", "1")


@mutation("environment", level="warning")
def rdma_core_is_told_to_be_fork_safe(document):
    yield from environment(document, "RDMAV_FORK_SAFE", "1")


@mutation("secret-literal")
def an_access_key_is_in_the_environment(document):
    yield from environment(document, "AWS_ACCESS_KEY_ID", "AKIA" + "Q3EXAMPLE7ABCDEF")


@mutation("software-versions")
def the_plugin_is_older_than_the_type_needs(document):
    for path in container(document, "Image"):
        if "p5-block" in document.deployment.name or document.deployment.name == "llama-batch":
            yield Edit({path: document[path].replace("ofiv1.16.0", "ofiv1.7.1")})


@mutation("script-plain-http", level="warning")
def a_package_comes_without_tls(document):
    yield from script(document, "curl -O http://packages.example.com/efa.deb")


@mutation("script-unpinned", level="warning")
def nodes_run_what_is_on_the_main_branch(document):
    yield from script(document, "curl -fsS https://raw.githubusercontent.com/acme/setup/main/docker.sh | bash")

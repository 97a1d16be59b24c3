"""Faults of file systems, buckets and databases."""
from documents import DROP, Edit
from mutation import mutation, put, uses

FILES, BUCKET = "AWS::FSx::FileSystem", "AWS::S3::Bucket"
CLUSTER, INSTANCE = "AWS::RDS::DBCluster", "AWS::RDS::DBInstance"


def lustre(document, pattern="", top=False):
    """Paths below LustreConfiguration, or with `top` below Properties, of each Lustre file system."""
    return [path for each in document.of_type(FILES, "LustreConfiguration")
            for path in document.each(pattern, each[:-1] if top else each)]


def openzfs(document, pattern=""):
    return [path for each in document.of_type(FILES, "OpenZFSConfiguration")
            for path in document.each(pattern, each[:-1])]


@mutation("lustre-capacity", "lustre-efa")
def lustre_capacity_is_off_by_one_step(document):
    yield from put(document, lustre(document, "StorageCapacity", top=True), lambda size: size + 1200 if size > 1200
                   else size + 600)


@mutation("lustre-throughput")
def lustre_throughput_is_not_in_the_list(document):
    yield from put(document, lustre(document, "PerUnitStorageThroughput"), 300)


@mutation("lustre-throughput")
def lustre_throughput_is_left_out(document):
    for path in lustre(document, "PerUnitStorageThroughput"):
        yield Edit({path: DROP}, at=path[:-1])


@mutation("lustre-metadata-version", "lustre-version")
def lustre_is_2_12_with_metadata(document):
    for path in lustre(document, "MetadataConfiguration"):
        yield Edit({path[:-2] + ("FileSystemTypeVersion",): "2.12"})


@mutation("lustre-version")
def lustre_is_too_old_for_the_clients(document):
    """Without the metadata that 2.15 brought; the clients are in the configuration of the cluster."""
    for path in lustre(document, "MetadataConfiguration"):
        if uses(document.deployment, "pcluster"):
            yield Edit({path[:-2] + ("FileSystemTypeVersion",): "2.10", path: DROP})


@mutation("lustre-metadata-iops")
def metadata_iops_are_odd(document):
    for path in lustre(document, "MetadataConfiguration"):
        yield Edit({path: {"Mode": "USER_PROVISIONED", "Iops": 5000}}, at=path + ("Iops",))


@mutation("lustre-metadata-iops")
def metadata_iops_are_left_out(document):
    yield from put(document, lustre(document, "MetadataConfiguration.Mode"), "USER_PROVISIONED")


@mutation("lustre-metadata-deployment")
def scratch_has_metadata(document):
    for path in lustre(document, "MetadataConfiguration.Mode"):
        own = path[:-2]
        yield Edit({own + ("DeploymentType",): "SCRATCH_2", own + ("PerUnitStorageThroughput",): DROP}, at=path)


@mutation("lustre-deployment")
def lustre_deployment_does_not_exist(document):
    yield from put(document, lustre(document, "DeploymentType"), "PERSISTENT_3")


@mutation("lustre-efa")
def lustre_with_efa_is_off_its_step(document):
    for path in lustre(document, "EfaEnabled"):
        yield Edit({path[:-2] + ("StorageCapacity",): 12000})


@mutation("lustre-efa")
def lustre_with_efa_has_no_metadata(document):
    for path in lustre(document, "MetadataConfiguration"):
        efa = path[:-1] + ("EfaEnabled",)
        yield Edit({efa: True, path: DROP}, at=efa)


@mutation("lustre-repository")
def lustre_is_backed_up_beside_its_repository(document):
    linked = [document[path]["Ref"] for path in document.of_type("AWS::FSx::DataRepositoryAssociation", "FileSystemId")]
    for path in lustre(document, "AutomaticBackupRetentionDays"):
        if path[1] in linked:
            yield Edit({path: 7})


@mutation("fsx-subnets")
def lustre_is_in_two_subnets(document):
    for path in lustre(document, "SubnetIds", top=True):
        yield Edit({path: document[path] * 2}, at=path + (0,))


@mutation("openzfs-capacity")
def openzfs_is_too_small(document):
    yield from put(document, openzfs(document, "StorageCapacity"), 32)


@mutation("openzfs-throughput")
def openzfs_throughput_is_not_in_the_list(document):
    yield from put(document, openzfs(document, "OpenZFSConfiguration.ThroughputCapacity"), 100)


@mutation("data-deleted", level="warning")
def data_goes_with_its_stack(document):
    for kind in (FILES, BUCKET, CLUSTER):
        for path in document.of_type(kind):
            yield Edit({path[:2] + ("DeletionPolicy",): "Delete"})


@mutation("data-deleted", level="warning")
def data_has_no_deletion_policy(document):
    for kind in (FILES, BUCKET):
        for path in document.of_type(kind):
            yield Edit({path[:2] + ("DeletionPolicy",): DROP}, at=path[:2])


@mutation("bucket-tls", level="warning")
def a_bucket_policy_is_dropped(document):
    for path in document.of_type("AWS::S3::BucketPolicy"):
        yield Edit({path[:2]: DROP}, at=("Resources", document[path]["Bucket"]["Ref"]))


@mutation("bucket-public", level="warning")
def a_switch_against_public_access_is_off(document):
    for path in document.of_type(BUCKET, "PublicAccessBlockConfiguration.*"):
        yield Edit({path: False})


@mutation("bucket-encryption", level="info")
def a_bucket_does_not_say_how_it_is_encrypted(document):
    for path in document.of_type(BUCKET, "BucketEncryption"):
        yield Edit({path: DROP}, at=path[:2])


@mutation("name-bucket")
def a_bucket_name_has_capitals(document):
    for path in document.of_type(BUCKET):
        yield Edit({path + ("BucketName",): "Acme_Corpus"})


@mutation("name-bucket")
def a_bucket_name_is_too_long(document):
    for path in document.of_type(BUCKET):
        yield Edit({path + ("BucketName",): "corpus-" * 10})


@mutation("database-version")
def aurora_is_retired(document):
    yield from put(document, document.of_type(CLUSTER, "EngineVersion"), "8.0.mysql_aurora.3.07.1")


@mutation("database-capacity")
def the_least_capacity_is_above_the_most(document):
    yield from put(document, document.of_type(CLUSTER, "ServerlessV2ScalingConfiguration.MinCapacity"), 16.0)


@mutation("database-capacity")
def capacity_is_between_steps(document):
    yield from put(document, document.of_type(CLUSTER, "ServerlessV2ScalingConfiguration.MaxCapacity"), 4.3)


@mutation("database-deletion", level="warning")
def a_protected_database_shall_be_deleted(document):
    for path in document.of_type(CLUSTER, "DeletionProtection"):
        yield Edit({path[:2] + ("DeletionPolicy",): "Delete"}, at=path)


@mutation("database-zones")
def a_database_has_one_subnet(document):
    for path in document.of_type("AWS::RDS::DBSubnetGroup", "SubnetIds"):
        yield Edit({path: document[path][:1]}, at=path + (0,))


@mutation("database-zones")
def the_subnets_of_a_database_are_in_one_zone(document):
    """They are in the file of the network, which exports them."""
    zones = [path for path in document.of_type("AWS::EC2::Subnet", "AvailabilityZoneId") if path[1].startswith("Priv")]
    if len({document[path] for path in zones}) == 2:
        yield Edit({zones[1]: document[zones[0]]}, says="PrivateSubnet1Id")


@mutation("database-public", level="warning")
def a_database_is_public(document):
    yield from put(document, document.of_type(INSTANCE, "PubliclyAccessible"), True)


@mutation("database-encryption", level="warning")
def a_database_is_not_encrypted(document):
    yield from put(document, document.of_type(CLUSTER, "StorageEncrypted"), False)


@mutation("secret-literal")
def a_password_stands_in_the_file(document):
    yield from put(document, document.of_type(CLUSTER, "MasterUserPassword"), "hunter2hunter2")

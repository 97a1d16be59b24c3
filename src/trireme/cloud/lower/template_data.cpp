#include <algorithm>

#include "trireme/cloud/lower/template_resources.h"

namespace trireme::cloud {

namespace {

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

FileSystemModel file_system_of(const LoweredResource& resource) {
  const Entry properties = resource.entry();
  FileSystemModel made;
  made.name = resource.label();
  made.where = resource.properties.where;
  made.kind = properties["FileSystemType"].text();
  if (made.kind) made.kind.value = lower_case(*made.kind);
  made.size_gib = properties["StorageCapacity"].integer();
  made.storage_type = or_default(properties["StorageType"].text(), std::string("SSD"));
  made.subnets = properties["SubnetIds"].links();
  made.groups = properties["SecurityGroupIds"].links();
  const bool zfs = made.kind.is("openzfs");
  const Entry own = properties[zfs ? "OpenZFSConfiguration" : "LustreConfiguration"];
  made.deployment = own["DeploymentType"].text();
  if (!zfs) made.deployment = or_default(made.deployment, std::string("SCRATCH_1"));
  made.throughput = own[zfs ? "ThroughputCapacity" : "PerUnitStorageThroughput"].integer();
  made.version = properties["FileSystemTypeVersion"].text();
  made.metadata_mode = own["MetadataConfiguration"]["Mode"].text();
  made.metadata_iops = own["MetadataConfiguration"]["Iops"].integer();
  made.efa = or_default(own["EfaEnabled"].boolean(), false);
  made.backup_days = own["AutomaticBackupRetentionDays"].integer();
  made.import_path = own["ImportPath"].text();
  return made;
}

void add_databases(const TemplateParts& parts, Model& model) {
  const auto subnets_of = [&](const Entry& name) {
    Facts<Link> subnets;
    subnets.complete = false;
    const auto group = name.link();
    if (!group || !group->declared) return subnets;
    parts.each("AWS::RDS::DBSubnetGroup", [&](const LoweredResource& resource) {
      if (resource.name == group->name) subnets = resource.entry()["SubnetIds"].links();
    });
    return subnets;
  };
  const auto add = [&](const LoweredResource& resource, bool cluster) {
    const Entry properties = resource.entry();
    DatabaseModel database;
    database.name = resource.label();
    database.where = resource.properties.where;
    database.cluster = cluster;
    database.engine = properties["Engine"].text();
    database.engine_version = properties["EngineVersion"].text();
    const Entry scaling = properties["ServerlessV2ScalingConfiguration"];
    database.min_capacity = scaling["MinCapacity"].number();
    database.max_capacity = scaling["MaxCapacity"].number();
    database.subnets = subnets_of(properties["DBSubnetGroupName"]);
    database.deletion_protection = properties["DeletionProtection"].boolean();
    database.is_public = properties["PubliclyAccessible"].boolean();
    // An instance of a cluster, a replica and a restored copy have the encryption of what they come from.
    const bool member = (!properties["DBClusterIdentifier"].absent() && !cluster) ||
                        !properties["SourceDBInstanceIdentifier"].absent() ||
                        !properties["SourceDBClusterIdentifier"].absent() ||
                        !properties["DBSnapshotIdentifier"].absent() || !properties["SnapshotIdentifier"].absent();
    database.encrypted = properties["StorageEncrypted"].boolean();
    if (!member) database.encrypted = or_default(database.encrypted, false);
    database.deletion_policy = resource.raw["DeletionPolicy"].text();
    model.databases.push_back(std::move(database));
  };
  parts.each("AWS::RDS::DBCluster", [&](const LoweredResource& resource) { add(resource, true); });
  parts.each("AWS::RDS::DBInstance", [&](const LoweredResource& resource) { add(resource, false); });
}

/// Does a statement of the bucket's policy refuse requests without TLS?
bool demands_tls(const Entry& policy) {
  for (const Entry& statement : policy["PolicyDocument"]["Statement"].items()) {
    const Text transport = statement["Condition"]["Bool"]["aws:SecureTransport"].text();
    const auto flag = statement["Condition"]["Bool"]["aws:SecureTransport"].boolean();
    if (statement["Effect"].text().is("Deny") && (transport.is("false") || flag.is(false))) return true;
  }
  return false;
}

void add_buckets(const TemplateParts& parts, Model& model) {
  parts.each("AWS::S3::Bucket", [&](const LoweredResource& resource) {
    const Entry properties = resource.entry();
    BucketModel bucket;
    bucket.name = resource.label();
    bucket.where = resource.properties.where;
    bucket.bucket_name = properties["BucketName"].text();
    const Entry block = properties["PublicAccessBlockConfiguration"];
    bool unknown = block.unknown();
    Fact<bool> blocked = {true, bucket.where, false};
    for (const char* key : {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"}) {
      const auto on = block[key].boolean();
      unknown = unknown || on.unknown;
      if (!on.is(true)) blocked = {false, on.absent() ? bucket.where : on.where, false};
    }
    bucket.public_access_blocked = unknown ? Fact<bool>{std::nullopt, bucket.where, true} : blocked;
    const Entry encryption = properties["BucketEncryption"];
    bucket.encryption = {!encryption.absent(), bucket.where, false};
    bool tls = false, other = false;
    parts.each("AWS::S3::BucketPolicy", [&](const LoweredResource& policy) {
      const auto owner = policy.entry()["Bucket"].link();
      if (owner && *owner == resource.link()) {
        tls = tls || demands_tls(policy.entry());
      } else if (!owner) {
        other = true;
      }
    });
    bucket.tls_only = {tls, bucket.where, false};
    if (!tls && other) bucket.tls_only = {std::nullopt, bucket.where, true};
    model.buckets.push_back(std::move(bucket));
  });
}

}  // namespace

void lower_data_resources(const TemplateParts& parts, Model& model) {
  parts.each("AWS::FSx::FileSystem",
             [&](const LoweredResource& resource) { model.file_systems.push_back(file_system_of(resource)); });
  parts.each("AWS::FSx::DataRepositoryAssociation", [&](const LoweredResource& resource) {
    const auto owner = resource.entry()["FileSystemId"].link();
    for (FileSystemModel& each : model.file_systems) {
      if (owner && owner->declared && each.name == "Resources." + owner->name) each.has_data_repository = true;
    }
  });
  add_databases(parts, model);
  add_buckets(parts, model);
}

}  // namespace trireme::cloud

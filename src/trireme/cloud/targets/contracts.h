#pragma once

#include "trireme/cloud/description/cluster.h"
#include "trireme/cloud/template/names.h"
#include "trireme/cloud/template/stack.h"
#include "trireme/core/format.h"

/// Every value that one stack of a cluster exports for others. Producer and consumers call the same function.
namespace trireme::cloud::contracts {

inline std::string stack_name(const Cluster& cluster, const std::string& target) { return cluster.name + "-" + target; }

/// Zones count from 0.
inline Contract<VpcKind> vpc(const Cluster& cluster) { return {stack_name(cluster, "network"), "VpcId"}; }
inline Contract<SubnetKind> private_subnet(const Cluster& cluster, size_t zone) {
  return {stack_name(cluster, "network"), format("PrivateSubnet{}Id", zone + 1)};
}
inline Contract<SubnetKind> public_subnet(const Cluster& cluster, size_t zone) {
  return {stack_name(cluster, "network"), format("PublicSubnet{}Id", zone + 1)};
}
inline Contract<SecurityGroupKind> node_group(const Cluster& cluster) {
  return {stack_name(cluster, "network"), "NodeSecurityGroupId"};
}
inline Contract<SecurityGroupKind> storage_group(const Cluster& cluster) {
  return {stack_name(cluster, "network"), "StorageSecurityGroupId"};
}

/// Holds templates that are too large for a request.
inline Contract<NameKind> bootstrap_bucket(const Cluster& cluster) {
  return {stack_name(cluster, "buckets"), "BootstrapBucketName"};
}
inline Contract<NameKind> bucket(const Cluster& cluster, const std::string& storage) {
  return {stack_name(cluster, "buckets"), camel_case(storage) + "BucketName"};
}

inline Contract<FileSystemKind> file_system(const Cluster& cluster, const std::string& storage) {
  return {stack_name(cluster, "filesystems"), camel_case(storage) + "FileSystemId"};
}
inline Contract<NameKind> lustre_mount_name(const Cluster& cluster, const std::string& storage) {
  return {stack_name(cluster, "filesystems"), camel_case(storage) + "MountName"};
}
inline Contract<VolumeKind> root_volume(const Cluster& cluster, const std::string& storage) {
  return {stack_name(cluster, "filesystems"), camel_case(storage) + "RootVolumeId"};
}

inline Contract<NameKind> database_host(const Cluster& cluster) {
  return {stack_name(cluster, "accounting"), "DatabaseHost"};
}
/// The secret that holds the password of accounting.user, as plain text.
inline Contract<SecretKind> database_secret(const Cluster& cluster) {
  return {stack_name(cluster, "accounting"), "DatabaseSecretArn"};
}
/// Members may reach the database.
inline Contract<SecurityGroupKind> database_clients(const Cluster& cluster) {
  return {stack_name(cluster, "accounting"), "DatabaseClientSecurityGroupId"};
}

}  // namespace trireme::cloud::contracts

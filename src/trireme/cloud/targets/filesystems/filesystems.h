#pragma once

#include "trireme/cloud/synthesis.h"

namespace trireme::cloud::filesystems {

bool applies(const Cluster& cluster);
void render(Synthesis& synthesis);

/// The file system of a [storage.…] of kind lustre, created or adopted.
FileSystemId lustre_id(const Cluster& cluster, const Storage& storage);
/// What clients mount of it.
Name lustre_mount_name(const Cluster& cluster, const Storage& storage);
/// The file system of one of kind openzfs. Throws ConfigError when it is adopted, since only its volume is known.
FileSystemId openzfs_id(const Cluster& cluster, const Storage& storage);
/// The volume of one of kind openzfs.
VolumeId openzfs_volume(const Cluster& cluster, const Storage& storage);

}  // namespace trireme::cloud::filesystems

#include "trireme/cloud/targets/batch/launch_template.h"

#include "trireme/cloud/targets/filesystems/filesystems.h"
#include "trireme/cloud/targets/network/network.h"
#include "trireme/cloud/targets/nodes.h"
#include "trireme/cloud/template/names.h"
#include "trireme/core/format.h"

namespace trireme::cloud::batch {

namespace {

/// Interfaces of the layout that AWS prescribes, or the primary one alone.
List network_interfaces(const Cluster& cluster, const NodeGroup& group) {
  List interfaces;
  for (const catalog::NetworkInterface& interface : catalog::network_interfaces(type_of(group))) {
    if (!uses_efa(group) && !interfaces.empty()) break;
    const auto kind = uses_efa(group) ? interface.kind : catalog::InterfaceKind::kEna;
    interfaces.emplace_back(Map{{"NetworkCardIndex", interface.card},
                                {"DeviceIndex", interface.device},
                                {"InterfaceType", catalog::to_string(kind)},
                                {"Groups", List{network::node_group(cluster)}},
                                {"DeleteOnTermination", true}});
  }
  return interfaces;
}

void add_capacity(Map& data, const Capacity& capacity) {
  if (capacity.kind == "block") data.push_back({"InstanceMarketOptions", Map{{"MarketType", "capacity-block"}}});
  if (capacity.id.empty()) return;
  const bool by_group = capacity.kind == "reservation-group";
  const Map target = {{by_group ? "CapacityReservationResourceGroupArn" : "CapacityReservationId", capacity.id}};
  data.push_back({"CapacityReservationSpecification", Map{{"CapacityReservationTarget", target}}});
}

/// Local disks as one array, RAID 0: what a job loses with its instance.
constexpr const char* kScratch = R"sh(
disks=$(find /dev/disk/by-id -name 'nvme-Amazon_EC2_NVMe_Instance_Storage_*-ns-1' | sort)
if [ -n "$disks" ]; then
  # shellcheck disable=SC2086 # one word a disk
  mdadm --create /dev/md/scratch --level=0 --raid-devices="$(wc -w <<<"$disks")" --force $disks
  mkfs.xfs -q /dev/md/scratch
  mkdir -p "$scratch"
  mount -o noatime /dev/md/scratch "$scratch"
  chmod 1777 "$scratch"
fi
)sh";

/// What mounts the file system, by its DNS name.
Text mount_command(const Cluster& cluster, const Storage& storage) {
  const Text suffix = ".fsx." + Text::region() + "." + Text::url_suffix();
  const std::string make_folder = format("mkdir -p {}\n", storage.mount);
  if (storage.kind == "lustre") {
    const Text id = filesystems::lustre_id(cluster, storage).text();
    return make_folder + "mount -t lustre -o noatime,flock " + id + suffix + "@tcp:/" +
           filesystems::lustre_mount_name(cluster, storage).text() + " " + storage.mount + "\n";
  }
  const Text id = filesystems::openzfs_id(cluster, storage).text();
  return make_folder + "mount -t nfs -o nfsvers=4.2,noatime,nconnect=16 " + id + suffix + ":/fsx " + storage.mount +
         "\n";
}

/// Runs once at the first boot, before the container agent: a node whose disks or file systems are not there takes no
/// job.
Text start_script(const Cluster& cluster, const NodeGroup& group) {
  Text script =
      "#!/bin/bash\n"
      "set -euo pipefail\n"
      "trap 'echo \"node set-up failed at line $LINENO\" >/dev/console; systemctl mask --now ecs' ERR\n";
  if (type_of(group).local_nvme_disks > 0) {
    script = script + "dnf install -y -q mdadm xfsprogs\n" + "scratch=" + group.scratch + kScratch;
  }
  for (const Storage& storage : cluster.storage) {
    if (storage.kind == "bucket") continue;
    script = script +
             (storage.kind == "lustre" ? "dnf install -y -q lustre-client\n" : "dnf install -y -q nfs-utils\n") +
             mount_command(cluster, storage);
  }
  return script;
}

/// Batch merges user data with its own, so it must be MIME: "Use Amazon EC2 launch templates with AWS Batch", AWS Batch
/// User Guide.
Map user_data(const Cluster& cluster, const NodeGroup& group) {
  const Text mime =
      "MIME-Version: 1.0\n"
      "Content-Type: multipart/mixed; boundary=\"==PART==\"\n\n"
      "--==PART==\n"
      "Content-Type: text/x-shellscript; charset=\"us-ascii\"\n\n" +
      start_script(cluster, group) + "--==PART==--\n";
  return {{"Fn::Base64", mime}};
}

/// What `trireme watch` finds instances by, and the description's tags, on whatever is started with the template.
List tag_specifications(const Cluster& cluster, const NodeGroup& group) {
  List tags = name_tag(cluster.name + "-" + group.name);
  tags.emplace_back(Map{{"Key", kClusterTag}, {"Value", cluster.name}});
  tags.emplace_back(Map{{"Key", kGroupTag}, {"Value", group.name}});
  for (const auto& [key, value] : cluster.tags) {
    if (key != "Name") tags.emplace_back(Map{{"Key", key}, {"Value", value}});
  }
  return {Map{{"ResourceType", "instance"}, {"Tags", tags}}, Map{{"ResourceType", "volume"}, {"Tags", tags}}};
}

}  // namespace

Handle<NameKind> add_launch_template(Stack& stack, const Cluster& cluster, const NodeGroup& group) {
  Map data = {{"NetworkInterfaces", network_interfaces(cluster, group)},
              {"MetadataOptions", Map{{"HttpTokens", "required"}, {"HttpPutResponseHopLimit", 2}}},
              {"BlockDeviceMappings", List{Map{{"DeviceName", "/dev/xvda"},
                                               {"Ebs", Map{{"VolumeSize", group.root_gib},
                                                           {"VolumeType", "gp3"},
                                                           {"Encrypted", true},
                                                           {"DeleteOnTermination", true}}}}}},
              {"Monitoring", Map{{"Enabled", cluster.monitoring.detailed}}},
              {"UserData", user_data(cluster, group)},
              {"TagSpecifications", tag_specifications(cluster, group)}};
  if (!group.hyperthreads && type_of(group).threads_per_core > 1) {
    data.push_back({"CpuOptions", Map{{"CoreCount", type_of(group).cores}, {"ThreadsPerCore", 1}}});
  }
  add_capacity(data, group.capacity);
  return stack.add<NameKind>("Template" + camel_case(group.name), "AWS::EC2::LaunchTemplate",
                             {{"LaunchTemplateData", std::move(data)}});
}

}  // namespace trireme::cloud::batch

#include "trireme/cloud/targets/batch/job.h"

#include "trireme/cloud/targets/batch/nccl_job_script.h"
#include "trireme/cloud/targets/environment/advice.h"
#include "trireme/cloud/targets/nodes.h"
#include "trireme/cloud/template/names.h"
#include "trireme/core/format.h"

namespace trireme::cloud::batch {

namespace {

constexpr const char* kSocketInterface = "NCCL_SOCKET_IFNAME";

/// The container agent and the system keep a part of an instance's memory: "Compute resource memory management", AWS
/// Batch User Guide.
constexpr double kMemoryForJobs = 0.9;

int efa_devices(const NodeGroup& group) {
  if (!uses_efa(group)) return 0;
  int devices = 0;
  for (const catalog::NetworkInterface& interface : catalog::network_interfaces(type_of(group))) {
    devices += interface.has_efa() ? 1 : 0;
  }
  return devices;
}

List resources(const NodeGroup& group) {
  const catalog::InstanceType& type = type_of(group);
  const int64_t vcpus = group.hyperthreads ? type.vcpus : type.cores;
  const auto memory = static_cast<int64_t>(static_cast<double>(type.memory_mib) * kMemoryForJobs);
  List resources = {Map{{"Type", "VCPU"}, {"Value", std::to_string(vcpus)}},
                    Map{{"Type", "MEMORY"}, {"Value", std::to_string(memory)}}};
  if (type.accelerators.maker == "nvidia") {
    resources.emplace_back(Map{{"Type", "GPU"}, {"Value", std::to_string(type.accelerators.count)}});
  }
  return resources;
}

Map linux_parameters(const Cluster& cluster, const NodeGroup& group) {
  List devices;
  for (int device = 0; device < efa_devices(group); ++device) {
    const std::string path = format("/dev/infiniband/uverbs{}", device);
    devices.emplace_back(
        Map{{"HostPath", path}, {"ContainerPath", path}, {"Permissions", List{"READ", "WRITE", "MKNOD"}}});
  }
  Map parameters = {{"SharedMemorySize", cluster.batch.shared_memory_gib * 1024}};
  if (!devices.empty()) parameters.push_back({"Devices", std::move(devices)});
  return parameters;
}

/// EFA registers memory, so nothing may limit what is locked.
List ulimits() {
  const auto limit = [](const char* name, int64_t value) {
    return Map{{"Name", name}, {"SoftLimit", value}, {"HardLimit", value}};
  };
  return {limit("memlock", -1), limit("stack", 67108864), limit("nofile", 1024000)};
}

List host_folders(const Cluster& cluster, const NodeGroup& group) {
  List folders;
  const auto add = [&](const std::string& name, const std::string& path) {
    folders.emplace_back(Map{{"Name", name}, {"Host", Map{{"SourcePath", path}}}});
  };
  if (type_of(group).local_nvme_disks > 0) add("scratch", group.scratch);
  for (const Storage& storage : cluster.storage) {
    if (storage.kind != "bucket") add(storage.name, storage.mount);
  }
  return folders;
}

List mount_points(const Cluster& cluster, const NodeGroup& group) {
  List mounts;
  const auto add = [&](const std::string& name, const std::string& path) {
    mounts.emplace_back(Map{{"SourceVolume", name}, {"ContainerPath", path}, {"ReadOnly", false}});
  };
  if (type_of(group).local_nvme_disks > 0) add("scratch", group.scratch);
  for (const Storage& storage : cluster.storage) {
    if (storage.kind != "bucket") add(storage.name, storage.mount);
  }
  return mounts;
}

List environment_variables(const Cluster& cluster, const NodeGroup& group) {
  const std::string gpus = std::to_string(type_of(group).accelerators.count);
  List variables = {Map{{"Name", "GPUS_PER_NODE"}, {"Value", gpus}}};
  for (const catalog::Advice& advice : environment::efa_advice(cluster, group)) {
    if (advice.state != catalog::Advice::State::kSet || advice.variable == kSocketInterface) continue;
    variables.emplace_back(Map{{"Name", advice.variable}, {"Value", advice.value}});
  }
  // The advice names a host's interfaces. These containers have a network of their own, where names differ by image, so
  // what is no way to another node is ruled out instead.
  variables.emplace_back(Map{{"Name", kSocketInterface}, {"Value", "^lo,docker,ecs"}});
  return variables;
}

Map container(const Cluster& cluster, const NodeGroup& group, const Name& log_group) {
  return {{"Image", cluster.batch.image},
          {"Command", List{"bash", "-c", kNcclJobScript}},
          {"ResourceRequirements", resources(group)},
          {"LinuxParameters", linux_parameters(cluster, group)},
          {"Ulimits", ulimits()},
          {"Environment", environment_variables(cluster, group)},
          {"Volumes", host_folders(cluster, group)},
          {"MountPoints", mount_points(cluster, group)},
          {"LogConfiguration", Map{{"LogDriver", "awslogs"}, {"Options", Map{{"awslogs-group", log_group}}}}}};
}

}  // namespace

std::string queue_name(const Cluster& cluster, const NodeGroup& group) { return cluster.name + "-" + group.name; }

std::string job_definition_name(const Cluster& cluster, const NodeGroup& group) {
  return cluster.name + "-" + group.name + "-nccl";
}

void add_nccl_job(Stack& stack, const Cluster& cluster, const NodeGroup& group, const Name& log_group) {
  stack.add("NcclJob" + camel_case(group.name), "AWS::Batch::JobDefinition",
            {{"JobDefinitionName", job_definition_name(cluster, group)},
             {"Type", "multinode"},
             {"PlatformCapabilities", List{"EC2"}},
             {"PropagateTags", true},
             {"RetryStrategy", Map{{"Attempts", 1}}},
             {"Timeout", Map{{"AttemptDurationSeconds", cluster.batch.timeout_s}}},
             {"NodeProperties",
              Map{{"NumNodes", cluster.batch.nodes},
                  {"MainNode", 0},
                  {"NodeRangeProperties",
                   List{Map{{"TargetNodes", "0:"}, {"Container", container(cluster, group, log_group)}}}}}}});
}

Map submit_request(const Cluster& cluster, const NodeGroup& group) {
  return {{"jobName", job_definition_name(cluster, group)},
          {"jobQueue", queue_name(cluster, group)},
          {"jobDefinition", job_definition_name(cluster, group)},
          {"propagateTags", true}};
}

}  // namespace trireme::cloud::batch

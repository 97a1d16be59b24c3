#include <algorithm>
#include <set>

#include "trireme/cloud/preflight/judge.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

bool is_uverbs(const Text& path) { return path && path->rfind("/dev/infiniband/uverbs", 0) == 0; }

int64_t uverbs_of(const ContainerJob& job) {
  return std::count_if(job.devices.items.begin(), job.devices.items.end(), is_uverbs);
}

bool uses_efa(const ContainerJob& job) { return uverbs_of(job) > 0 || (job.efa && *job.efa > 0); }

bool uses_several_gpus(const ContainerJob& job) { return job.gpus && *job.gpus > 1; }

void check_memlock(const Model& model, Judge& judge) {
  for (const ContainerJob& job : model.jobs) {
    if (!job.runs || !job.limits_apply || !uses_efa(job) || job.memlock.unknown || job.memlock.is(-1)) continue;
    judge.find(job.memlock ? job.memlock.where : job.where, job.name,
               job.memlock
                   ? format("locks at most {} bytes of memory, and EFA registers all of its buffers", *job.memlock)
                   : "no ulimit memlock: EFA registers memory, and the default limit is small");
  }
}

void check_shared_memory(const Model& model, Judge& judge) {
  constexpr int64_t kLeast = 1024;
  for (const ContainerJob& job : model.jobs) {
    if (!job.runs || !uses_several_gpus(job) || job.shared_memory_mib.unknown) continue;
    if (job.shared_memory_mib && *job.shared_memory_mib >= kLeast) continue;
    judge.find(job.shared_memory_mib ? job.shared_memory_mib.where : job.where, job.name,
               job.shared_memory_mib ? format("/dev/shm has {} MiB for {} GPUs", *job.shared_memory_mib, *job.gpus)
                                     : format("/dev/shm has the default of 64 MiB for {} GPUs", *job.gpus));
  }
}

void check_devices(const Model& model, Judge& judge) {
  for (const ContainerJob& job : model.jobs) {
    const catalog::InstanceType* type = type_of(job.instance);
    if (type == nullptr || !type->efa_interfaces || !job.devices.complete) continue;
    const int64_t devices = uverbs_of(job);
    if (devices > 0 && devices != *type->efa_interfaces) {
      judge.find(job.devices.where, job.name,
                 format("{} uverbs devices, and {} has {} EFA interfaces", devices, type->name, *type->efa_interfaces));
    }
    if (job.efa && *job.efa > *type->efa_interfaces) {
      judge.find(job.efa.where, job.name,
                 format("asks for {} EFA interfaces, and {} has {}", *job.efa, type->name, *type->efa_interfaces));
    }
    if (job.nodes && *job.nodes > 1 && devices == 0 && !job.efa && *type->efa_interfaces > 0 &&
        uses_several_gpus(job)) {
      judge.find(job.where, job.name, format("{} nodes without EFA devices: {} talks over TCP", *job.nodes, type->name),
                 {.level = Level::kWarning});
    }
  }
}

void check_fit(const Model& model, Judge& judge) {
  for (const ContainerJob& job : model.jobs) {
    const catalog::InstanceType* type = type_of(job.instance);
    if (type == nullptr) continue;
    const auto over = [&](const Fact<int64_t>& wanted, int64_t has, const char* what) {
      if (!wanted || *wanted <= has) return;
      judge.find(wanted.where, job.name, format("asks for {} {}, and {} has {}", *wanted, what, type->name, has));
    };
    over(job.vcpus, type->vcpus, "vCPUs");
    over(job.memory_mib, type->memory_mib, "MiB of memory");
    const bool gpus = type->accelerators.maker == "nvidia";
    over(job.gpus, gpus ? type->accelerators.count : 0, "GPUs");
  }
}

/// The words of a command, with those inside of `bash -c "…"` and of scripts.
std::vector<std::string> words_of(const ContainerJob& job) {
  std::vector<std::string> words;
  for (const Text& item : job.command.items) {
    size_t begin = 0;
    while (begin < item->size()) {
      const size_t end = std::min(item->find_first_of(" \t\n\"'", begin), item->size());
      if (end > begin) words.push_back(item->substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return words;
}

/// An option, or a variable, of Open MPI or MPICH that says where ranks run.
bool lists_hosts(const std::string& word) {
  const std::string option = word.substr(0, word.find('='));
  for (const char* each : {"-hostfile", "-host", "-hosts", "-machinefile"}) {
    if (option == each || option == std::string("-") + each) return true;
  }
  return option == "-H" || option.find("default_hostfile") != std::string::npos ||
         option.find("default-hostfile") != std::string::npos;
}

void check_one_node(const Model& model, Judge& judge) {
  for (const ContainerJob& job : model.jobs) {
    if (!job.nodes || *job.nodes < 2 || !job.command.complete) continue;
    const std::vector<std::string> words = words_of(job);
    const bool starts = std::any_of(words.begin(), words.end(), [](const std::string& word) {
      return word.find("mpirun") != std::string::npos || word.find("mpiexec") != std::string::npos;
    });
    if (!starts || std::any_of(words.begin(), words.end(), lists_hosts)) continue;
    for (size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i] != "-np" && words[i] != "-n" && words[i] != "--np") continue;
      judge.find(job.command.where, job.name,
                 format("{} nodes, and mpirun starts {} ranks without a list of hosts: each node runs alone",
                        *job.nodes, words[i + 1]));
      break;
    }
  }
}

void check_timeout(const Model& model, Judge& judge) {
  for (const ContainerJob& job : model.jobs) {
    if (!job.runs || !job.limits_apply || !job.timeout_s.absent() || !job.nodes || *job.nodes < 2) continue;
    judge.find(job.where, job.name, "a job of several nodes without a timeout: a node that never comes is paid for");
  }
}

void check_spot(const Model& model, Judge& judge) {
  const bool several = std::any_of(model.jobs.begin(), model.jobs.end(), [](const ContainerJob& job) {
    return job.limits_apply && job.nodes && *job.nodes > 1;
  });
  for (const NodeModel& node : model.nodes) {
    if (!several || !node.allocation || !node.capacity.kind.is("spot")) continue;
    judge.find(node.capacity.kind.where, node.name, "multi-node jobs on a compute environment of spot instances");
  }
}

void check_allocation(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    if (!node.allocation.is("BEST_FIT")) continue;
    judge.find(node.allocation.where, node.name,
               "allocation strategy BEST_FIT: the compute environment can't be updated in place");
  }
}

constexpr std::string_view kDefinition = "AWS Batch User Guide, Elastic Fabric Adapter";

constexpr Rule kRules[] = {
    {"job-memlock", Level::kWarning, "A container with EFA may lock all of its memory",
     "add the ulimit memlock with soft and hard limit -1", kDefinition, check_memlock},
    {"job-shared-memory", Level::kWarning, "A container with several GPUs has shared memory",
     "set linuxParameters.sharedMemorySize, or mount an emptyDir of medium Memory at /dev/shm",
     "NVIDIA NCCL User Guide, Troubleshooting, shared memory", check_shared_memory},
    {"job-efa-devices", Level::kError, "A container gets the EFA interfaces that the type has",
     "list /dev/infiniband/uverbs0 to the last one", kDefinition, check_devices},
    {"job-fits", Level::kError, "A container fits on the type", "ask for less, or for a larger type",
     "AWS Batch User Guide, Job definition parameters", check_fit},
    {"job-one-node", Level::kError, "A job of several nodes leaves its node",
     "start mpirun with the list of nodes, or use a launcher that joins them",
     "AWS Batch User Guide, Multi-node parallel jobs; Open MPI mpirun(1)", check_one_node},
    {"job-timeout", Level::kInfo, "A job of several nodes ends", "set timeout.attemptDurationSeconds",
     "AWS Batch User Guide, Job timeouts", check_timeout},
    {"batch-spot", Level::kError, "Multi-node jobs don't run on spot", "use on-demand or reserved capacity",
     "AWS Batch User Guide, Multi-node parallel jobs, compute environment considerations", check_spot},
    {"batch-best-fit", Level::kInfo, "A compute environment can be updated", "use BEST_FIT_PROGRESSIVE",
     "AWS Batch User Guide, Allocation strategies", check_allocation},
};

}  // namespace

std::span<const Rule> job_rules() { return kRules; }

}  // namespace trireme::cloud

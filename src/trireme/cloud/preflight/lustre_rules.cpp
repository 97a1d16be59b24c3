#include <algorithm>

#include "trireme/catalog/version.h"
#include "trireme/cloud/preflight/judge.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

std::string numbers(const std::vector<int64_t>& all) {
  std::vector<std::string> words;
  for (const int64_t each : all) words.push_back(std::to_string(each));
  return list_of(words);
}

bool holds(const std::vector<int64_t>& all, int64_t value) {
  return std::find(all.begin(), all.end(), value) != all.end();
}

/// Calls `take(system, deployment)` for Lustre file systems of a deployment type that the table has.
template <class Take>
void each_lustre(const Model& model, Take take) {
  for (const FileSystemModel& system : model.file_systems) {
    if (!system.kind.is("lustre") || !system.deployment || !system.storage_type) continue;
    if (const auto* row = find_lustre(*system.deployment, *system.storage_type)) take(system, *row);
  }
}

bool has_metadata(const FileSystemModel& system) { return !system.metadata_mode.absent(); }

void check_deployment(const Model& model, Judge& judge) {
  const std::vector<std::string> known = lustre_deployments();
  for (const FileSystemModel& system : model.file_systems) {
    if (!system.kind.is("lustre") || !system.deployment) continue;
    if (std::find(known.begin(), known.end(), *system.deployment) != known.end()) continue;
    judge.find(system.deployment.where, system.name,
               format("no deployment type \"{}\"; there are {}", *system.deployment, list_of(known)));
  }
}

void check_capacity(const Model& model, Judge& judge) {
  each_lustre(model, [&](const FileSystemModel& system, const LustreDeployment& row) {
    if (!system.size_gib || system.efa.is(true)) return;  // lustre-efa says it
    int64_t step = row.step;
    // Disks grow by what gives their throughput: 6000 GiB at 12 MB/s per TiB, 1800 at 40.
    if (row.storage == "HDD") step = system.throughput.is(12) ? 6000 : system.throughput.is(40) ? 1800 : row.step;
    const int64_t size = *system.size_gib;
    if (holds(row.sizes, size) || (size > 0 && size % step == 0)) return;
    const int64_t above = (size / step + 1) * step;
    const int64_t below = size / step * step;
    judge.find(
        system.size_gib.where, system.name,
        format("{} takes {}{}multiples of {} GiB, not {}", *system.deployment, numbers(row.sizes),
               row.sizes.empty() ? "" : " GiB and ", step, size),
        {.remedy = below > 0 ? format("write {} or {}", below, above)
                             : format("write {}",
                                      row.sizes.empty() || size > row.sizes.front() ? above : row.sizes.front())});
  });
}

void check_throughput(const Model& model, Judge& judge) {
  each_lustre(model, [&](const FileSystemModel& system, const LustreDeployment& row) {
    if (row.throughputs.empty()) {
      if (!system.throughput) return;
      judge.find(system.throughput.where, system.name,
                 format("{} takes no throughput per TiB, and {} is given", *system.deployment, *system.throughput),
                 {.remedy = "remove it"});
    } else if (system.throughput.absent()) {
      judge.find(system.throughput.where, system.name, format("{} needs a throughput per TiB", *system.deployment),
                 {.remedy = "write one of " + numbers(row.throughputs)});
    } else if (system.throughput && !holds(row.throughputs, *system.throughput)) {
      judge.find(
          system.throughput.where, system.name,
          format("{} takes {} MB/s per TiB, not {}", *system.deployment, numbers(row.throughputs), *system.throughput));
    }
  });
}

bool older(const std::string& version, const std::string& floor) {
  auto given = catalog::Version::parse(version);
  auto least = catalog::Version::parse(floor);
  return given && least && *given < *least;
}

void check_metadata_version(const Model& model, Judge& judge) {
  each_lustre(model, [&](const FileSystemModel& system, const LustreDeployment&) {
    if (!has_metadata(system) || !system.version || !older(*system.version, "2.15")) return;
    judge.find(system.version.where, system.name,
               format("Lustre {} with a metadata configuration, which needs 2.15", *system.version));
  });
}

void check_metadata_deployment(const Model& model, Judge& judge) {
  each_lustre(model, [&](const FileSystemModel& system, const LustreDeployment& row) {
    if (!has_metadata(system) || row.metadata) return;
    judge.find(system.metadata_mode.where, system.name,
               format("{} takes no metadata configuration", *system.deployment));
  });
}

void check_metadata_iops(const Model& model, Judge& judge) {
  constexpr int64_t kStep = 12000, kMost = 192000;
  for (const FileSystemModel& system : model.file_systems) {
    if (system.metadata_mode.is("USER_PROVISIONED") && system.metadata_iops.absent()) {
      judge.find(system.metadata_mode.where, system.name, "USER_PROVISIONED metadata without Iops");
    }
    if (system.metadata_mode.is("AUTOMATIC") && system.metadata_iops) {
      judge.find(system.metadata_iops.where, system.name, "Iops beside AUTOMATIC metadata", {.remedy = "remove Iops"});
      continue;
    }
    if (!system.metadata_iops) continue;
    const int64_t iops = *system.metadata_iops;
    const bool step = iops > 0 && iops <= kMost && iops % kStep == 0;
    if (step || holds({1500, 3000, 6000}, iops)) continue;
    judge.find(system.metadata_iops.where, system.name,
               format("metadata takes 1500, 3000, 6000, or multiples of {} up to {} IOPS, not {}", kStep, kMost, iops));
  }
}

void check_efa(const Model& model, Judge& judge) {
  each_lustre(model, [&](const FileSystemModel& system, const LustreDeployment& row) {
    if (!system.efa.is(true)) return;
    if (!row.metadata || system.metadata_mode.absent()) {
      judge.find(system.efa.where, system.name, "EFA needs PERSISTENT_2 with a metadata configuration");
      return;
    }
    const auto step = system.throughput ? row.efa_steps.find(*system.throughput) : row.efa_steps.end();
    if (step == row.efa_steps.end() || !system.size_gib || *system.size_gib % step->second == 0) return;
    judge.find(system.size_gib.where, system.name,
               format("with EFA at {} MB/s per TiB capacity is a multiple of {} GiB, not {}", step->first, step->second,
                      *system.size_gib));
  });
}

void check_version(const Model& model, Judge& judge) {
  for (const FileSystemModel& system : model.file_systems) {
    if (!system.kind.is("lustre") || !system.version) continue;
    const OsSupport* client = nullptr;  // too new for it
    for (const Model& other : judge.models()) {
      for (const NodeModel& node : other.nodes) {
        const OsSupport* os = node.os ? find_os(*node.os) : nullptr;
        if (os != nullptr && older(*system.version, os->lustre)) client = os;
      }
    }
    if (client != nullptr) {
      judge.find(system.version.where, system.name,
                 format("Lustre {} is too old for the client of {}, which needs {}", *system.version, client->os,
                        client->lustre));
      continue;
    }
    if (!older(*system.version, "2.15")) continue;
    judge.find(system.version.where, system.name, format("Lustre {} is an old version", *system.version),
               {.level = Level::kInfo});
  }
}

void check_repository(const Model& model, Judge& judge) {
  each_lustre(model, [&](const FileSystemModel& system, const LustreDeployment& row) {
    const bool linked = system.has_data_repository || !system.import_path.absent();
    if (linked && system.backup_days && *system.backup_days > 0) {
      judge.find(system.backup_days.where, system.name,
                 format("backups of {} days beside a data repository", *system.backup_days));
    }
    if (row.metadata && !system.import_path.absent()) {
      judge.find(system.import_path.where, system.name,
                 format("{} is linked by an association, not by ImportPath", *system.deployment),
                 {.remedy = "use AWS::FSx::DataRepositoryAssociation"});
    }
    if (row.throughputs.empty() && system.backup_days && *system.backup_days > 0) {
      judge.find(system.backup_days.where, system.name, format("{} takes no backups", *system.deployment));
    }
    if (system.has_data_repository && system.version.is("2.10")) {
      judge.find(system.version.where, system.name, "data repository associations need Lustre 2.12");
    }
  });
}

constexpr std::string_view kCreate = "Amazon FSx API Reference, CreateFileSystem";
constexpr std::string_view kMetadata = "Amazon FSx API Reference, CreateFileSystemLustreMetadataConfiguration";
constexpr std::string_view kEfa = "FSx for Lustre User Guide, Working with EFA-enabled file systems";

constexpr Rule kRules[] = {
    {"lustre-deployment", Level::kError, "The deployment type exists", "write PERSISTENT_2 or SCRATCH_2", kCreate,
     check_deployment},
    {"lustre-capacity", Level::kError, "Capacity is a step of the deployment type", "round to a step", kCreate,
     check_capacity},
    {"lustre-throughput", Level::kError, "Throughput per TiB is one that the deployment type has", "write one of those",
     "FSx for Lustre User Guide, Managing throughput capacity", check_throughput},
    {"lustre-metadata-version", Level::kError, "A metadata configuration is for Lustre 2.15",
     "write FileSystemTypeVersion 2.15", kMetadata, check_metadata_version},
    {"lustre-metadata-deployment", Level::kError, "A metadata configuration is for PERSISTENT_2",
     "remove it, or use PERSISTENT_2", kMetadata, check_metadata_deployment},
    {"lustre-metadata-iops", Level::kError, "Metadata IOPS are a step that FSx takes", "round up to a step", kMetadata,
     check_metadata_iops},
    {"lustre-efa", Level::kError, "An EFA-enabled file system has the metadata and the capacity for it",
     "use PERSISTENT_2, a metadata configuration and a multiple of the step", kEfa, check_efa},
    {"lustre-version", Level::kError, "The version suits the clients", "write FileSystemTypeVersion 2.15",
     "FSx for Lustre User Guide, Lustre file system and client kernel compatibility", check_version},
    {"lustre-repository", Level::kError, "A linked data repository suits the file system",
     "set AutomaticBackupRetentionDays to 0: the repository is the copy",
     "FSx for Lustre User Guide, Working with backups; Linking your file system to an S3 bucket", check_repository},
};

}  // namespace

std::span<const Rule> lustre_rules() { return kRules; }

}  // namespace trireme::cloud

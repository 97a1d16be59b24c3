#include "trireme/cloud/lower/kubernetes.h"

#include "trireme/cloud/lower/entry.h"
#include "trireme/cloud/lower/placeholders.h"
#include "trireme/cloud/lower/scripts.h"
#include "trireme/config/access.h"

namespace trireme::cloud {

namespace {

/// A quantity such as "64Gi" in MiB.
Fact<int64_t> mebibytes(const Entry& entry) {
  const Text text = entry.text();
  Fact<int64_t> result{std::nullopt, text.where, text.unknown};
  if (!text) return result;
  const size_t digits = text->find_first_not_of("0123456789");
  const std::string unit = digits == std::string::npos ? "" : text->substr(digits);
  const int64_t count = digits == 0 || text->size() > 15 ? -1 : std::stoll(text->substr(0, digits));
  if (count < 0) {
    result.unknown = true;
  } else if (unit == "Gi") {
    result.value = count * 1024;
  } else if (unit == "Mi") {
    result.value = count;
  } else if (unit == "Ti") {
    result.value = count * 1024 * 1024;
  } else {
    result.unknown = true;
  }
  return result;
}

/// Size of /dev/shm: a volume in memory that the container mounts there.
Fact<int64_t> shared_memory(const Entry& pod, const Entry& container) {
  for (const Entry& mount : container["volumeMounts"].items()) {
    if (!mount["mountPath"].text().is("/dev/shm")) continue;
    for (const Entry& volume : pod["volumes"].items()) {
      const Text name = mount["name"].text();
      if (!name || !volume["name"].text().is(*name)) continue;
      Fact<int64_t> size = mebibytes(volume["emptyDir"]["sizeLimit"]);
      // Without a limit it may grow to the memory of the node.
      if (size.absent()) size.unknown = true;
      return size;
    }
  }
  Fact<int64_t> none;
  none.where = container.where();
  return none;
}

void add_pod(const Entry& pod, Model& model) {
  for (const char* list : {"containers", "initContainers"}) {
    for (const Entry& container : pod[list].items()) {
      ContainerJob job;
      job.name = "container " + container["name"].text().value.value_or("");
      job.where = container.where();
      job.image = container["image"].text();
      job.limits_apply = false;
      job.instance = pod["nodeSelector"]["node.kubernetes.io/instance-type"].text();
      const Entry limits = container["resources"]["limits"];
      job.gpus = limits["nvidia.com/gpu"].integer();
      job.efa = limits["vpc.amazonaws.com/efa"].integer();
      job.vcpus = limits["cpu"].integer();
      job.memory_mib = mebibytes(limits["memory"]);
      job.shared_memory_mib = shared_memory(pod, container);
      job.nodes.unknown = true;
      job.timeout_s.unknown = true;
      job.command = container[container["args"].absent() ? "command" : "args"].texts();
      add_command(job.command, model);
      for (const Entry& variable : container["env"].items()) {
        const Text name = variable["name"].text();
        if (!name) continue;
        Text value = variable["value"].text();
        value.unknown = value.unknown || !variable["valueFrom"].absent();
        model.settings.push_back({*name, value, job.instance});
      }
      model.jobs.push_back(std::move(job));
    }
  }
}

void find_pods(const config::Value& value, Model& model) {
  if (const config::Table* table = config::as_table(&value)) {
    if (config::as_array(config::find(*table, "containers")) != nullptr) return add_pod(Entry(value), model);
    for (const config::Member& member : *table) find_pods(member.value, model);
  } else if (const config::Array* array = config::as_array(&value)) {
    for (const config::Value& item : *array) find_pods(item, model);
  }
}

}  // namespace

Model lower_kubernetes(const std::vector<config::Value>& documents, const std::string& file) {
  Model model;
  model.file = file;
  model.kind = "kubernetes";
  for (const config::Value& document : documents) find_pods(without_placeholders(document, model), model);
  return model;
}

}  // namespace trireme::cloud

#include "trireme/cloud/lower/batch_job.h"

#include <algorithm>

#include "trireme/cloud/lower/placeholders.h"
#include "trireme/cloud/lower/scripts.h"

namespace trireme::cloud {

namespace {

/// Reads keys in the spelling of the API.
class Keys {
 public:
  explicit Keys(KeyCase keys) : upper_(keys == KeyCase::kUpper) {}
  Entry operator()(const Entry& entry, std::string key) const {
    if (upper_) key[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(key[0])));
    return entry[key];
  }

 private:
  bool upper_;
};

Fact<int64_t> requirement(const Keys& at, const Entry& container, const char* type) {
  const Entry list = at(container, "resourceRequirements");
  for (const Entry& entry : list.items()) {
    if (at(entry, "type").text().is(type)) return at(entry, "value").integer();
  }
  Fact<int64_t> none;
  none.where = list.where();
  none.unknown = list.unknown();
  return none;
}

void add_container(const Keys& at, const Entry& container, const std::string& name, const Fact<int64_t>& nodes,
                   Model& model) {
  ContainerJob job;
  job.name = name;
  job.where = container.where();
  job.image = at(container, "image").text();
  job.nodes = nodes;
  job.instance = at(container, "instanceType").text();
  const auto resource = [&](const char* type, const char* old_key) {
    const auto required = requirement(at, container, type);
    return required.absent() && *old_key != '\0' ? at(container, old_key).integer() : required;
  };
  job.vcpus = resource("VCPU", "vcpus");
  job.memory_mib = resource("MEMORY", "memory");
  job.gpus = resource("GPU", "");
  const Entry linux_parameters = at(container, "linuxParameters");
  job.shared_memory_mib = at(linux_parameters, "sharedMemorySize").integer();
  for (const Entry& limit : at(container, "ulimits").items()) {
    if (at(limit, "name").text().is("memlock")) job.memlock = at(limit, "hardLimit").integer();
  }
  job.memlock.unknown = job.memlock.unknown || at(container, "ulimits").unknown();
  const Entry devices = at(linux_parameters, "devices");
  job.devices.where = devices.where();
  job.devices.complete = !devices.unknown();
  for (const Entry& device : devices.items()) {
    const Text path = at(device, "hostPath").text();
    path ? job.devices.items.push_back(path) : void(job.devices.complete = false);
  }
  job.command = at(container, "command").texts();
  add_command(job.command, model);
  for (const Entry& entry : at(container, "environment").items()) {
    const Text variable = at(entry, "name").text();
    if (variable) model.settings.push_back({*variable, at(entry, "value").text(), job.instance});
  }
  model.jobs.push_back(std::move(job));
}

}  // namespace

void add_batch_job(const Entry& definition, KeyCase keys, const std::string& name, Model& model) {
  const Keys at(keys);
  const size_t first = model.jobs.size();
  const Entry container = at(definition, "containerProperties");
  if (!container.absent()) add_container(at, container, name, {1, container.where(), false}, model);
  const Entry node = at(definition, "nodeProperties");
  for (const Entry& range : at(node, "nodeRangeProperties").items()) {
    add_container(at, at(range, "container"), name, at(node, "numNodes").integer(), model);
  }
  const auto timeout = at(at(definition, "timeout"), "attemptDurationSeconds").integer();
  for (size_t i = first; i < model.jobs.size(); ++i) model.jobs[i].timeout_s = timeout;
}

Model lower_batch_job(const config::Value& document, const std::string& file) {
  Model model;
  model.file = file;
  model.kind = "batch-job";
  const config::Value filled = without_placeholders(document, model);
  const Entry root(filled);
  const Keys at(KeyCase::kLower);
  add_batch_job(root, KeyCase::kLower, "job", model);
  // Overrides change a definition that is elsewhere: only what they set is known.
  const auto add_override = [&](const Entry& entry) {
    for (const Entry& variable : at(entry, "environment").items()) {
      const Text name = at(variable, "name").text();
      if (name) model.settings.push_back({*name, at(variable, "value").text(), at(entry, "instanceType").text()});
    }
  };
  add_override(at(root, "containerOverrides"));
  for (const Entry& range : at(at(root, "nodeOverrides"), "nodePropertyOverrides").items()) {
    add_override(at(range, "containerOverrides"));
  }
  return model;
}

}  // namespace trireme::cloud

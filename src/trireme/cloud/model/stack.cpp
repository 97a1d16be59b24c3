#include "trireme/cloud/model/stack.h"

namespace trireme::cloud {

std::string fixed_end(const std::string& pattern) { return pattern.substr(pattern.rfind('*') + 1); }

bool may_match(const std::string& exported, const std::string& imported) {
  const bool open_export = exported.find('*') != std::string::npos;
  const bool open_import = imported.find('*') != std::string::npos;
  if (!open_export && !open_import) return exported == imported;
  if (open_export && open_import) return fixed_end(exported) == fixed_end(imported);
  const std::string end = fixed_end(open_export ? exported : imported);
  const std::string& whole = open_export ? imported : exported;
  return whole.size() >= end.size() && whole.compare(whole.size() - end.size(), end.size(), end) == 0;
}

const Parameter* StackModel::parameter(const std::string& name) const {
  for (const Parameter& each : parameters) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

}  // namespace trireme::cloud

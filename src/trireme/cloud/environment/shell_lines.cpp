#include "trireme/cloud/environment/shell_lines.h"

#include "trireme/cloud/template/shell.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

using catalog::Advice;

std::string request_for(const Advice& advice, const VersionOption& option) {
  std::string options;
  for (const std::string& name : advice.missing) options += (options.empty() ? "" : " and ") + option(name);
  return "give " + options;
}

std::string reason_for(const Advice& advice, const VersionOption& option) {
  if (advice.state != Advice::State::kUndecided) return advice.reason;
  return format("undecided: {}; {}", request_for(advice, option), advice.reason);
}

std::string shell_lines(const std::vector<Advice>& advice, const VersionOption& option) {
  std::string lines;
  for (const Advice& each : advice) {
    const bool pattern = each.variable.ends_with('*');
    if (each.state == Advice::State::kSet) {
      lines += format("export {}={}  # {}\n", each.variable, shell_quote(each.value), each.reason);
    } else if (each.state == Advice::State::kUndecided || pattern) {
      lines += format("# {}: {}{}\n", each.variable, pattern ? "unset; " : "", reason_for(each, option));
    } else {
      lines += format("unset {}  # {}\n", each.variable, each.reason);
    }
  }
  return lines;
}

}  // namespace trireme::cloud

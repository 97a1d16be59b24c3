#include "trireme/config/arguments.h"

namespace trireme::config {

void Arguments::positional(std::string name, ArgumentTarget target, std::string help) {
  list_.push_back({std::move(name), target, std::move(help), "", true, {}});
}

void Arguments::optional_positional(std::string name, ArgumentTarget target, std::string help) {
  list_.push_back({std::move(name), target, std::move(help), "", false, {}});
}

Argument& Arguments::option(std::string name, std::string value_name, ArgumentTarget target, std::string help) {
  return list_.emplace_back(Argument{std::move(name), target, std::move(help), std::move(value_name), false, {}});
}

void Arguments::flag(std::string name, bool& target, std::string help) {
  list_.push_back({std::move(name), &target, std::move(help), "", false, {}});
}

}  // namespace trireme::config

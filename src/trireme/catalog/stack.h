#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/catalog/version.h"
#include "trireme/core/result.h"

namespace trireme::catalog {

/// An EC2 instance type as the rules about EFA see it: a row of facts/efa_families.tsv, narrowed to a size.
struct Instance {
  std::string type;                    // "p5.48xlarge"; HyperPod's prefix "ml." is dropped
  std::string family;                  // "p5"
  std::vector<std::string> sets;       // names it answers to in `instance in`: the family, "nvidia", "efa", …
  std::vector<std::string> efa_sizes;  // of the family

  bool in(std::string_view set) const;
};

/// Reads the family's row. A size is not looked up: any other than those with EFA has none. The failure says what an
/// instance type looks like, or which families are known.
Result<Instance> find_instance(std::string_view type);

/// Every name that a rule may use after `instance in`.
std::vector<std::string> instance_sets();

/// What is known of the software on a node. Empty: not known, and rules that depend on it stay undecided.
struct Stack {
  std::optional<Instance> instance;
  std::optional<Version> libfabric, plugin, efa_installer, nccl, cuda, driver, kernel;
};

/// A part of the stack that has a version.
struct Component {
  std::string_view name;  // in conditions; its command-line option is "--" and this
  std::optional<Version> Stack::*version;
  std::string_view title;
};

inline constexpr std::array<Component, 7> kComponents = {{
    {"libfabric", &Stack::libfabric, "libfabric, as fi_info --version prints it"},
    {"plugin", &Stack::plugin, "the NCCL plugin aws-ofi-nccl"},
    {"efa-installer", &Stack::efa_installer, "the EFA installer, as in /opt/amazon/efa_installed_packages"},
    {"nccl", &Stack::nccl, "NCCL"},
    {"cuda", &Stack::cuda, "the CUDA toolkit"},
    {"driver", &Stack::driver, "the NVIDIA driver"},
    {"kernel", &Stack::kernel, "Linux, as uname -r prints it"},
}};

}  // namespace trireme::catalog

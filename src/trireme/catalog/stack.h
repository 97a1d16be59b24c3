#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/catalog/instance_type.h"
#include "trireme/catalog/version.h"

namespace trireme::catalog {

/// Names that `type` answers to in a rule's `instance in`, all from the catalogue: its family ("p5") and its
/// accelerator
/// ("h100-sxm"); nvidia, neuron (AWS's own accelerators) or cpu (none); efa where it can have one; rdma where that EFA
/// is known to read remote memory.
std::vector<std::string> instance_sets(const InstanceType& type);

/// Every name that a rule may use after `instance in`.
std::set<std::string> instance_sets();

/// What is known of the software on a node. Null or empty: not known, and rules that depend on it stay undecided.
struct Stack {
  const InstanceType* instance = nullptr;  // a row of the catalogue
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

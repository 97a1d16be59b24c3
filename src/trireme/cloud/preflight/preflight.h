#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/cloud/model/account.h"
#include "trireme/cloud/model/model.h"
#include "trireme/cloud/preflight/finding.h"

namespace trireme::cloud {

class Judge;

/// A thing that can be wrong with a cluster, and how to see it in the model. What is unknown never makes an error.
struct Rule {
  std::string_view id;
  Level level = Level::kError;  // of most of its findings
  std::string_view summary;     // what must hold
  std::string_view remedy;
  std::string_view source;
  void (*check)(const Model& model, Judge& judge);
};

/// Rules that see one domain, in the order of their page.
struct Domain {
  std::string_view name;
  std::string_view summary;
  std::span<const Rule> rules;
};

std::span<const Domain> rule_domains();

/// Judges files that are deployed together. Without an account, rules that ask for it are undecided. `today` is
/// "2026-11-25": what ended before it has ended. Findings come by file and line.
std::vector<Finding> preflight(const std::vector<Model>& models, const Account* account, const std::string& today);

/// docs/reference/preflight.md
std::string preflight_markdown();

}  // namespace trireme::cloud

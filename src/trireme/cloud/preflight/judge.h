#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trireme/catalog/instance_type.h"
#include "trireme/cloud/preflight/facts.h"
#include "trireme/cloud/preflight/preflight.h"

namespace trireme::cloud {

/// What a finding says otherwise than its rule.
struct Particulars {
  std::optional<Level> level = {};
  std::string remedy = {};
  std::string source = {};
};

/// What a rule may ask beyond its model, and where it puts what it finds.
class Judge {
 public:
  Judge(const std::vector<Model>& models, const Account* account, std::string today)
      : models_(models), account_(account), today_(std::move(today)) {}

  /// All files that are deployed together.
  const std::vector<Model>& models() const { return models_; }
  const std::string& today() const { return today_; }

  /// What a link of `model` means: declared in the same file, or exported by another; null when no file has it.
  const SecurityGroup* group(const Model& model, const Link& link) const;
  const Subnet* subnet(const Model& model, const Link& link) const;
  /// Zone of a subnet, by the files or by the account; empty when neither tells.
  std::string zone(const Model& model, const Link& subnet) const;

  /// The account, when its snapshot has `list`; else null, after an undecided finding that says how to get it.
  const Account* account_with(const std::string& list, const SourceLocation& place, const std::string& where,
                              const std::string& question);
  /// The account, when its snapshot has `list`: for rules that have nothing to say without it.
  const Account* account_if(const std::string& list) const;

  void find(const SourceLocation& place, const std::string& where, const std::string& evidence,
            const Particulars& particulars = {});

  /// Begins a rule.
  void start(const Rule& rule) { rule_ = &rule; }
  std::vector<Finding> take() { return std::move(findings_); }

 private:
  const std::vector<Model>& models_;
  const Account* account_;
  std::string today_;
  const Rule* rule_ = nullptr;
  std::vector<Finding> findings_;
};

/// The catalogue's row of a type that is known; else null.
const catalog::InstanceType* type_of(const Text& instance);

/// "a, b and c"
std::string list_of(const std::vector<std::string>& words);

std::span<const Rule> node_rules();
std::span<const Rule> efa_rules();
std::span<const Rule> capacity_rules();
std::span<const Rule> network_rules();
std::span<const Rule> traffic_rules();
std::span<const Rule> quota_rules();
std::span<const Rule> lustre_rules();
std::span<const Rule> storage_rules();
std::span<const Rule> database_rules();
std::span<const Rule> image_rules();
std::span<const Rule> software_rules();
std::span<const Rule> name_rules();
std::span<const Rule> reference_rules();
std::span<const Rule> template_rules();
std::span<const Rule> security_rules();
std::span<const Rule> bucket_rules();
std::span<const Rule> job_rules();
std::span<const Rule> pcluster_rules();

}  // namespace trireme::cloud

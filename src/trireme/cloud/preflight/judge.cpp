#include "trireme/cloud/preflight/judge.h"

#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

template <class Thing>
const Thing* find_declared(const std::vector<Model>& models, const Model& model, const Link& link,
                           std::vector<Thing> NetworkModel::*list) {
  const auto in = [&](const Model& file, const Link& id) -> const Thing* {
    for (const Thing& each : file.network.*list) {
      if (each.id == id) return &each;
    }
    return nullptr;
  };
  if (!link.imported) return in(model, link);
  for (const Model& other : models) {
    for (const StackModel& stack : other.stacks) {
      for (const ExportName& contract : stack.exports) {
        if (!contract.value || !may_match(contract.pattern, link.name)) continue;
        if (const Thing* found = in(other, *contract.value)) return found;
      }
    }
  }
  return nullptr;
}

}  // namespace

const SecurityGroup* Judge::group(const Model& model, const Link& link) const {
  return find_declared(models_, model, link, &NetworkModel::groups);
}

const Subnet* Judge::subnet(const Model& model, const Link& link) const {
  return find_declared(models_, model, link, &NetworkModel::subnets);
}

std::string Judge::zone(const Model& model, const Link& link) const {
  if (const Subnet* declared = subnet(model, link)) return declared->zone.value.value_or("");
  const Account* account = account_if("subnets");
  const Account::Subnet* known = account == nullptr || link.declared ? nullptr : account->subnet(link.name);
  return known == nullptr ? "" : known->zone_id;
}

void Judge::find(const SourceLocation& place, const std::string& where, const std::string& evidence,
                 const Particulars& particulars) {
  findings_.push_back({std::string(rule_->id), particulars.level.value_or(rule_->level), place, where, evidence,
                       particulars.remedy.empty() ? std::string(rule_->remedy) : particulars.remedy,
                       particulars.source.empty() ? std::string(rule_->source) : particulars.source});
}

const Account* Judge::account_if(const std::string& list) const {
  return account_ != nullptr && account_->has(list) ? account_ : nullptr;
}

const Account* Judge::account_with(const std::string& list, const SourceLocation& place, const std::string& where,
                                   const std::string& question) {
  if (const Account* account = account_if(list)) return account;
  find(place, where, question,
       {.level = Level::kUndecided,
        .remedy = "run `trireme account snapshot --region REGION --out account.json` and add --snapshot account.json, "
                  "which has its " +
                  list});
  return nullptr;
}

const catalog::InstanceType* type_of(const Text& instance) {
  return instance ? catalog::find_instance_type(*instance) : nullptr;
}

std::string list_of(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  }
  return text;
}

}  // namespace trireme::cloud

#include "trireme/cloud/preflight/judge.h"

#include "trireme/core/format.h"

namespace trireme::cloud {

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

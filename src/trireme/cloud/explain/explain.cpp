#include "trireme/cloud/explain/explain.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "trireme/catalog/instance_type.h"
#include "trireme/cloud/description/describe.h"

namespace trireme::cloud {

namespace {

using config::Scalar;

/// Other values of an option's type, the most telling first. Those of a wrong form or range are left out by the caller.
struct Alternatives {
  const config::Option& option;

  std::vector<Scalar> operator()(bool value) const { return {!value}; }
  std::vector<Scalar> operator()(int64_t value) const { return {int64_t{0}, value + 1, value - 1, value * 2}; }
  std::vector<Scalar> operator()(uint64_t value) const { return {uint64_t{0}, value + 1}; }
  std::vector<Scalar> operator()(double value) const { return {value * 2, value / 2, value + 1}; }
  std::vector<Scalar> operator()(const std::string& value) const {
    std::vector<Scalar> others(option.choices().begin(), option.choices().end());
    others.emplace_back(std::string());
    if (value.empty()) return others;
    for (const char last : std::string("0123456789abcdef")) {
      others.emplace_back(value.substr(0, value.size() - 1) + last);
    }
    for (const catalog::InstanceType& type : catalog::instance_types()) others.emplace_back(type.name);
    return others;
  }
  std::vector<Scalar> operator()(const std::vector<std::string>& value) const {
    std::vector<Scalar> others = {std::vector<std::string>()};
    if (value.size() > 1) others.emplace_back(std::vector<std::string>(value.begin(), value.end() - 1));
    return others;
  }
};

/// Nothing when no files come of it. Such a cluster was never checked, so a bug that it meets is none.
std::optional<std::vector<Piece>> try_synthesis(const Cluster& cluster) {
  try {
    return pieces_of(synthesize(cluster));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

/// The pieces of `left` that `right` lacks or holds otherwise.
std::vector<Piece> without(const std::vector<Piece>& left, const std::vector<Piece>& right) {
  std::map<std::pair<std::string, std::string>, const std::string*> texts;
  for (const Piece& piece : right) texts[{piece.file, piece.name}] = &piece.text;
  std::vector<Piece> rest;
  for (const Piece& piece : left) {
    const auto same = texts.find({piece.file, piece.name});
    if (same == texts.end() || *same->second != piece.text) rest.push_back(piece);
  }
  return rest;
}

/// Tries other values until one changes a file. Leaves the option as it was.
void compare(const config::Option& option, const Cluster& cluster, const std::vector<Piece>& now, ExplainedKey& key) {
  const Scalar given = option.value();
  bool synthesised = false;
  for (const Scalar& other : std::visit(Alternatives{option}, given)) {
    if (other == given || !option.problem_with(other).empty()) continue;
    option.assign(other);
    const auto then = try_synthesis(cluster);
    option.assign(given);
    key.needed = !then && !synthesised;
    if (!then) continue;
    synthesised = true;
    key.becomes = without(now, *then);
    key.avoids = key.becomes.empty() ? without(*then, now) : std::vector<Piece>();
    if (!key.becomes.empty() || !key.avoids.empty()) return;
  }
}

}  // namespace

std::vector<ExplainedKey> explain_keys(const LoadedCluster& loaded) {
  Cluster cluster = loaded.cluster;
  const std::vector<Piece> now = pieces_of(synthesize(cluster));
  const config::OptionSet options = describe(cluster);
  std::vector<ExplainedKey> keys;
  for (const config::Option& option : options.options()) {
    const auto given = loaded.origins.find(option.name());
    if (given == loaded.origins.end()) continue;
    ExplainedKey& key =
        keys.emplace_back(ExplainedKey{option.name(), option.value_text(), given->second, {}, {}, false});
    compare(option, cluster, now, key);
  }
  std::stable_sort(keys.begin(), keys.end(), [](const ExplainedKey& a, const ExplainedKey& b) {
    return std::tie(a.where.file, a.where.line) < std::tie(b.where.file, b.where.line);
  });
  return keys;
}

}  // namespace trireme::cloud

#include "trireme/cloud/preflight/facts.h"

#include <algorithm>

#include "trireme/catalog/facts_folder.h"
#include "trireme/catalog/table.h"
#include "trireme/core/error.h"

namespace trireme::cloud {

namespace {

using catalog::Table;

template <class Row, class Read>
std::vector<Row> read_rows(const char* name, Read read) {
  const Table table = Table::read(catalog::facts_folder() / name);
  std::vector<Row> rows;
  for (size_t row = 0; row < table.size(); ++row) rows.push_back(read(table, row));
  return rows;
}

template <class Row, class Matches>
const Row* find_row(const std::vector<Row>& rows, Matches matches) {
  const auto found = std::find_if(rows.begin(), rows.end(), matches);
  return found == rows.end() ? nullptr : &*found;
}

int64_t whole(const std::string& text, const char* name) {
  try {
    size_t end = 0;
    const int64_t value = std::stoll(text, &end);
    if (end == text.size()) return value;
  } catch (const std::exception&) {
    // Said below.
  }
  throw FormatError(format("{}: \"{}\" must be a whole number", name, text));
}

std::vector<int64_t> numbers(const Table& table, size_t row, const char* column, const char* name) {
  std::vector<int64_t> all;
  for (const std::string& text : table.list(row, column)) all.push_back(whole(text, name));
  return all;
}

const std::vector<OsSupport>& os_rows() {
  static const auto rows = read_rows<OsSupport>("os_support.tsv", [](const Table& table, size_t row) {
    return OsSupport{table.text(row, "os"),
                     table.text(row, "end_of_support"),
                     table.text(row, "lustre"),
                     table.text(row, "source"),
                     table.boolean(row, "pcluster").value_or(true),
                     table.list(row, "architectures")};
  });
  return rows;
}

const std::vector<EngineVersion>& engine_rows() {
  static const auto rows = read_rows<EngineVersion>("engine_versions.tsv", [](const Table& table, size_t row) {
    return EngineVersion{table.text(row, "engine"), table.text(row, "version"), table.text(row, "source"),
                         table.text(row, "state") == "withdrawn"};
  });
  return rows;
}

const std::vector<LustreDeployment>& lustre_rows() {
  static const auto rows = read_rows<LustreDeployment>("fsx_lustre.tsv", [](const Table& table, size_t row) {
    constexpr const char* kName = "fsx_lustre.tsv";
    LustreDeployment made{table.text(row, "deployment"),
                          table.text(row, "storage"),
                          table.text(row, "source"),
                          numbers(table, row, "sizes", kName),
                          numbers(table, row, "throughputs", kName),
                          table.required_integer(row, "step"),
                          table.boolean(row, "metadata").value_or(false),
                          {}};
    for (const std::string& pair : table.list(row, "efa_steps")) {
      const size_t colon = std::min(pair.find(':'), pair.size());
      made.efa_steps[whole(pair.substr(0, colon), kName)] = whole(pair.substr(std::min(colon + 1, pair.size())), kName);
    }
    return made;
  });
  return rows;
}

const std::vector<OpenZfsDeployment>& openzfs_rows() {
  static const auto rows = read_rows<OpenZfsDeployment>("fsx_openzfs.tsv", [](const Table& table, size_t row) {
    return OpenZfsDeployment{table.text(row, "deployment"), table.text(row, "source"),
                             numbers(table, row, "throughputs", "fsx_openzfs.tsv"),
                             table.required_integer(row, "subnets")};
  });
  return rows;
}

struct FsxRegion {
  std::string region;
  std::vector<std::string> deployments;
};

struct VpcBlock {
  Cidr primary;
  std::vector<Cidr> restricted;
};

Cidr block(const std::string& text) {
  auto cidr = Cidr::parse(text);
  if (!cidr) throw FormatError(format("vpc_blocks.tsv: {}", cidr.error()));
  return *cidr;
}

}  // namespace

const OsSupport* find_os(const std::string& os) {
  return find_row(os_rows(), [&](const OsSupport& each) { return each.os == os; });
}

const EngineVersion* find_engine_version(const std::string& engine, const std::string& version) {
  return find_row(engine_rows(),
                  [&](const EngineVersion& each) { return each.engine == engine && each.version == version; });
}

std::string newest_engine_version(const std::string& engine) {
  std::string newest;
  for (const EngineVersion& each : engine_rows()) {
    if (each.engine == engine && !each.withdrawn) newest = each.version;
  }
  return newest;
}

const LustreDeployment* find_lustre(const std::string& deployment, const std::string& storage) {
  return find_row(lustre_rows(), [&](const LustreDeployment& each) {
    return each.deployment == deployment && each.storage == storage;
  });
}

std::vector<std::string> lustre_deployments() {
  std::vector<std::string> names;
  for (const LustreDeployment& each : lustre_rows()) {
    if (names.empty() || names.back() != each.deployment) names.push_back(each.deployment);
  }
  return names;
}

const OpenZfsDeployment* find_openzfs(const std::string& deployment) {
  return find_row(openzfs_rows(), [&](const OpenZfsDeployment& each) { return each.deployment == deployment; });
}

const std::vector<std::string>* openzfs_deployments_in(const std::string& region) {
  static const auto rows = read_rows<FsxRegion>("fsx_regions.tsv", [](const Table& table, size_t row) {
    return FsxRegion{table.text(row, "region"), table.list(row, "deployments")};
  });
  const FsxRegion* found = find_row(rows, [&](const FsxRegion& each) { return each.region == region; });
  return found == nullptr ? nullptr : &found->deployments;
}

const std::vector<QuotaFact>& quota_facts() {
  static const auto rows = read_rows<QuotaFact>("quotas.tsv", [](const Table& table, size_t row) {
    return QuotaFact{table.text(row, "code"),
                     table.text(row, "service"),
                     table.text(row, "counts"),
                     table.text(row, "name"),
                     table.text(row, "source"),
                     table.list(row, "families"),
                     table.number(row, "initial").value_or(0)};
  });
  return rows;
}

std::vector<Cidr> restricted_blocks(const Cidr& primary) {
  static const auto rows = read_rows<VpcBlock>("vpc_blocks.tsv", [](const Table& table, size_t row) {
    VpcBlock made{block(table.text(row, "primary")), {}};
    for (const std::string& text : table.list(row, "restricted")) made.restricted.push_back(block(text));
    return made;
  });
  const VpcBlock* found = find_row(rows, [&](const VpcBlock& each) { return each.primary.contains(primary); });
  return found == nullptr ? std::vector<Cidr>() : found->restricted;
}

}  // namespace trireme::cloud

#include <iostream>

#include "trireme/cli/check_cluster.h"
#include "trireme/cli/cluster_arguments.h"
#include "trireme/cli/command.h"
#include "trireme/cli/print_rows.h"
#include "trireme/cloud/explain/explain.h"

namespace trireme::cli {

namespace {

/// Names of one file that a line of text still takes.
constexpr size_t kMaxNames = 4;

Json to_json(const std::vector<cloud::Piece>& pieces) {
  Json list = Json::array();
  for (const cloud::Piece& piece : pieces) {
    list.push_back({{"file", piece.file}, {"name", or_null(piece.name)}, {"type", or_null(piece.type)}});
  }
  return list;
}

/// "network.json: Vpc, PublicSubnet1 and 20 more", a line a file.
std::string list_text(const std::vector<cloud::Piece>& pieces, const std::string& before) {
  std::string text;
  for (size_t first = 0; first < pieces.size();) {
    size_t end = first;
    std::string names;
    for (; end < pieces.size() && pieces[end].file == pieces[first].file; ++end) {
      if (end - first < kMaxNames && !pieces[end].name.empty())
        names += (names.empty() ? ": " : ", ") + pieces[end].name;
    }
    text += before + pieces[first].file + names;
    if (end - first > kMaxNames) text += format(" and {} more", end - first - kMaxNames);
    text += "\n";
    first = end;
  }
  return text;
}

struct ClusterExplain {
  ClusterArguments cluster;
  bool json = false;

  void declare(Arguments& arguments) {
    cluster.declare(arguments);
    arguments.json(json);
  }

  ExitCode run() const {
    const cloud::LoadedCluster loaded = cluster.load();
    const std::vector<cloud::SynthFile> files = cloud::synthesize(loaded.cluster);
    const std::vector<cloud::ExplainedKey> keys = cloud::explain_keys(loaded);
    json ? print_json(loaded.cluster, files, keys) : print_text(loaded.cluster, files, keys);
    return ExitCode::kOk;
  }

 private:
  static void print_json(const cloud::Cluster& cluster, const std::vector<cloud::SynthFile>& files,
                         const std::vector<cloud::ExplainedKey>& keys) {
    Json page = {{"cluster", cluster.name}, {"region", cluster.region}, {"orchestrator", cluster.orchestrator},
                 {"usd_per_hour", nullptr}, {"keys", Json::array()},    {"files", Json::array()}};
    for (const cloud::ExplainedKey& key : keys) {
      page["keys"].push_back({{"key", key.name},
                              {"value", key.value},
                              {"file", key.where.file},
                              {"line", key.where.line},
                              {"becomes", to_json(key.becomes)},
                              {"avoids", to_json(key.avoids)},
                              {"needed", key.needed}});
    }
    for (const cloud::SynthFile& file : files) {
      Json entry = {
          {"path", file.path}, {"kind", file.kind}, {"stack", or_null(file.stack)}, {"resources", Json::array()}};
      for (const cloud::Piece& piece : cloud::pieces_of({file})) {
        if (!piece.type.empty()) entry["resources"].push_back({{"id", piece.name}, {"type", piece.type}});
      }
      page["files"].push_back(std::move(entry));
    }
    std::cout << page.dump(2) << "\n";
  }

  static void print_text(const cloud::Cluster& cluster, const std::vector<cloud::SynthFile>& files,
                         const std::vector<cloud::ExplainedKey>& keys) {
    std::cout << format("{}: {}\ncost an hour: unknown, since the catalogue holds no prices\n", cluster.name,
                        cluster_summary(cluster));
    std::string file;
    for (const cloud::ExplainedKey& key : keys) {
      if (key.where.file != file) std::cout << "\n" << (file = key.where.file) << "\n";
      std::cout << format("{}{} = {}\n", key.where.line > 0 ? format("{}: ", key.where.line) : "", key.name, key.value);
      std::cout << list_text(key.becomes, "      ") << list_text(key.avoids, "      leaves out ");
      if (key.needed) std::cout << "      no files without it\n";
      if (!key.needed && key.becomes.empty() && key.avoids.empty()) std::cout << "      changes no file\n";
    }
    for (const cloud::SynthFile& each : files) {
      std::cout << "\n" << each.path << (each.stack.empty() ? "" : ", stack " + each.stack) << "\n";
      for (const cloud::Piece& piece : cloud::pieces_of({each})) {
        if (!piece.type.empty()) std::cout << format("      {}  {}\n", piece.name, piece.type);
      }
    }
  }
};

const Registered<ClusterExplain> registered{{
    .name = "cluster explain",
    .summary = "say what each line of a cluster description becomes",
    .example = "trireme cluster explain clusters/llama.toml",
    .group = CommandGroup::kCluster,
}};

}  // namespace

}  // namespace trireme::cli

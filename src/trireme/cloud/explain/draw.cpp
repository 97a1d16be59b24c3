#include "trireme/cloud/explain/draw.h"

#include <algorithm>
#include <map>
#include <optional>

#include "trireme/cloud/address/subnet_plan.h"
#include "trireme/cloud/explain/pieces.h"
#include "trireme/core/check.h"

namespace trireme::cloud {

namespace {

/// Text in a quoted label: entities for what Mermaid or HTML would read as markup.
std::string label(const std::string& text) {
  std::string safe;
  for (const char letter : text) {
    if (std::string_view("\"<>&#;").find(letter) != std::string_view::npos) {
      safe += format("#{};", static_cast<int>(letter));
    } else {
      safe += letter;
    }
  }
  return safe;
}

/// "2", or "0 to 10".
std::string count_text(const NodeGroup& group) {
  return group.count == group.most() ? format("{}", group.count) : format("{} to {}", group.count, group.most());
}

class Drawing {
 public:
  Drawing(const Cluster& cluster, const std::vector<SynthFile>& files) : cluster_(cluster), files_(files) {}

  std::string draw() {
    text_ = "flowchart TB\n";
    open("cluster", format("{}: {} in {}", cluster_.name, cluster_.orchestrator, cluster_.region));
    draw_network();
    for (const size_t bucket : storage_where(/*bucket=*/true)) draw_storage(bucket);
    close();
    draw_links();
    draw_files();
    return std::move(text_);
  }

 private:
  void line(const std::string& text) { text_ += std::string(depth_ * 2, ' ') + text + "\n"; }
  void open(const std::string& id, const std::string& title) {
    line(format("subgraph {}[\"{}\"]", id, label(title)));
    ++depth_;
  }
  void close() {
    --depth_;
    line("end");
  }
  /// `lines` below each other, between the brackets of a shape: "[" and "]", "[(" and ")]".
  void node(const std::string& id, const std::vector<std::string>& lines, const char* left, const char* right) {
    std::string text;
    for (const std::string& each : lines) text += (text.empty() ? "" : "<br/>") + label(each);
    line(format("{}{}\"{}\"{}", id, left, text, right));
  }
  void box(const std::string& id, const std::vector<std::string>& lines) { node(id, lines, "[", "]"); }
  void drum(const std::string& id, const std::vector<std::string>& lines) { node(id, lines, "[(", ")]"); }

  std::vector<size_t> storage_where(bool bucket) const {
    std::vector<size_t> found;
    for (size_t i = 0; i < cluster_.storage.size(); ++i) {
      if ((cluster_.storage[i].kind == "bucket") == bucket) found.push_back(i);
    }
    return found;
  }

  bool has_public() const {
    const Network& network = cluster_.network;
    return network.adopted() ? !network.public_subnet.empty() : network.internet != "closed";
  }

  void draw_network() {
    const Network& network = cluster_.network;
    if (network.adopted()) {
      open("vpc", network.vpc + ", adopted");
      if (has_public()) draw_public("public1", network.public_subnet);
      draw_private("private1", network.subnet);
      return close();
    }
    const std::string more = network.secondary_cidr.empty() ? "" : " and " + network.secondary_cidr;
    open("vpc", format("VPC {}{}, {}", network.cidr, more, network.internet));
    std::optional<Cidr> secondary;
    if (!more.empty()) secondary = *Cidr::parse(network.secondary_cidr);
    const std::vector<std::string> zones = cluster_.all_zones();
    const SubnetPlan plan =
        *plan_subnets(*Cidr::parse(network.cidr), secondary ? &*secondary : nullptr, static_cast<int>(zones.size()));
    for (size_t zone = 0; zone < zones.size(); ++zone) {
      const std::string number = std::to_string(zone + 1);
      open("zone" + number, zones[zone]);
      if (has_public()) draw_public("public" + number, "public " + plan.public_subnets[zone].to_string());
      draw_private("private" + number, "private " + plan.private_subnets[zone].to_string());
      close();
    }
    close();
  }

  /// Nodes and storage are in the first zone; head and login nodes in its public subnet, if there is one. A subnet that
  /// holds nothing is a box, since Mermaid draws no empty subgraph.
  void draw_public(const std::string& id, const std::string& title) {
    const std::vector<size_t> groups = id == "public1" ? groups_where(/*in_public=*/true) : std::vector<size_t>();
    if (groups.empty()) return box(id, {title});
    open(id, title);
    for (const size_t group : groups) draw_group(group);
    close();
  }

  void draw_private(const std::string& id, const std::string& title) {
    if (id != "private1") return box(id, {title});
    open(id, title);
    for (const size_t group : groups_where(/*in_public=*/false)) draw_group(group);
    for (const size_t storage : storage_where(/*bucket=*/false)) draw_storage(storage);
    const Accounting& accounting = cluster_.accounting;
    if (accounting.kind == "aurora") drum("database", {"Slurm accounting", "Aurora MySQL"});
    if (accounting.kind == "adopted") drum("database", {"Slurm accounting", accounting.host, "adopted"});
    close();
  }

  std::vector<size_t> groups_where(bool in_public) const {
    std::vector<size_t> found;
    for (size_t i = 0; i < cluster_.nodes.size(); ++i) {
      const std::string& role = cluster_.nodes[i].role;
      if ((has_public() && (role == "controller" || role == "login")) == in_public) found.push_back(i);
    }
    return found;
  }

  void draw_group(size_t index) {
    const NodeGroup& group = cluster_.nodes[index];
    const std::string id = group.capacity.id.empty() ? "" : " " + group.capacity.id;
    box(format("nodes{}", index + 1),
        {group.name + ": " + group.role, count_text(group) + " x " + group.instance, group.capacity.kind + id});
  }

  void draw_storage(size_t index) {
    const Storage& storage = cluster_.storage[index];
    std::vector<std::string> lines = {storage.name + ": " + storage.kind};
    if (!storage.id.empty()) lines.push_back(storage.id + ", adopted");
    if (storage.size_gib > 0) lines.push_back(format("{} GiB", storage.size_gib));
    if (!storage.mount.empty()) lines.push_back("at " + storage.mount);
    drum(format("storage{}", index + 1), lines);
  }

  /// Mounts, and the repository behind a file system.
  void draw_links() {
    for (const size_t i : storage_where(/*bucket=*/false)) {
      for (size_t group = 0; group < cluster_.nodes.size(); ++group) {
        line(format("nodes{} --- storage{}", group + 1, i + 1));
      }
      draw_repository(i);
    }
    for (size_t group = 0; cluster_.accounting.kind != "none" && group < cluster_.nodes.size(); ++group) {
      if (cluster_.nodes[group].role == "controller") line(format("nodes{} --- database", group + 1));
    }
  }

  void draw_repository(size_t index) {
    const std::string& repository = cluster_.storage[index].data_repository;
    if (repository.empty()) return;
    for (const size_t bucket : storage_where(/*bucket=*/true)) {
      if (repository != "storage." + cluster_.storage[bucket].name) continue;
      return line(format("storage{} <--> storage{}", index + 1, bucket + 1));
    }
    drum(format("repository{}", index + 1), {repository});
    line(format("storage{} <--> repository{}", index + 1, index + 1));
  }

  void draw_files() {
    if (files_.empty()) return;
    std::map<std::string, std::map<std::string, int>> types;
    for (const Piece& piece : pieces_of(files_)) {
      if (!piece.type.empty()) ++types[piece.file][piece.type];
    }
    open("files", "Files, in the order they are deployed");
    for (size_t i = 0; i < files_.size(); ++i) {
      std::vector<std::string> lines = {files_[i].path};
      for (const auto& [type, count] : types[files_[i].path]) lines.push_back(format("{} x {}", count, type));
      box(format("file{}", i + 1), lines);
    }
    close();
    for (size_t from = 0; from < files_.size(); ++from) {
      for (size_t to = from + 1; to < files_.size(); ++to) {
        const auto& exports = files_[from].exports;
        const bool needs = std::any_of(files_[to].imports.begin(), files_[to].imports.end(),
                                       [&](const std::string& name) { return exports.count(name) > 0; });
        if (needs) line(format("file{} --> file{}", from + 1, to + 1));
      }
    }
  }

  const Cluster& cluster_;
  const std::vector<SynthFile>& files_;
  std::string text_;
  size_t depth_ = 1;
};

}  // namespace

std::string draw_mermaid(const Cluster& cluster, const std::vector<SynthFile>& files) {
  return Drawing(cluster, files).draw();
}

}  // namespace trireme::cloud

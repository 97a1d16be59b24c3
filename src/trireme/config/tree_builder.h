#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "trireme/config/value.h"

namespace trireme::config {

/// Bounds on one file that others wrote. What an alias stands for counts each time, and once more where its anchor is.
inline constexpr int kMaxDepth = 64;
inline constexpr int64_t kMaxNodes = 200'000;
inline constexpr int64_t kMaxCopiedBytes = int64_t{16} << 20;
inline constexpr int kMaxFindings = 20;

/// What a local tag of YAML (`!Name value`) means to the caller: the value that stands for both, at the place of
/// `value`, or nothing for a tag that it does not know. A scalar comes as a string.
using TagRule = std::function<std::optional<Value>(const std::string& name, Value value)>;

/// What a YAML node may carry besides its value.
struct NodeProperties {
  std::string tag;     // local, without the "!"; or empty
  std::string anchor;  // its name; or empty
};

/// Builds a tree from the events of a reader, and refuses what is too deep, too large, or written twice.
class TreeBuilder {
 public:
  /// Thrown at a finding that ends the reading; the finding has been made.
  struct Stop {};

  /// `diagnostics` must outlive this.
  explicit TreeBuilder(Diagnostics& diagnostics, TagRule rule = {})
      : diagnostics_(diagnostics), rule_(std::move(rule)) {}

  /// `empty` holds an empty Table or Array. In a table, nodes are in turn a key and its value.
  void open(Value empty, NodeProperties properties = {});
  void close();
  void scalar(Value value, NodeProperties properties = {});
  void alias(const std::string& anchor, const SourceLocation& where);
  /// The finished tree. REQUIRES: every open() has its close(), and there was one root.
  Value take();

  /// Makes a finding and goes on; at the last of kMaxFindings, throws Stop.
  void report(const SourceLocation& where, const std::string& message, const std::string& remedy);
  [[noreturn]] void stop(const SourceLocation& where, const std::string& message, const std::string& remedy);

 private:
  /// How much a node holds, itself included.
  struct Extent {
    int64_t nodes = 1;
    int64_t bytes = 0;
    int height = 0;
  };
  struct Node {
    Value value;
    Extent extent;
  };
  struct Frame {
    Node node;
    NodeProperties properties;
    std::unordered_map<std::string, int> lines;  // of the keys
    std::optional<Member> pending;               // a key that waits for its value
    bool drops_pending = false;                  // since the key was refused
    bool merges_pending = false;                 // since the key is `<<`
    Table merged;
    std::unordered_set<std::string> merged_keys;
  };

  void finish(Node node, const NodeProperties& properties);
  void place(Node node);
  void place_key(Frame& frame, const Value& key);
  void place_member(Frame& frame, Value value);
  void merge(Frame& frame, Value value);
  void count(const Node& node);
  void check_depth(int height, const SourceLocation& where);

  Diagnostics& diagnostics_;
  TagRule rule_;
  std::vector<Frame> frames_;
  std::unordered_map<std::string, Node> anchors_;
  std::optional<Value> root_;
  int64_t nodes_ = 0;
  int64_t copied_bytes_ = 0;
  int findings_ = 0;
};

}  // namespace trireme::config

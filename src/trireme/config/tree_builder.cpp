#include "trireme/config/tree_builder.h"

#include <algorithm>

#include "trireme/config/access.h"
#include "trireme/core/check.h"
#include "trireme/core/format.h"
#include "trireme/core/utf8.h"

namespace trireme::config {

namespace {

const std::string kFullRemedy = "split the file, or write less with aliases";

int64_t bytes_of(const Value& scalar) {
  const auto* text = std::get_if<std::string>(&scalar.data);
  return static_cast<int64_t>((text == nullptr ? 0 : text->size()) + scalar.unquoted.size());
}

/// The text of a scalar as a key, or nothing for a collection.
std::optional<std::string> key_of(const Value& value) {
  if (std::holds_alternative<Null>(value.data)) return "null";
  const std::string* text = as_text(&value);
  return text == nullptr ? std::nullopt : std::optional<std::string>(*text);
}

/// A message may quote a file's text, which may be megabytes.
std::string shortened(const std::string& message) {
  constexpr size_t kMost = 300;
  if (message.size() <= kMost) return message;
  const std::string_view begin = std::string_view(message).substr(0, kMost);
  return std::string(begin.substr(0, valid_utf8_prefix(begin))) + "…";
}

}  // namespace

void TreeBuilder::report(const SourceLocation& where, const std::string& message, const std::string& remedy) {
  diagnostics_.error({}, shortened(message), remedy, where);
  if (++findings_ >= kMaxFindings) throw Stop();
}

void TreeBuilder::stop(const SourceLocation& where, const std::string& message, const std::string& remedy) {
  diagnostics_.error({}, shortened(message), remedy, where);
  throw Stop();
}

void TreeBuilder::check_depth(int height, const SourceLocation& where) {
  int depth = height;
  for (const Frame& frame : frames_) depth += frame.properties.tag.empty() ? 1 : 2;  // a tag becomes a table
  if (depth > kMaxDepth) stop(where, format("nests deeper than {} levels", kMaxDepth), "flatten it");
}

void TreeBuilder::count(const Node& node) {
  nodes_ += node.extent.nodes;
  if (nodes_ > kMaxNodes) stop(node.value.where, format("holds more than {} values", kMaxNodes), kFullRemedy);
}

void TreeBuilder::open(Value empty, NodeProperties properties) {
  Frame frame;
  frame.node.value = std::move(empty);
  count(frame.node);
  frame.properties = std::move(properties);
  frames_.push_back(std::move(frame));
  check_depth(0, frames_.back().node.value.where);
}

void TreeBuilder::close() {
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  for (Member& member : frame.merged) {
    const bool is_own = frame.lines.count(member.key) > 0;
    if (!is_own) std::get<Table>(frame.node.value.data).push_back(std::move(member));
  }
  ++frame.node.extent.height;
  finish(std::move(frame.node), frame.properties);
}

void TreeBuilder::scalar(Value value, NodeProperties properties) {
  Node node{std::move(value), {}};
  node.extent.bytes = bytes_of(node.value);
  count(node);
  finish(std::move(node), properties);
}

void TreeBuilder::alias(const std::string& anchor, const SourceLocation& where) {
  for (const Frame& frame : frames_) {
    if (frame.properties.anchor == anchor) {
      stop(where, "an alias stands inside its own anchor", "write the value out");
    }
  }
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) {
    stop(where, format("alias *{} stands for no anchor", anchor), format("mark a value above it with &{}", anchor));
  }
  const Extent& extent = found->second.extent;
  check_depth(extent.height, where);
  nodes_ += extent.nodes;
  copied_bytes_ += extent.bytes;
  if (nodes_ > kMaxNodes) stop(where, format("aliases make more than {} values", kMaxNodes), kFullRemedy);
  if (copied_bytes_ > kMaxCopiedBytes) {
    stop(where, format("aliases repeat more than {} of text", format_bytes(kMaxCopiedBytes)), kFullRemedy);
  }
  place(found->second);
}

void TreeBuilder::finish(Node node, const NodeProperties& properties) {
  if (!properties.tag.empty()) {
    const SourceLocation where = node.value.where;
    std::optional<Value> tagged = rule_ ? rule_(properties.tag, std::move(node.value)) : std::nullopt;
    if (!tagged) {
      report(where, format("unknown tag !{}", properties.tag),
             "remove the tag, or quote a text that begins with \"!\"");
    }
    node.value = tagged ? std::move(*tagged) : Value{Null{}, where, {}};
    ++node.extent.height;
  }
  if (!properties.anchor.empty()) {
    count(node);
    copied_bytes_ += node.extent.bytes;
    anchors_.insert_or_assign(properties.anchor, node);
  }
  place(std::move(node));
}

void TreeBuilder::place(Node node) {
  if (frames_.empty()) {
    root_ = std::move(node.value);
    return;
  }
  Frame& frame = frames_.back();
  Extent& extent = frame.node.extent;
  extent.nodes += node.extent.nodes;
  extent.bytes += node.extent.bytes;
  extent.height = std::max(extent.height, node.extent.height);
  if (auto* array = std::get_if<Array>(&frame.node.value.data)) {
    array->push_back(std::move(node.value));
  } else if (!frame.pending) {
    place_key(frame, node.value);
  } else {
    place_member(frame, std::move(node.value));
  }
}

void TreeBuilder::place_key(Frame& frame, const Value& key) {
  const std::optional<std::string> text = key_of(key);
  frame.pending = Member{text.value_or(""), key.where, {}};
  frame.drops_pending = false;
  frame.merges_pending = key.unquoted == "<<";
  if (!text) {
    report(key.where, format("{} can't be a key", key.describe()), "use text as the key");
    frame.drops_pending = true;
    return;
  }
  const auto [first, is_new] = frame.lines.emplace(*text, key.where.line);
  if (is_new) return;
  const bool merge = frame.merges_pending;
  report(key.where, format("key {} is written twice, first in line {}", quote(*text), first->second),
         merge ? "give one `<<` a list" : "remove one of the two");
  frame.drops_pending = true;
}

void TreeBuilder::place_member(Frame& frame, Value value) {
  Member member = std::move(*frame.pending);
  frame.pending.reset();
  if (frame.drops_pending) return;
  if (frame.merges_pending) return merge(frame, std::move(value));
  member.value = std::move(value);
  std::get<Table>(frame.node.value.data).push_back(std::move(member));
}

/// The merge key of YAML 1.1 (https://yaml.org/type/merge.html): own keys win, then those of earlier tables.
void TreeBuilder::merge(Frame& frame, Value value) {
  if (!std::holds_alternative<Array>(value.data)) value = Value{Array{value}, value.where, {}};
  for (Value& item : std::get<Array>(value.data)) {
    auto* table = std::get_if<Table>(&item.data);
    if (table == nullptr) {
      report(item.where, format("`<<` merges tables, got {}", item.describe()),
             "quote \"<<\" to use it as a plain key");
      continue;
    }
    for (Member& member : *table) {
      if (frame.merged_keys.insert(member.key).second) frame.merged.push_back(std::move(member));
    }
  }
}

Value TreeBuilder::take() {
  TRIREME_CHECK(frames_.empty() && root_, "a tree is taken before it is whole");
  Value root = std::move(*root_);
  root_.reset();
  anchors_.clear();
  return root;
}

}  // namespace trireme::config

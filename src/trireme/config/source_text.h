#pragma once

#include <string>
#include <string_view>

#include "trireme/core/diagnostic.h"

namespace trireme::config {

/// The most that one YAML or JSON file may hold. CloudFormation takes templates of 1 MB.
inline constexpr size_t kMaxTextBytes = size_t{8} << 20;

/// Turns byte offsets of a text into lines and columns, which count characters. Offsets that grow cost one pass.
class Places {
 public:
  /// `text` and `name` must outlive this.
  Places(std::string_view text, const std::string& name) : text_(text), name_(name) {}
  SourceLocation at(size_t offset);

 private:
  std::string_view text_;
  const std::string& name_;
  size_t offset_ = 0;
  int line_ = 1;
  int column_ = 1;
};

/// `text` without a byte order mark.
std::string_view without_byte_order_mark(std::string_view text);

/// Whether a reader may look at `text` at all: at most kMaxTextBytes, valid UTF-8, no NUL. What is wrong becomes a
/// diagnostic.
bool check_text(std::string_view text, const std::string& name, Diagnostics& diagnostics);

/// Whether every YAML reader splits `text` into the same lines and characters: refuses control characters, which YAML
/// 1.1 forbids (chapter 5.1), and the line separators that versions 1.1 and 1.2 treat differently (1.2, chapter 5.4).
bool check_yaml_characters(std::string_view text, const std::string& name, Diagnostics& diagnostics);

}  // namespace trireme::config

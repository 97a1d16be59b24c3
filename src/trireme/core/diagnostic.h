#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace trireme {

/// Where text was read: line and column count from 1; 0 means unknown (a command-line override, a default).
struct SourceLocation {
  std::string file;
  int line = 0;
  int column = 0;
};

enum class Severity { kInfo, kWarning, kError };

/// One finding about user input. Validation collects them all and changes nothing.
struct Diagnostic {
  Severity severity = Severity::kError;
  SourceLocation where;
  std::string key;      // dotted option name, for example "parallel.dp_shard"; may be empty
  std::string message;  // what is wrong, with the value and the valid range
  std::string hint;     // the next action; may be empty
};

/// Findings in the order they were made.
class Diagnostics {
 public:
  void add(Diagnostic diagnostic) { items_.push_back(std::move(diagnostic)); }
  void error(std::string key, std::string message, std::string hint = {}, SourceLocation where = {});
  void warning(std::string key, std::string message, std::string hint = {}, SourceLocation where = {});

  bool has_errors() const;
  bool empty() const { return items_.empty(); }
  const std::vector<Diagnostic>& items() const { return items_; }
  void append(const Diagnostics& other);
  /// One line a finding: "recipe.toml:12:3: error: train.steps: must be at least 1, got 0 (hint)".
  std::string to_string() const;

 private:
  std::vector<Diagnostic> items_;
};

std::string to_string(const Diagnostic& diagnostic);

/// The entry of `candidates` nearest to `word` by edit distance, or "" when none is near enough to be a likely typo.
std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace trireme

#include "trireme/cloud/environment/shell_variables.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "trireme/cloud/environment/shell_words.h"

namespace trireme::cloud {

namespace {

using Value = std::optional<std::string>;

/// Words after which a command still begins.
constexpr std::string_view kOpeners[] = {"if",   "then", "else", "elif", "do",    "while", "until",  "time",
                                         "exec", "{",    "!",    "sudo", "nohup", "RUN",   "#SBATCH"};
constexpr std::string_view kExporters[] = {"export", "declare", "typeset", "readonly"};
constexpr std::string_view kMpiLaunchers[] = {"mpirun", "mpiexec", "orterun", "prun", "prterun"};
constexpr int kDeepestScript = 4;

template <size_t N>
bool is_one_of(std::string_view word, const std::string_view (&list)[N]) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_name(std::string_view text) {
  const auto belongs = [](char letter) { return std::isalnum(static_cast<unsigned char>(letter)) || letter == '_'; };
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text[0])) && std::ranges::all_of(text, belongs);
}

struct Assignment {
  std::string name;
  Value value;
};

/// "X=v", in `text` of a word that may expand; empty when it is none.
std::optional<Assignment> assignment_in(std::string_view text, bool expands) {
  const size_t sign = text.find('=');
  if (sign == std::string_view::npos) return std::nullopt;
  const bool appends = sign > 0 && text[sign - 1] == '+';
  const std::string_view name = text.substr(0, appends ? sign - 1 : sign);
  if (!is_name(name)) return std::nullopt;
  const bool known = !appends && !expands;
  return Assignment{std::string(name), known ? Value(text.substr(sign + 1)) : std::nullopt};
}

std::optional<Assignment> assignment_in(const ShellWord& word) { return assignment_in(word.text, word.expands); }

class Reader {
 public:
  Reader(const std::string& file, std::vector<EnvironmentSetting>& found) : file_(file), found_(found) {}

  void read_script(std::string_view text, int depth) {
    for (const ShellCommand& command : split_shell_commands(text)) read_command(command, depth);
  }

  /// A script inside a word counts as standing where the word stands.
  void pin_to(const ShellWord& word) { pinned_ = &word; }

 private:
  void add(const ShellWord& word, std::string name, Value value) {
    const ShellWord& where = pinned_ ? *pinned_ : word;
    found_.push_back({std::move(name), std::move(value), {file_, where.line, where.column}});
  }

  void add(const ShellWord& word, Assignment assignment) {
    add(word, std::move(assignment.name), std::move(assignment.value));
  }

  void read_command(const ShellCommand& command, int depth) {
    size_t at = 0;
    while (at < command.size() && is_one_of(command[at].text, kOpeners)) ++at;
    if (at == command.size()) return;
    if (command[at].text == "ENV") return read_docker_env(command, at + 1);
    at = read_prefix(command, at);
    if (at < command.size() && is_one_of(command[at].text, kExporters)) return read_export(command, at);
    read_arguments(command, at, depth);
  }

  /// X=v Y=w before a command are its environment; alone they are variables of the shell, for a later export.
  size_t read_prefix(const ShellCommand& command, size_t at) {
    const size_t start = at;
    while (at < command.size() && assignment_in(command[at])) ++at;
    for (size_t i = start; i < at; ++i) {
      Assignment assignment = *assignment_in(command[i]);
      if (at < command.size()) {
        add(command[i], std::move(assignment));
      } else {
        assigned_[assignment.name] = assignment.value;
      }
    }
    return at;
  }

  void read_export(const ShellCommand& command, size_t at) {
    bool exports = command[at].text == "export";
    for (++at; at < command.size(); ++at) {
      const ShellWord& word = command[at];
      if (word.text.starts_with('-')) {
        const bool removes = command[at - 1].text == "export" && word.text.find('n') != std::string::npos;
        exports = !removes && (exports || word.text.find('x') != std::string::npos);
        continue;
      }
      if (!exports) continue;
      if (auto assignment = assignment_in(word)) {
        add(word, std::move(*assignment));
      } else if (is_name(word.text) && !word.expands) {
        const auto earlier = assigned_.find(word.text);
        add(word, word.text, earlier == assigned_.end() ? std::nullopt : earlier->second);
      }
    }
  }

  /// ENV X=v Y=w, or the old ENV X rest of the line.
  void read_docker_env(const ShellCommand& command, size_t at) {
    if (at < command.size() && !assignment_in(command[at])) {
      const ShellWord& name = command[at];
      if (!is_name(name.text) || at + 1 == command.size()) return;
      std::string value;
      bool expands = false;
      for (size_t i = at + 1; i < command.size(); ++i) {
        value += (i == at + 1 ? "" : " ") + command[i].text;
        expands |= command[i].expands;
      }
      add(name, name.text, expands ? std::nullopt : Value(value));
      return;
    }
    for (; at < command.size(); ++at) {
      if (auto assignment = assignment_in(command[at])) add(command[at], std::move(*assignment));
    }
  }

  void read_arguments(const ShellCommand& command, size_t at, int depth) {
    bool after_mpi = false;
    bool after_shell = false;
    for (; at < command.size(); ++at) {
      const std::string& word = command[at].text;
      const ShellWord* next = at + 1 < command.size() ? &command[at + 1] : nullptr;
      after_mpi |= is_one_of(base_name(word), kMpiLaunchers);
      after_shell |= base_name(word) == "bash" || base_name(word) == "sh";
      if (base_name(word) == "env" && next) {
        at = read_env_command(command, at + 1) - 1;
      } else if (next && (word == "-x" || word == "--env" || word == "-e")) {
        const bool passes_on = word == "--env" || (word == "-x" && after_mpi);
        if (read_passed(*next, passes_on)) ++at;
      } else if (word.starts_with("--env=")) {
        if (auto assignment = assignment_in(word.substr(6), command[at].expands)) add(command[at], *assignment);
      } else if (word.starts_with("--export=")) {
        read_export_list(command[at], word.substr(9));
      } else if (after_shell && next && next->quoted && depth < kDeepestScript && word.starts_with('-') &&
                 !word.starts_with("--") && word.ends_with('c')) {
        read_inner(*next, depth + 1);
        ++at;
      }
    }
  }

  size_t read_env_command(const ShellCommand& command, size_t at) {
    for (; at < command.size(); ++at) {
      if (command[at].text.starts_with('-')) continue;
      auto assignment = assignment_in(command[at]);
      if (!assignment) break;
      add(command[at], std::move(*assignment));
    }
    return at;
  }

  /// The word after -x or --env. False when it is neither X=v nor an X to pass on.
  bool read_passed(const ShellWord& word, bool passes_on) {
    if (auto assignment = assignment_in(word)) {
      add(word, std::move(*assignment));
      return true;
    }
    if (!passes_on || word.expands || !is_name(word.text)) return false;
    add(word, word.text, std::nullopt);
    return true;
  }

  /// "ALL,X=v,Y=w" of srun and sbatch.
  void read_export_list(const ShellWord& word, std::string_view list) {
    while (!list.empty()) {
      const size_t end = std::min(list.find(','), list.size());
      if (auto assignment = assignment_in(list.substr(0, end), word.expands)) add(word, std::move(*assignment));
      list.remove_prefix(std::min(end + 1, list.size()));
    }
  }

  void read_inner(const ShellWord& script, int depth) {
    Reader inner(file_, found_);
    inner.pin_to(pinned_ ? *pinned_ : script);
    inner.read_script(script.text, depth);
  }

  const std::string& file_;
  std::vector<EnvironmentSetting>& found_;
  std::map<std::string, Value> assigned_;
  const ShellWord* pinned_ = nullptr;
};

}  // namespace

std::vector<EnvironmentSetting> read_shell_variables(std::string_view text, const std::string& file) {
  std::vector<EnvironmentSetting> found;
  Reader(file, found).read_script(text, 0);
  return found;
}

}  // namespace trireme::cloud

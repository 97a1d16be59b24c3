#include "trireme/cloud/environment/shell_words.h"

#include <algorithm>

namespace trireme::cloud {

namespace {

/// Lines joined by backslashes, and where each began.
struct LogicalLine {
  struct Piece {
    size_t start = 0;  // in `text`
    int line = 0;
  };
  std::string text;
  std::vector<Piece> pieces;
};

bool is_blank(char letter) { return letter == ' ' || letter == '\t' || letter == '\r'; }

std::string_view first_word_on(std::string_view line) {
  const auto start = std::ranges::find_if_not(line, is_blank);
  return line.substr(static_cast<size_t>(start - line.begin()));
}

/// A comment, but not a directive of sbatch: those carry --export.
bool is_comment(std::string_view line) {
  const std::string_view word = first_word_on(line);
  return word.starts_with('#') && !word.starts_with("#SBATCH");
}

bool continues(std::string_view line) {
  const size_t last = line.find_last_not_of('\\');
  const size_t backslashes = line.size() - (last == std::string_view::npos ? 0 : last + 1);
  return backslashes % 2 == 1;
}

std::vector<LogicalLine> join_lines(std::string_view text) {
  std::vector<LogicalLine> lines;
  bool open = false;
  for (int number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (is_comment(line)) continue;
    if (!open) lines.emplace_back();
    lines.back().pieces.push_back({lines.back().text.size(), number});
    open = continues(line);
    lines.back().text += open ? line.substr(0, line.size() - 1) : line;
  }
  return lines;
}

class Splitter {
 public:
  explicit Splitter(const LogicalLine& line) : line_(line), text_(line.text) {}

  std::vector<ShellCommand> run() {
    while (at_ < text_.size() && !comment_starts()) step();
    end_command();
    return std::move(commands_);
  }

 private:
  bool comment_starts() const { return text_[at_] == '#' && !in_word_ && !text_.substr(at_).starts_with("#SBATCH"); }

  void step() {
    const char letter = text_[at_];
    if (is_blank(letter)) {
      end_word();
      ++at_;
    } else if (std::string_view(";&|()").find(letter) != std::string_view::npos) {
      end_command();
      ++at_;
    } else if (letter == '\'' || letter == '"') {
      quotation(letter);
    } else {
      begin_word();
      plain();
    }
  }

  /// One letter, or one with the backslash that guards it: any letter, or between double quotes one of `guarded`.
  void plain(std::string_view guarded = {}) {
    const bool guards = text_[at_] == '\\' && at_ + 1 < text_.size();
    if (guards && (guarded.empty() || guarded.find(text_[at_ + 1]) != std::string_view::npos)) {
      word_.text += text_[at_ + 1];
      at_ += 2;
      return;
    }
    word_.expands |= text_[at_] == '$' || text_[at_] == '`';
    word_.text += text_[at_++];
  }

  size_t closing(char quote) {
    size_t& unclosed_from = quote == '"' ? unclosed_double_ : unclosed_single_;
    if (at_ >= unclosed_from) return std::string_view::npos;
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote) end += quote == '"' && text_[end] == '\\' ? 2 : 1;
    if (end < text_.size()) return end;
    unclosed_from = at_;
    return std::string_view::npos;
  }

  void quotation(char quote) {
    const size_t end = closing(quote);
    if (end == std::string_view::npos) {
      end_word();
      ++at_;
      return;
    }
    begin_word();
    word_.quoted = true;
    ++at_;
    if (quote == '\'') {
      word_.text += text_.substr(at_, end - at_);
    } else {
      while (at_ < end) plain("$`\"\\");
    }
    at_ = end + 1;
  }

  void begin_word() {
    if (in_word_) return;
    while (piece_ + 1 < line_.pieces.size() && line_.pieces[piece_ + 1].start <= at_) ++piece_;
    const LogicalLine::Piece& piece = line_.pieces[piece_];
    word_ = {};
    word_.line = piece.line;
    word_.column = static_cast<int>(at_ - piece.start) + 1;
    in_word_ = true;
  }

  void end_word() {
    if (in_word_) command_.push_back(std::move(word_));
    in_word_ = false;
  }

  void end_command() {
    end_word();
    if (!command_.empty()) commands_.push_back(std::move(command_));
    command_.clear();
  }

  const LogicalLine& line_;
  std::string_view text_;
  size_t at_ = 0;
  size_t piece_ = 0;
  size_t unclosed_single_ = std::string_view::npos, unclosed_double_ = std::string_view::npos;
  bool in_word_ = false;
  ShellWord word_;
  ShellCommand command_;
  std::vector<ShellCommand> commands_;
};

}  // namespace

std::vector<ShellCommand> split_shell_commands(std::string_view text) {
  std::vector<ShellCommand> commands;
  for (const LogicalLine& line : join_lines(text)) {
    for (ShellCommand& command : Splitter(line).run()) commands.push_back(std::move(command));
  }
  return commands;
}

}  // namespace trireme::cloud

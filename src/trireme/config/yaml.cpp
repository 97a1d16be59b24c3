#include "trireme/config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <istream>
#include <streambuf>

#include "trireme/config/source_text.h"
#include "trireme/config/yaml_scalar.h"
#include "trireme/core/format.h"

namespace trireme::config {

namespace {

/// yaml-cpp keeps every token since the last place where a `:` could still make a key, at some 200 bytes each; eight
/// megabytes of "[" would take two gigabytes. So it is given only so many marks ahead of what it has told.
constexpr int64_t kMaxMarksAhead = 1 << 18;

class MeteredText : public std::streambuf {
 public:
  explicit MeteredText(std::string_view text) : rest_(text) {}

  void restart_meter() { marks_ = 0; }
  bool exceeded() const { return marks_ > kMaxMarksAhead; }

 protected:
  int_type underflow() override {
    if (rest_.empty() || exceeded()) return traits_type::eof();
    const std::string_view chunk = rest_.substr(0, buffer_.size());
    rest_.remove_prefix(chunk.size());
    std::copy(chunk.begin(), chunk.end(), buffer_.begin());
    marks_ += std::count_if(chunk.begin(), chunk.end(), [](char letter) {
      return std::string_view("[]{},:?-&*!\"'").find(letter) != std::string_view::npos;
    });
    setg(buffer_.data(), buffer_.data(), buffer_.data() + chunk.size());
    return traits_type::to_int_type(buffer_[0]);
  }

 private:
  std::string_view rest_;
  std::array<char, 4096> buffer_;
  int64_t marks_ = 0;
};

const std::string kCoreTags = "tag:yaml.org,2002:";

/// The name of a core tag for the kind of a plain scalar.
std::string core_type_of(const Value::Data& data) {
  if (std::holds_alternative<Null>(data)) return "null";
  if (std::holds_alternative<bool>(data)) return "bool";
  if (std::holds_alternative<int64_t>(data)) return "int";
  if (std::holds_alternative<double>(data)) return "float";
  return std::holds_alternative<OtherValue>(data) ? "timestamp" : "str";
}

/// Hands yaml-cpp's events to a builder.
class Events : public YAML::EventHandler {
 public:
  Events(std::string_view text, const std::string& name, MeteredText& source, TreeBuilder& builder)
      : text_(text), places_(text, name), source_(source), builder_(builder) {}

  SourceLocation at(const YAML::Mark& mark) { return places_.at(mark.is_null() ? 0 : static_cast<size_t>(mark.pos)); }
  const SourceLocation& last() const { return last_; }
  std::vector<Value>& documents() { return documents_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    const SourceLocation where = note(mark);
    const std::string_view rest = text_.substr(std::min(static_cast<size_t>(mark.pos), text_.size()));
    const bool marked = rest.substr(0, 3) == "---" && (rest.size() == 3 || rest.find_first_of(" \t\r\n") == 3);
    if (begun_ && !marked) builder_.stop(where, "text after the end of the document", "begin a document with ---");
    begun_ = true;
  }
  void OnDocumentEnd() override { documents_.push_back(builder_.take()); }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    builder_.scalar({Null{}, note(mark), {}}, {{}, anchor});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override { builder_.alias(anchor, note(mark)); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    const SourceLocation where = note(mark);
    const std::string local = local_tag(tag);
    if (!local.empty() || tag == "!" || tag == kCoreTags + "str") {
      return builder_.scalar({text, where, {}}, {local, anchor});
    }
    std::optional<Value::Data> data = resolve_plain(text);
    if (!data) {
      builder_.report(where, format("number {} does not fit 64 bits", text), "quote it if it is a name");
      data = text;
    }
    if (tag != "?") check_core_tag(tag, core_type_of(*data), where);
    builder_.scalar({std::move(*data), where, std::holds_alternative<Null>(*data) ? "" : text}, {{}, anchor});
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Array{}, "seq");
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Table{}, "map");
  }
  void OnMapEnd() override { close(); }

 private:
  SourceLocation note(const YAML::Mark& mark) {
    source_.restart_meter();
    last_ = at(mark);
    return last_;
  }

  /// "Ref" of "!Ref"; empty for a core tag, for none, and for the "!" of a quoted scalar.
  static std::string local_tag(const std::string& tag) {
    return tag.size() > 1 && tag[0] == '!' ? tag.substr(1) : std::string();
  }

  void check_core_tag(const std::string& tag, const std::string& type, const SourceLocation& where) {
    if (tag == kCoreTags + type) return;
    const bool core = tag.compare(0, kCoreTags.size(), kCoreTags) == 0;
    const std::string name = core ? "!!" + tag.substr(kCoreTags.size()) : "!<" + tag + ">";
    builder_.report(where, format("tag {} does not fit: without it, this is !!{}", name, type), "remove the tag");
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Value::Data empty,
            const std::string& type) {
    const SourceLocation where = note(mark);
    const std::string local = local_tag(tag);
    if (local.empty() && !tag.empty() && tag != "?" && tag != "!") check_core_tag(tag, type, where);
    builder_.open({std::move(empty), where, {}}, {local, anchor});
  }
  void close() {
    source_.restart_meter();
    builder_.close();
  }

  std::string_view text_;
  Places places_;
  MeteredText& source_;
  TreeBuilder& builder_;
  SourceLocation last_;
  std::vector<Value> documents_;
  bool begun_ = false;
};

/// Adds what is wrong to `findings`.
std::vector<Value> read(std::string_view text, const std::string& name, Diagnostics& findings, const TagRule& rule) {
  MeteredText source(text);
  TreeBuilder builder(findings, rule);
  Events events(text, name, source, builder);
  try {
    std::istream stream(&source);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(events)) continue;
  } catch (const TreeBuilder::Stop&) {
    return {};
  } catch (const YAML::Exception& problem) {
    // A text that was cut short is judged below.
    if (!source.exceeded()) findings.error({}, "not valid YAML: " + problem.msg, "", events.at(problem.mark));
  }
  if (source.exceeded()) {
    findings.error({}, format("more than {} brackets, commas and quotes in one value", kMaxMarksAhead),
                   "write it in block style, or as a file of its own", events.last());
  } else if (!findings.has_errors() && events.documents().empty()) {
    findings.error({}, "holds no document", "write at least one value", {name, 1, 1});
  }
  return std::move(events.documents());
}

}  // namespace

std::vector<Value> parse_yaml_documents(const std::string& text, const std::string& name, Diagnostics& diagnostics,
                                        const TagRule& rule) {
  const std::string_view body = without_byte_order_mark(text);
  if (!check_text(body, name, diagnostics) || !check_yaml_characters(body, name, diagnostics)) return {};
  Diagnostics findings;
  std::vector<Value> documents = read(body, name, findings, rule);
  diagnostics.append(findings);
  if (findings.has_errors()) documents.clear();
  return documents;
}

std::optional<Value> parse_yaml(const std::string& text, const std::string& name, Diagnostics& diagnostics,
                                const TagRule& rule) {
  std::vector<Value> documents = parse_yaml_documents(text, name, diagnostics, rule);
  if (documents.empty()) return std::nullopt;
  if (documents.size() > 1) {
    diagnostics.error({}, format("holds {} documents, expected one", documents.size()), "split it at ---",
                      documents[1].where);
    return std::nullopt;
  }
  return std::move(documents[0]);
}

}  // namespace trireme::config

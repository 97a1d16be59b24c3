#include "trireme/config/yaml.h"

#include <yaml.h>

#include <new>

#include "trireme/config/source_text.h"
#include "trireme/config/yaml_problem.h"
#include "trireme/config/yaml_scalar.h"
#include "trireme/core/format.h"
#include "trireme/core/utf8.h"

namespace trireme::config {

namespace {

/// libyaml compares each %TAG with all others of its document; eight megabytes of them would take minutes.
constexpr int kMaxTagDirectives = 64;

const std::string kCoreTags = "tag:yaml.org,2002:";

std::string text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string() : reinterpret_cast<const char*>(text);
}

/// The name of a core tag for the kind of a plain scalar.
std::string core_type_of(const Value::Data& data) {
  if (std::holds_alternative<Null>(data)) return "null";
  if (std::holds_alternative<bool>(data)) return "bool";
  if (std::holds_alternative<int64_t>(data)) return "int";
  if (std::holds_alternative<double>(data)) return "float";
  return std::holds_alternative<OtherValue>(data) ? "timestamp" : "str";
}

/// Owns what libyaml tells of one node or bracket.
class Event {
 public:
  explicit Event(yaml_parser_t& parser) : is_whole_(yaml_parser_parse(&parser, &event_) == 1) {}
  ~Event() { yaml_event_delete(&event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  /// Whether there was one: false at what is not YAML.
  bool is_whole() const { return is_whole_; }
  const yaml_event_t* operator->() const { return &event_; }

 private:
  yaml_event_t event_{};
  bool is_whole_;
};

/// Hands libyaml's events to a builder.
class Reader {
 public:
  /// `text`, `name` and `builder` must outlive this.
  Reader(std::string_view text, const std::string& name, TreeBuilder& builder)
      : name_(name), end_(Places(text, name).at(text.size())), builder_(builder) {
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  ~Reader() { yaml_parser_delete(&parser_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Reads on, up to the end of a document or of the text. Nothing at the end of the text.
  std::optional<Value> next_document() {
    while (true) {
      const Event event(parser_);
      if (!event.is_whole()) refuse();
      switch (event->type) {
        case YAML_STREAM_END_EVENT: return std::nullopt;
        case YAML_DOCUMENT_END_EVENT: return builder_.take();
        case YAML_ALIAS_EVENT: builder_.alias(text_of(event->data.alias.anchor), at(event->start_mark)); break;
        case YAML_SCALAR_EVENT: scalar(event->data.scalar, at(event->start_mark)); break;
        case YAML_SEQUENCE_START_EVENT: {
          const auto& start = event->data.sequence_start;
          open({Array{}, at(event->start_mark), {}}, start.tag, start.anchor, "seq");
          break;
        }
        case YAML_MAPPING_START_EVENT: {
          const auto& start = event->data.mapping_start;
          open({Table{}, at(event->start_mark), {}}, start.tag, start.anchor, "map");
          break;
        }
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT: builder_.close(); break;
        default: break;  // the beginning of the text or of a document
      }
    }
  }

 private:
  /// The end of a text without a final line feed, libyaml takes for one line more.
  SourceLocation at(const yaml_mark_t& mark) const {
    const int line = static_cast<int>(mark.line) + 1;
    return line > end_.line ? end_ : SourceLocation{name_, line, static_cast<int>(mark.column) + 1};
  }

  [[noreturn]] void refuse() {
    if (parser_.error == YAML_MEMORY_ERROR) throw std::bad_alloc();
    const YamlProblem problem = explain(parser_);
    builder_.stop(at(problem.mark), problem.message, problem.remedy);
  }

  /// The tag with its namespace: "!Ref", or "tag:yaml.org,2002:int" for "!!int"; or empty.
  std::string tag_of(const yaml_char_t* written, const SourceLocation& where) {
    std::string tag = text_of(written);
    if (valid_utf8_prefix(tag) < tag.size()) builder_.stop(where, "a tag whose %-escapes are not UTF-8", "rename it");
    return tag;
  }

  void check_core_tag(const std::string& tag, const std::string& type, const SourceLocation& where) {
    if (tag == kCoreTags + type) return;
    const bool core = tag.compare(0, kCoreTags.size(), kCoreTags) == 0;
    const std::string name = core ? "!!" + tag.substr(kCoreTags.size()) : "!<" + tag + ">";
    builder_.report(where, format("tag {} does not fit: without it, this is !!{}", name, type), "remove the tag");
  }

  void scalar(const decltype(yaml_event_t::data.scalar)& event, SourceLocation where) {
    // The lines of a literal block are the file's, from the one after its indicator.
    if (event.style == YAML_LITERAL_SCALAR_STYLE && where.line < end_.line) where = {where.file, where.line + 1, 1};
    const std::string text(reinterpret_cast<const char*>(event.value), event.length);
    const std::string anchor = text_of(event.anchor);
    const std::string tag = tag_of(event.tag, where);
    // A lone "!" makes a string of what follows.
    if (tag[0] == '!') return builder_.scalar({text, where, {}}, {tag.substr(1), anchor});
    const bool is_quoted = tag.empty() && event.plain_implicit == 0;
    if (is_quoted || tag == kCoreTags + "str") return builder_.scalar({text, where, {}}, {{}, anchor});

    std::optional<Value::Data> data = resolve_plain(text);
    if (!data) {
      builder_.report(where, format("number {} does not fit 64 bits", text), "quote it if it is a name");
      data = text;
    }
    if (!tag.empty()) check_core_tag(tag, core_type_of(*data), where);
    builder_.scalar({std::move(*data), where, std::holds_alternative<Null>(*data) ? "" : text}, {{}, anchor});
  }

  void open(Value empty, const yaml_char_t* written_tag, const yaml_char_t* anchor, const std::string& type) {
    const std::string tag = tag_of(written_tag, empty.where);
    const bool local = tag[0] == '!';
    if (!local && !tag.empty()) check_core_tag(tag, type, empty.where);
    builder_.open(std::move(empty), {local ? tag.substr(1) : "", text_of(anchor)});
  }

  const std::string& name_;
  SourceLocation end_;
  TreeBuilder& builder_;
  yaml_parser_t parser_;
};

void check_tag_directives(std::string_view text, const std::string& name, TreeBuilder& builder) {
  constexpr std::string_view kDirective = "\n%TAG";
  int count = 0;
  for (size_t at = text.find(kDirective); at != std::string_view::npos; at = text.find(kDirective, at + 1)) {
    if (++count > kMaxTagDirectives) {
      builder.stop(Places(text, name).at(at + 1), format("more than {} lines of %TAG", kMaxTagDirectives),
                   "write the tags out");
    }
  }
}

/// The documents of `text`; what is wrong goes to `findings`.
std::vector<Value> read(std::string_view text, const std::string& name, Diagnostics& findings, const TagRule& rule) {
  TreeBuilder builder(findings, rule);
  std::vector<Value> documents;
  try {
    check_tag_directives(text, name, builder);
    Reader reader(text, name, builder);
    while (std::optional<Value> document = reader.next_document()) documents.push_back(std::move(*document));
    if (documents.empty()) builder.stop({name, 1, 1}, "holds no document", "write at least one value");
  } catch (const TreeBuilder::Stop&) {
    // The finding says why.
  }
  return documents;
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

#include "request.h"

#include <cctype>
#include <set>

#include "trireme/core/environment.h"
#include "trireme/core/error.h"
#include "trireme/core/file.h"

namespace scripted_aws {

namespace {

using trireme::format;
using trireme::UsageError;

// Options that take no word; any other takes what follows it up to the next option.
const std::set<std::string> kFlags = {"quiet", "only-show-errors", "no-progress", "recursive", "dry-run", "debug"};
// Options of the command line itself.
const std::set<std::string> kGlobal = {
    "profile", "output", "no-cli-pager", "no-cli-auto-prompt", "color", "cli-connect-timeout", "cli-read-timeout"};
const std::set<std::string> kSecrets = {"secret-string", "secret-binary", "master-user-password", "password"};

std::string word_of(const std::string& word) {
  for (const std::string scheme : {"file://", "fileb://"}) {
    if (word.starts_with(scheme)) return trireme::read_file(word.substr(scheme.size()));
  }
  return word;
}

/// "Name=vpc-id,Values=a,b": a piece without "=" belongs to the member before it.
Json parse_shorthand(const std::string& word) {
  Json structure = Json::object();
  std::string key;
  for (size_t at = 0; at <= word.size();) {
    const size_t end = std::min(word.find(',', at), word.size());
    const std::string piece = word.substr(at, end - at);
    const size_t equals = piece.find('=');
    if (equals != std::string::npos) {
      key = piece.substr(0, equals);
      const std::string value = piece.substr(equals + 1);
      structure[key] = key == "Values" ? Json::array({value}) : Json(value);
    } else if (key.empty()) {
      throw UsageError(format("Error parsing parameter: Expected: '=', received: '{}'", word));
    } else {
      if (!structure[key].is_array()) structure[key] = Json::array({structure[key]});
      structure[key].push_back(piece);
    }
    at = end + 1;
  }
  return structure;
}

bool is_json(const std::string& text) { return text.starts_with('{') || text.starts_with('['); }

Json parse_json(const std::string& text, const std::string& what) {
  try {
    return Json::parse(text);
  } catch (const Json::exception&) {
    throw UsageError(format("Error parsing parameter '{}': Invalid JSON: {}", what, text));
  }
}

/// Merges an input file into the request; an option given in words wins.
void read_input(Request& request, const std::string& text) {
  request.input = parse_json(text, "--cli-input-json");
  for (const auto& [name, value] : request.input.items()) {
    const std::string option = kebab_case(name);
    if (!request.has(option)) request.parameters[option] = value;
  }
}

Json redact(const Json& value, bool secret) {
  if (value.is_object()) {
    Json out = Json::object();
    const std::string named = text_of(get(value, "ParameterKey"));
    for (const auto& [name, member] : value.items()) {
      const bool hides = name == "ParameterValue" &&
                         (named.find("Password") != std::string::npos || named.find("Secret") != std::string::npos);
      out[name] = redact(member, secret || hides || kSecrets.contains(kebab_case(name)));
    }
    return out;
  }
  if (value.is_array()) {
    Json out = Json::array();
    for (const Json& item : value) out.push_back(redact(item, secret));
    return out;
  }
  return secret ? Json("***") : value;
}

}  // namespace

std::string pascal_case(const std::string& kebab) {
  std::string out;
  for (size_t i = 0; i < kebab.size(); ++i) {
    if (kebab[i] == '-') continue;
    out += i == 0 || kebab[i - 1] == '-' ? static_cast<char>(std::toupper(kebab[i])) : kebab[i];
  }
  const size_t db = out.find("Db");  // RDS alone spells an acronym in its operations
  if (db != std::string::npos) out.replace(db, 2, "DB");
  return out;
}

std::string kebab_case(const std::string& name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool upper = std::isupper(name[i]);
    const bool after_lower = i > 0 && !std::isupper(name[i - 1]);
    const bool before_lower = i + 1 < name.size() && std::islower(name[i + 1]);
    if (upper && i > 0 && (after_lower || before_lower)) out += '-';
    out += static_cast<char>(std::tolower(name[i]));
  }
  return out;
}

std::optional<std::string> Request::text(const std::string& name) const {
  const Json& value = get(parameters, name);
  if (value.is_null()) return std::nullopt;
  if (value.is_array() && value.size() == 1 && value[0].is_string()) return value[0].get<std::string>();
  return text_of(value);
}

std::string Request::required(const std::string& name) const {
  const auto value = text(name);
  if (!value) throw UsageError(format("the following arguments are required: --{}", name));
  return *value;
}

std::vector<std::string> Request::list(const std::string& name) const {
  Json value = get(parameters, name);
  if (value.is_null()) return {};
  if (value.is_array() && value.size() == 1 && value[0].is_string() && is_json(value[0].get<std::string>())) {
    value = parse_json(value[0], "--" + name);
  }
  if (!value.is_array()) value = Json::array({value});
  std::vector<std::string> out;
  for (const Json& item : value) out.push_back(text_of(item));
  return out;
}

Json Request::structures(const std::string& name) const {
  Json out = Json::array();
  for (const std::string& item : list(name))
    out.push_back(is_json(item) ? parse_json(item, name) : parse_shorthand(item));
  return out;
}

bool Request::flag(const std::string& name) const { return has(name) && text(name) != "false"; }

int Request::number(const std::string& name, int otherwise) const {
  const auto value = text(name);
  return value ? std::stoi(*value) : otherwise;
}

Json Request::without_secrets() const {
  Json out = Json::object();
  for (const auto& [name, value] : parameters.items()) {
    // CloudFormation's parameters are taken apart, so that the secrets among them can be told.
    out[name] = redact(name == "parameters" ? structures(name) : value, kSecrets.contains(name));
  }
  return out;
}

Json Request::input_without_secrets() const { return redact(input, false); }

Request parse_request(const std::string& program, const std::vector<std::string>& argv) {
  static const std::map<std::string, std::string> kShort = {
      {"-n", "--cluster-name"}, {"-c", "--cluster-configuration"}, {"-r", "--region"}};
  const bool pcluster = program == "pcluster";
  std::vector<std::string> words;
  std::map<std::string, std::vector<std::string>> options;
  std::vector<std::string>* takes = nullptr;  // the option that takes the next word
  for (const std::string& word : argv) {
    const auto shortened = kShort.find(word);
    const std::string given = pcluster && shortened != kShort.end() ? shortened->second : word;
    if (given.starts_with("--") && given.size() > 2) {
      const size_t equals = given.find('=');
      const std::string name = given.substr(2, equals == std::string::npos ? equals : equals - 2);
      takes = &options[name];
      if (equals != std::string::npos) takes->push_back(given.substr(equals + 1));
      if (equals != std::string::npos || kFlags.contains(name) || name.starts_with("no-")) takes = nullptr;
    } else if (takes) {
      takes->push_back(given);
      // Options before the service, and those of S3, have one value each.
      if (words.size() < (pcluster ? 1u : 2u) || words[0].starts_with("s3")) takes = nullptr;
    } else {
      words.push_back(given);
    }
  }
  Request request;
  if (pcluster) words.insert(words.begin(), "pcluster");
  if (words.size() < 2) throw UsageError("usage: aws [options] SERVICE OPERATION [parameters]");
  request.service = words[0];
  request.operation = words[1];
  request.words.assign(words.begin() + 2, words.end());
  if (options.contains("query")) throw UsageError("scripted AWS answers in JSON only: there is no --query");
  if (options.contains("output") && options["output"] != std::vector<std::string>{"json"}) {
    throw UsageError("scripted AWS answers in JSON only: --output json");
  }
  for (const auto& [name, values] : options) {
    if (kGlobal.contains(name)) continue;
    Json read = Json::array();
    for (const std::string& value : values) read.push_back(word_of(value));
    if (name == "region") {
      request.region = read.at(0);
    } else if (name == "cli-input-json") {
      continue;
    } else if (name.starts_with("no-") && name != "no-paginate") {
      request.parameters[name.substr(3)] = false;
    } else {
      request.parameters[name] = values.empty() ? Json(true) : read;
    }
  }
  if (options.contains("cli-input-json")) read_input(request, word_of(options["cli-input-json"].at(0)));
  return request;
}

Json paginate(const Request& request, Json answer, const std::string& key) {
  constexpr int kPage = 100;
  const Json all = answer[key];
  const int from = request.number(request.has("next-token") ? "next-token" : "starting-token", 0);
  const int page = request.has("no-paginate") || request.has("next-token") ? kPage : static_cast<int>(all.size());
  const int until = std::min<int>(from + request.number("max-items", page), static_cast<int>(all.size()));
  Json part = Json::array();
  for (int i = from; i < until; ++i) part.push_back(all[i]);
  answer[key] = part;
  if (until < static_cast<int>(all.size())) answer["NextToken"] = std::to_string(until);
  return answer;
}

}  // namespace scripted_aws

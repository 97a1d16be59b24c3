#pragma once

#include <optional>
#include <string>
#include <vector>

#include "json.h"

namespace scripted_aws {

/// "DescribeStacks" of "describe-stacks".
std::string pascal_case(const std::string& kebab);
/// "template-url" of "TemplateURL", "job-name" of "jobName": the option that stands for a member of an input file.
std::string kebab_case(const std::string& name);

/// A command line of `aws` or `pcluster`, taken apart.
struct Request {
  std::string service;  // "cloudformation"; "pcluster" for that program
  std::string operation;
  std::string region;
  std::vector<std::string> words;    // that belong to no option
  Json parameters = Json::object();  // by option without dashes: its words in a list, or a member of `input`
  Json input = Json::object();       // what --cli-input-json says

  bool has(const std::string& name) const { return parameters.contains(name); }
  std::optional<std::string> text(const std::string& name) const;
  /// Throws UsageError if it is not given, as the command line does.
  std::string required(const std::string& name) const;
  std::vector<std::string> list(const std::string& name) const;
  /// A list of structures, given as JSON or in the shorthand "Key=a,Value=b".
  Json structures(const std::string& name) const;
  bool flag(const std::string& name) const;
  int number(const std::string& name, int otherwise) const;

  /// `parameters` and `input` as a log may hold them: values of options that carry secrets are replaced.
  Json without_secrets() const;
  Json input_without_secrets() const;
};

/// `argv` without the program's name. Throws UsageError.
Request parse_request(const std::string& program, const std::vector<std::string>& argv);

/// The part of `answer[key]` that --max-items, --starting-token, --no-paginate and --next-token ask for.
Json paginate(const Request& request, Json answer, const std::string& key);

}  // namespace scripted_aws

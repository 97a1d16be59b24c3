#include "trireme/cloud/deploy/aws.h"

#include <sys/mman.h>
#include <unistd.h>
#include <algorithm>
#include <thread>

#include "trireme/catalog/facts_folder.h"
#include "trireme/catalog/table.h"
#include "trireme/core/file.h"
#include "trireme/core/process.h"

namespace trireme::cloud {

namespace {

constexpr Seconds kCallLimit{180};
constexpr int kAttempts = 6;
constexpr int kNotFound = 127;  // exit status of env(1) for a program that is not on PATH

/// Text as a file that other programs of this user can open by name, and that is gone with this process.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view text) : fd_(::memfd_create("trireme-request", MFD_CLOEXEC)) {
    if (!fd_.valid()) throw io_error("can't create a file in memory");
    write_all(fd_.get(), text, "file in memory");
  }
  std::string path() const { return format("/proc/{}/fd/{}", ::getpid(), fd_.get()); }

 private:
  UniqueFd fd_;
};

/// A row of facts/aws_errors.tsv.
struct KnownError {
  std::string text;  // in the message
  bool retry = false;
  std::string remedy;
};

const std::vector<KnownError>& known_errors() {
  static const std::vector<KnownError> rows = [] {
    const auto table = catalog::Table::read(catalog::facts_folder() / "aws_errors.tsv");
    std::vector<KnownError> rows;
    for (size_t row = 0; row < table.size(); ++row) {
      rows.push_back({table.text(row, "text"), table.boolean(row, "retry").value_or(false), table.text(row, "remedy")});
    }
    return rows;
  }();
  return rows;
}

const KnownError* find_known(const std::string& message) {
  const auto found = std::find_if(known_errors().begin(), known_errors().end(), [&](const KnownError& known) {
    return message.find(known.text) != std::string::npos;
  });
  return found == known_errors().end() ? nullptr : &*found;
}

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \n");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \n") - first + 1);
}

/// "ValidationError" of "An error occurred (ValidationError) when calling …"; pcluster gives none.
std::string cause_in(const std::string& message) {
  const std::string_view start = "An error occurred (";
  const size_t at = message.find(start);
  if (at == std::string::npos) return "";
  const size_t begin = at + start.size();
  return message.substr(begin, message.find(')', begin) - begin);
}

/// The words of `pcluster` for a refusal: {"message": …} with the problems of a configuration.
std::string pcluster_message(const std::string& out) {
  const Json answer = Json::parse(out, nullptr, /*allow_exceptions=*/false);
  if (!answer.is_object()) return "";
  std::string text = answer.value("message", "");
  for (const char* list : {"configurationValidationErrors", "updateValidationErrors"}) {
    for (const Json& problem : answer.value(list, Json::array()))
      text += "\n  " + problem.value("message", problem.dump());
  }
  return text;
}

ProgramResult run_tool(const std::vector<std::string>& words, const std::string& what) {
  const auto not_there = [&](const std::string& reason) {
    const bool aws = what.compare(0, 4, "aws ") == 0;
    return AwsError("", format("{}\n  next: {}", reason,
                               aws ? "install the AWS CLI, version 2.13 or newer, and put it on PATH"
                                   : "pip install aws-parallelcluster, and put pcluster on PATH"));
  };
  try {
    ProgramResult result = run_program(words, kCallLimit);
    if (result.exit_status == kNotFound) throw not_there(trimmed(result.err));
    return result;
  } catch (const ProgramTimeout& error) {
    throw AwsError("", format("{}: {}\n  next: check the network and the proxy, then run the same command again", what,
                              error.what()));
  } catch (const IoError& error) {
    throw not_there(error.what());
  }
}

bool is_absence(const AwsError& error) {
  static const std::vector<std::string> kCauses = {
      "ParameterNotFound",        "404", "NoSuchBucket", "ChangeSetNotFound", "ParameterVersionNotFound",
      "ResourceNotFoundException"};
  const std::string text = error.what();
  return std::count(kCauses.begin(), kCauses.end(), error.cause()) > 0 ||
         (error.cause() == "ValidationError" && text.find("does not exist") != std::string::npos);
}

}  // namespace

Json Aws::run(std::vector<std::string> words, const std::string& what) const {
  for (int attempt = 1;; ++attempt) {
    const ProgramResult result = run_tool(words, what);
    const Json answer = Json::parse(result.out.empty() ? "{}" : result.out, nullptr, /*allow_exceptions=*/false);
    if (result.exit_status == 0 && !answer.is_discarded()) return answer;
    std::string message = result.exit_status == 0
                              ? "answered with something that is no JSON: " + result.out.substr(0, 200)
                              : trimmed(result.err);
    if (const std::string refusal = pcluster_message(result.out); result.exit_status != 0 && !refusal.empty())
      message = refusal;
    const KnownError* known = find_known(message);
    const bool again = result.exit_status == 0 || (known != nullptr && known->retry);
    if (again && attempt < kAttempts) {
      std::this_thread::sleep_for(poll_ * (1 << attempt));
      continue;
    }
    throw AwsError(
        cause_in(message),
        format("{}: {}", what, message.empty() ? format("ended with status {}", result.exit_status) : message) +
            (known == nullptr ? "" : "\n  next: " + known->remedy));
  }
}

std::vector<std::string> Aws::aws_words(const std::string& service, const std::string& operation) const {
  std::vector<std::string> words = {"aws", "--region", region_, "--output", "json"};
  if (!profile_.empty()) words.insert(words.end(), {"--profile", profile_});
  words.insert(words.end(), {service, operation});
  return words;
}

Json Aws::call_once(const std::string& service, const std::string& operation, const Json& request) const {
  const MemoryFile body(request.dump());
  std::vector<std::string> words = aws_words(service, operation);
  if (!request.empty()) words.insert(words.end(), {"--cli-input-json", "file://" + body.path()});
  return run(std::move(words), "aws " + service + " " + operation);
}

Json Aws::call(const std::string& service, const std::string& operation, const Json& request,
               const std::string& list) const {
  Json answer = call_once(service, operation, request);
  if (list.empty()) return answer;
  Json items = answer.value(list, Json::array());
  for (Json page = answer; page.contains("NextToken");) {
    Json next = request;
    next["NextToken"] = page.at("NextToken");
    page = call_once(service, operation, next);
    const Json more = page.value(list, Json::array());
    items.insert(items.end(), more.begin(), more.end());
  }
  answer[list] = std::move(items);
  return answer;
}

void Aws::put_object(const std::string& bucket, const std::string& key, std::string_view body) const {
  const MemoryFile file(body);
  std::vector<std::string> words = aws_words("s3api", "put-object");
  words.insert(words.end(), {"--bucket", bucket, "--key", key, "--body", file.path()});
  run(std::move(words), "aws s3api put-object");
}

std::optional<Json> Aws::find(const std::string& service, const std::string& operation, const Json& request,
                              const std::string& list) const {
  try {
    return call(service, operation, request, list);
  } catch (const AwsError& error) {
    if (is_absence(error)) return std::nullopt;
    throw;
  }
}

Json Aws::pcluster(const std::string& operation, const std::vector<std::string>& words) const {
  std::vector<std::string> all;
  if (!profile_.empty()) {
    // pcluster takes a profile from the environment alone, where keys would go before it.
    all = {"env",
           "-u",
           "AWS_ACCESS_KEY_ID",
           "-u",
           "AWS_SECRET_ACCESS_KEY",
           "-u",
           "AWS_SESSION_TOKEN",
           "AWS_PROFILE=" + profile_};
  }
  all.insert(all.end(), {"pcluster", operation, "--region", region_});
  all.insert(all.end(), words.begin(), words.end());
  return run(std::move(all), "pcluster " + operation);
}

Json Aws::pcluster_with(const std::string& operation, const std::vector<std::string>& words,
                        const std::string& configuration) const {
  const MemoryFile body(configuration);
  std::vector<std::string> all = words;
  all.insert(all.end(), {"--cluster-configuration", body.path()});
  return pcluster(operation, all);
}

void Aws::wait() const { std::this_thread::sleep_for(poll_); }

}  // namespace trireme::cloud

#include "trireme/cloud/access/ssh_config.h"

#include <algorithm>

#include "trireme/catalog/facts_folder.h"
#include "trireme/catalog/table.h"
#include "trireme/core/error.h"

namespace trireme::cloud {

namespace {

bool is_user_name(const std::string& text) {
  const auto is_part = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_' || letter == '-' ||
           letter == '.';
  };
  return !text.empty() && text.size() <= 32 && text[0] != '-' && std::all_of(text.begin(), text.end(), is_part);
}

/// A word for ProxyCommand: ssh expands %, then a shell reads the line.
std::string proxy_word(const std::string& text) {
  std::string word = "'";
  for (const char letter : text) {
    if (letter == '\'') {
      word += "'\\''";
    } else {
      word += letter == '%' ? "%%" : std::string(1, letter);
    }
  }
  return word + "'";
}

}  // namespace

std::string login_user(const std::string& os) {
  const fs::path path = catalog::facts_folder() / "os_users.tsv";
  const auto table = catalog::Table::read(path);
  for (size_t row = 0; row < table.size(); ++row) {
    if (table.text(row, "os") == os) return table.text(row, "user");
  }
  throw ConfigError(format("{} does not say who logs in to {}; name the user with --user", path.string(), os));
}

std::string ssh_config(const Cluster& cluster, const std::string& instance, const std::string& user,
                       const std::string& profile) {
  if (!is_user_name(user)) {
    throw UsageError(format("--user \"{}\" is no user name: small letters, digits and _ - . are", user));
  }
  if (profile.find('\n') != std::string::npos) throw UsageError("--profile holds a line break");
  return format("Host {}\n", cluster.name) + format("  HostName {}\n", instance) + format("  User {}\n", user) +
         format(
             "  ProxyCommand aws --region {}{} ssm start-session --target %h --document-name AWS-StartSSHSession "
             "--parameters portNumber=%p\n",
             cluster.region, profile.empty() ? "" : " --profile " + proxy_word(profile));
}

}  // namespace trireme::cloud

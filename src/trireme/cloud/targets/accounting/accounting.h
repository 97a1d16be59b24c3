#pragma once

#include "trireme/cloud/synthesis.h"

namespace trireme::cloud::accounting {

bool applies(const Cluster& cluster);
void render(Synthesis& synthesis);

/// How slurmdbd reaches its database, created or adopted.
struct Connection {
  Text uri;  // "HOST:PORT"
  std::string user;
  SecretArn secret;  // holds the password as plain text
  std::vector<SecurityGroupId> client_groups;
};
/// REQUIRES: accounting.kind is not "none".
Connection connection(const Cluster& cluster);

}  // namespace trireme::cloud::accounting

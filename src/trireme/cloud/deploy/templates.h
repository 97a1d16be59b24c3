#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "trireme/cloud/deploy/aws.h"
#include "trireme/cloud/synthesis.h"

namespace trireme::cloud {

/// Does a resource of the type hold what can't be made again: files, objects, database rows?
bool holds_data(const std::string& type);

/// Resources of a template: logical id and type, in its order.
struct TemplateResource {
  std::string logical_id;
  std::string type;
};
std::vector<TemplateResource> resources_of(const SynthFile& file);

/// The template of a stack as the account has it.
std::string deployed_template(const Aws& aws, const std::string& stack);
/// Do the texts say the same, whatever their layout?
bool same_template(const std::string& one, const std::string& other);
/// A stack of the account as synth would have written it, with its exports and imports. Without resources if the stack
/// was announced by a change set but never made.
SynthFile deployed_file(const Aws& aws, const std::string& target, const std::string& stack);

/// Logical ids of what outlives the stack.
std::set<std::string> retained_resources(const SynthFile& file);

/// Is the template above the 51,200 bytes that a request takes?
bool is_large(const SynthFile& file);

/// Puts the template into `request`: as TemplateBody or, when it is_large(), as TemplateURL of a copy in the cluster's
/// bootstrap bucket.
void add_template(const Aws& aws, const Cluster& cluster, const SynthFile& file, Json& request);

/// The same stack with nothing kept and nothing protected: the last update before its data is deleted.
SynthFile without_protection(const SynthFile& file);

/// Everything that the stacks of the account and region export: name and value.
std::map<std::string, std::string> exports_of(const Aws& aws);

/// The text of a file for a tool without references, with what the account exports in place of placeholders. Throws
/// ConfigError naming an export that is not there.
std::string resolve_placeholders(const Aws& aws, const SynthFile& file);

}  // namespace trireme::cloud

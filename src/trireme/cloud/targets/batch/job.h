#pragma once

#include "trireme/cloud/synthesis.h"

namespace trireme::cloud::batch {

/// Names that a submitted job is found by.
std::string queue_name(const Cluster& cluster, const NodeGroup& group);
std::string job_definition_name(const Cluster& cluster, const NodeGroup& group);

/// A multi-node job that runs all_reduce_perf over every GPU of its nodes.
void add_nccl_job(Stack& stack, const Cluster& cluster, const NodeGroup& group, const Name& log_group);

/// `aws batch submit-job --cli-input-json` for it.
Map submit_request(const Cluster& cluster, const NodeGroup& group);

}  // namespace trireme::cloud::batch

#pragma once

#include "trireme/cloud/deploy/aws.h"
#include "trireme/cloud/deploy/report.h"
#include "trireme/cloud/synthesis.h"

namespace trireme::cloud {

/// Deletes every version of every object in the buckets of a stack, if it is there, so that they can be deleted.
void empty_buckets(const Aws& aws, const SynthFile& file, const Report& report);

}  // namespace trireme::cloud

#pragma once

#include "distributed_training/tiny_training.h"
#include "trireme/program/program.h"

namespace trireme::testing {

/// A small image classifier of a user's own, five modules of sizes that no degree divides: a convolution, a linear, a
/// norm, a linear, another one that shares its weight, and a head. Its parameters are a function of `seed` alone,
/// whoever makes it in whatever thread.
std::vector<layer::NamedModule> own_classifier(uint64_t seed);
/// Twelve classes, some of the targets ignored.
program::Program own_program(uint64_t seed);
/// Without [model] and [data].
TinyRun own_run();

/// As train(), of own_program(); the last of the losses is that of its validation data. Each rank makes other initial
/// values than rank 0, whose values count.
std::unique_ptr<Trace> train_own(const TinyRun& run, int ranks, const Mode& mode);

}  // namespace trireme::testing

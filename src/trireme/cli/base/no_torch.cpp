#include "trireme/cli/bench_checkpoint_command.h"
#include "trireme/cli/evaluate_command.h"
#include "trireme/cli/generate_command.h"
#include "trireme/cli/training_tower.h"

/// Bodies, in `trireme`, of the commands that need PyTorch: trireme-train has the real ones, under
/// cli/train/.
namespace trireme::cli {

ExitCode BenchCheckpointCommand::run() { become_training_tower(); }
ExitCode EvaluateCommand::run() { become_training_tower(); }
ExitCode GenerateCommand::run() { become_training_tower(); }

}  // namespace trireme::cli

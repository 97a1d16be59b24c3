#include "trireme/checkpoint/loader.h"

#include <algorithm>
#include <functional>
#include <new>
#include <sstream>

#include "trireme/checkpoint/folder.h"
#include "trireme/comm/host_values.h"
#include "trireme/core/error.h"
#include "trireme/core/log.h"
#include "trireme/formats/checkpoint_reader.h"

namespace trireme::checkpoint {

using formats::CheckpointReader;
using formats::StatePiece;

namespace {

// First letter of what a rank tells the others, the gravest last; the message follows.
constexpr char kFine = '0';
constexpr char kDamaged = '1';
constexpr char kMismatch = '2';  // the run asks for something else
constexpr char kRefused = '3';   // by the system: the checkpoint may be whole
constexpr char kBug = '4';

std::string report_of(const std::function<std::string()>& part) {
  try {
    return kFine + part();
  } catch (const FormatError& problem) {
    return kDamaged + std::string(problem.what());
  } catch (const ConfigError& problem) {
    return kMismatch + std::string(problem.what());
  } catch (const IoError& problem) {
    return kRefused + std::string(problem.what());
  } catch (const std::bad_alloc&) {
    return kRefused + std::string("out of memory to load a checkpoint");
  } catch (const std::exception& problem) {
    return kBug + std::string(problem.what());
  }
}

[[noreturn]] void throw_failure(char kind, const std::string& message) {
  if (kind == kDamaged) throw FormatError(message);
  if (kind == kMismatch) throw ConfigError(message);
  if (kind == kRefused) throw IoError(message);
  throw BugError(message);
}

/// Does this rank's part and returns what each rank's part returned. When some failed, throws on every rank the gravest
/// failure: one rank's view of a damaged checkpoint is no reason to give it up while another could not look.
std::vector<std::string> agree(comm::Communicator& communicator, const std::function<std::string()>& part) {
  std::vector<std::string> reports = comm::gather_texts(communicator, report_of(part));
  const auto gravest = std::max_element(reports.begin(), reports.end(),
                                        [](const std::string& a, const std::string& b) { return a[0] < b[0]; });
  if (gravest->front() != kFine)
    throw_failure(gravest->front(), format("rank {}: {}", gravest - reports.begin(), gravest->substr(1)));
  for (std::string& report : reports) report.erase(0, 1);
  return reports;
}

/// Names of rank 0's list, so that all ranks try the same ones.
std::vector<fs::path> agreed_list(const fs::path& root, comm::Communicator& communicator) {
  const auto names_on_rank_0 = [&] {
    std::string names;
    if (communicator.rank() != Rank(0)) return names;
    for (const fs::path& folder : list_checkpoints(root)) names += folder.filename().string() + "\n";
    return names;
  };
  std::istringstream names(agree(communicator, names_on_rank_0).front());
  std::vector<fs::path> folders;
  for (std::string name; std::getline(names, name);) folders.push_back(root / name);
  return folders;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "\n  " + line;
  return text;
}

}  // namespace

LoadedState load(const fs::path& folder, std::span<const StatePiece> pieces, comm::Communicator& communicator) {
  LoadedState loaded{folder, {}, {}};
  agree(communicator, [&] {
    const CheckpointReader reader(folder);
    loaded.state = reader.manifest().state;
    reader.read(pieces);
    return std::string();
  });
  return loaded;
}

std::optional<LoadedState> load_latest(const fs::path& root, std::span<const StatePiece> pieces,
                                       comm::Communicator& communicator) {
  std::vector<std::string> warnings;
  for (const fs::path& folder : agreed_list(root, communicator)) {
    try {
      LoadedState loaded = load(folder, pieces, communicator);
      loaded.warnings = std::move(warnings);
      return loaded;
    } catch (const FormatError& problem) {
      warnings.push_back(problem.what());
      if (communicator.rank() == Rank(0)) {
        log_warning("checkpoint {} can't be used, trying the one before it: {}", folder.string(), problem.what());
      }
    }
  }
  if (warnings.empty()) return std::nullopt;
  throw FormatError(
      format("{}: no checkpoint can be used; remove them to start anew:{}", root.string(), joined(warnings)));
}

std::optional<LoadedState> newest_state(const fs::path& root) {
  std::vector<std::string> warnings;
  for (const fs::path& folder : list_checkpoints(root)) {
    try {
      return LoadedState{folder, formats::read_manifest(folder).state, std::move(warnings)};
    } catch (const Error& problem) {
      warnings.push_back(problem.what());
    }
  }
  return std::nullopt;
}

}  // namespace trireme::checkpoint

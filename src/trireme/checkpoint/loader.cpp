#include "trireme/checkpoint/loader.h"

#include <new>
#include <sstream>

#include "trireme/checkpoint/exchange.h"
#include "trireme/checkpoint/folder.h"
#include "trireme/core/error.h"
#include "trireme/core/log.h"
#include "trireme/formats/checkpoint_reader.h"

namespace trireme::checkpoint {

using formats::CheckpointReader;
using formats::StatePiece;

namespace {

// First letter of what a rank tells the others; the message follows.
constexpr char kFine = '.';
constexpr char kMismatch = 'm';  // the run asks for something else
constexpr char kDamaged = 'd';
constexpr char kNoMemory = 'o';

/// Throws the same on every rank.
void agree(const std::string& mine, comm::Communicator& communicator) {
  const std::vector<std::string> all = exchange_texts(communicator, mine);
  for (size_t rank = 0; rank < all.size(); ++rank) {
    if (all[rank][0] == kMismatch) throw ConfigError(all[rank].substr(1));
    if (all[rank][0] == kNoMemory)
      throw IoError(format("rank {}: out of memory to load {}", rank, all[rank].substr(1)));
  }
  for (size_t rank = 0; rank < all.size(); ++rank) {
    if (all[rank][0] == kDamaged) throw FormatError(format("{} (rank {})", all[rank].substr(1), rank));
  }
}

/// Names of rank 0's list, so that all ranks try the same ones.
std::vector<fs::path> agreed_list(const fs::path& root, comm::Communicator& communicator) {
  std::string mine;
  if (communicator.rank() == Rank(0)) {
    for (const fs::path& folder : list_checkpoints(root)) mine += folder.filename().string() + "\n";
  }
  std::istringstream names(exchange_texts(communicator, mine).front());
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
  std::string report(1, kFine);
  try {
    const CheckpointReader reader(folder);
    loaded.state = reader.manifest().state;
    reader.read(pieces);
  } catch (const std::bad_alloc&) {
    report = kNoMemory + folder.string();
  } catch (const FormatError& problem) {
    report = kDamaged + std::string(problem.what());
  } catch (const IoError& problem) {
    report = kDamaged + std::string(problem.what());
  } catch (const std::exception& problem) {
    report = kMismatch + std::string(problem.what());
  }
  agree(report, communicator);
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

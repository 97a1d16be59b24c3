#include "trireme/checkpoint/writer.h"

#include <cstring>
#include <sstream>

#include "trireme/checkpoint/shard_file.h"
#include "trireme/comm/host_values.h"
#include "trireme/core/check.h"
#include "trireme/core/error.h"
#include "trireme/core/log.h"
#include "trireme/core/thread.h"

namespace trireme::checkpoint {

using formats::CheckpointManifest;

namespace {

using Parts = std::vector<std::span<const std::byte>>;

/// What a rank tells the others: "ok" and a checksum a line, or "failed" and why.
constexpr std::string_view kOk = "ok\n";
constexpr std::string_view kFailed = "failed\n";

template <class Action>
std::string report_of(Action&& action) {
  try {
    return std::string(kOk) + action();
  } catch (const std::exception& problem) {
    return std::string(kFailed) + problem.what();
  }
}

/// Throws the first failure, naming the rank, on every rank that has the same reports.
void throw_first_failure(const std::vector<std::string>& reports, const std::string& what) {
  for (size_t rank = 0; rank < reports.size(); ++rank) {
    if (!reports[rank].starts_with(kFailed)) continue;
    throw IoError(format("{}: rank {}: {}; older checkpoints stand", what, rank, reports[rank].substr(kFailed.size())));
  }
}

std::string not_saved(int64_t step) { return format("checkpoint of step {} was not saved", step); }

std::string join_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::vector<std::string> split_lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

constexpr const char* kShare = "the run's folder must lie on a file system that all hosts share";

/// What the other ranks wrote must lie where rank 0 writes the manifest.
void check_files(const CheckpointManifest& manifest, const fs::path& folder) {
  for (size_t rank = 0; rank < manifest.files.size(); ++rank) {
    const fs::path path = folder / manifest.files[rank].name;
    std::error_code problem;
    const auto bytes = static_cast<int64_t>(fs::file_size(path, problem));
    if (!problem && bytes == manifest.files[rank].bytes) continue;
    throw IoError(format("{}, which rank {} wrote, is not there as written ({}): {}", path.string(), rank,
                         problem ? problem.message() : format("{} of {} bytes", bytes, manifest.files[rank].bytes),
                         kShare));
  }
}

Parts parts_of(const SavePlan& plan, std::span<const StatePiece> pieces) {
  Parts parts = {std::as_bytes(std::span(plan.header))};
  for (const size_t i : plan.mine) parts.push_back(pieces[i].bytes);
  return parts;
}

}  // namespace

CheckpointWriter::CheckpointWriter(fs::path root, comm::Communicator& communicator, WriterOptions options)
    : root_(std::move(root)),
      options_(std::move(options)),
      communicator_(communicator.split(0, communicator.rank().value(), "checkpoint")) {
  const bool first = communicator_->rank() == Rank(0);
  const fs::path probe = root_ / unfinished_name(0, "probe");
  agree([&] {
    if (!first) return;
    make_folders(root_);
    remove_unfinished(root_);
    write_file(probe, "");
  });
  agree([&] {
    if (!fs::exists(probe)) throw IoError(format("{} is not the folder that rank 0 has: {}", root_.string(), kShare));
  });
  std::error_code ignored;
  if (first) fs::remove(probe, ignored);
}

void CheckpointWriter::agree(const std::function<void()>& part) {
  const std::string report = report_of([&] {
    part();
    return "";
  });
  throw_first_failure(comm::gather_texts(*communicator_, report), "no checkpoints can be saved");
}

CheckpointWriter::~CheckpointWriter() {
  try {
    wait();
  } catch (const std::exception& problem) {
    log_error("{}", problem.what());
  }
}

void CheckpointWriter::prepare(std::span<const StatePiece> pieces) {
  const std::string layout = describe_pieces(pieces);
  if (plan_) {
    TRIREME_CHECK(layout == layout_, "the pieces of a save have another layout than those of the first");
    return;
  }
  layout_ = layout;
  plan_ = make_save_plan(comm::gather_texts(*communicator_, layout), communicator_->rank().value());
  if (options_.asynchronous) staging_ = StagingBuffer(plan_->file_bytes);
}

void CheckpointWriter::save(const TrainingState& state, std::span<const StatePiece> pieces) {
  wait();
  prepare(pieces);
  const Parts parts = parts_of(*plan_, pieces);
  if (!options_.asynchronous) return write(state, parts);
  std::byte* to = staging_.bytes().data();
  for (const auto& part : parts) {
    if (!part.empty()) std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
  const auto write_copy = [this, state] {
    const std::span<const std::byte> whole = staging_.bytes();
    write(state, std::span(&whole, 1));
  };
  pending_ = start_thread([&] { return std::async(std::launch::async, write_copy); });
}

void CheckpointWriter::wait() {
  if (pending_.valid()) pending_.get();
}

void CheckpointWriter::write(const TrainingState& state, std::span<const std::span<const std::byte>> parts) {
  const fs::path unfinished = root_ / unfinished_name(state.step, options_.generation);
  const std::string mine = report_of([&] {
    make_folders(unfinished);
    return join_lines(write_shard_file(unfinished / shard_file_name(communicator_->rank().value()), parts));
  });
  const std::vector<std::string> reports = comm::gather_texts(*communicator_, mine);
  const bool first = communicator_->rank() == Rank(0);
  const std::string verdict = !first ? std::string(kOk) : report_of([&] {
    finish_on_rank_0(state, reports, unfinished);
    return "";
  });
  throw_first_failure(reports, not_saved(state.step));
  throw_first_failure(comm::gather_texts(*communicator_, verdict), not_saved(state.step));
}

void CheckpointWriter::finish_on_rank_0(const TrainingState& state, const std::vector<std::string>& reports,
                                        const fs::path& unfinished) {
  try {
    throw_first_failure(reports, not_saved(state.step));
    check_files(plan_->manifest, unfinished);
    CheckpointManifest manifest = plan_->manifest;
    manifest.state = state;
    for (size_t rank = 0; rank < reports.size(); ++rank) {
      manifest.files[rank].checksums = split_lines(reports[rank].substr(kOk.size()));
    }
    for (const auto& [name, text] : options_.files) write_file_atomic(unfinished / name, text);
    write_file_atomic(unfinished / formats::kManifestName, formats::manifest_text(manifest));
    publish(unfinished, root_ / folder_name(state.step));
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(unfinished, ignored);
    throw;
  }
  try {
    apply_retention(root_, options_.retention);
  } catch (const std::exception& problem) {  // the checkpoint is saved all the same
    log_warning("old checkpoints in {} stay: {}", root_.string(), problem.what());
  }
}

}  // namespace trireme::checkpoint

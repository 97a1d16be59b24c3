#include "trireme/bench/checkpoint_bench.h"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "trireme/checkpoint/loader.h"
#include "trireme/checkpoint/staging_buffer.h"
#include "trireme/checkpoint/writer.h"
#include "trireme/comm/local/local.h"
#include "trireme/core/check.h"
#include "trireme/core/clock.h"
#include "trireme/core/error.h"
#include "trireme/core/median.h"

namespace trireme::bench {

namespace {

using checkpoint::CheckpointWriter;
using checkpoint::StagingBuffer;
using formats::StatePiece;

constexpr int64_t kTensors = 64;  // of the state, as many as a small model has
constexpr size_t kBlock = size_t{16} << 20;

/// Runs both, in turns first: a disk that gives bursts of speed favours neither.
void in_turns(int round, const std::function<void()>& one, const std::function<void()>& other) {
  round % 2 == 0 ? one() : other();
  round % 2 == 0 ? other() : one();
}

double seconds_of(const std::function<void()>& work) {
  const Stopwatch watch;
  work();
  return watch.seconds();
}

/// One rank's part of every tensor, in memory that differs from rank to rank and round to round.
class RankState {
 public:
  RankState(int64_t bytes, int rank, int ranks)
      : per_tensor_(bytes / kTensors / ranks / 4), rank_(rank), ranks_(ranks), memory_(per_tensor_ * 4 * kTensors) {}

  void fill(uint32_t seed) {
    auto* words = reinterpret_cast<uint32_t*>(memory_.bytes().data());
    for (size_t i = 0; i < memory_.bytes().size() / 4; ++i) words[i] = static_cast<uint32_t>(i) * 2654435761u + seed;
  }
  std::vector<StatePiece> pieces() const {
    std::vector<StatePiece> pieces;
    for (int64_t i = 0; i < kTensors; ++i) {
      StatePiece piece;
      piece.name = format("tensor.{}", i);
      piece.shape = {per_tensor_ * ranks_};
      piece.first = per_tensor_ * rank_;
      piece.bytes =
          memory_.bytes().subspan(static_cast<size_t>(i * per_tensor_ * 4), static_cast<size_t>(per_tensor_ * 4));
      pieces.push_back(std::move(piece));
    }
    return pieces;
  }
  std::span<std::byte> bytes() const { return memory_.bytes(); }

 private:
  int64_t per_tensor_;  // fp32 elements of this rank
  int rank_, ranks_;
  StagingBuffer memory_;
};

void drop_from_cache(const fs::path& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const UniqueFd fd = open_file(entry.path(), O_RDONLY);
    ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_DONTNEED);
  }
}

void write_one_file(const fs::path& path, std::span<const RankState* const> states) {
  const UniqueFd fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  for (const RankState* state : states) {
    for (std::span<const std::byte> rest = state->bytes(); !rest.empty();) {
      const auto block = rest.first(std::min(kBlock, rest.size()));
      write_all(fd.get(), block, path);
      rest = rest.subspan(block.size());
    }
  }
  if (::fsync(fd.get()) != 0) throw io_error("can't flush {}", path.string());
}

void read_one_file(const fs::path& path, std::span<std::byte> scratch) {
  const UniqueFd fd = open_file(path, O_RDONLY);
  for (ssize_t got = 1; got > 0;) {
    got = ::read(fd.get(), scratch.data(), std::min(kBlock, scratch.size()));
    if (got < 0) throw io_error("can't read {}", path.string());
  }
}

class Session {
 public:
  explicit Session(const CheckpointBench& bench) : bench_(bench), world_(comm::local::make_world(bench.ranks)) {
    for (int rank = 0; rank < bench.ranks; ++rank)
      states_.push_back(std::make_unique<RankState>(bench.bytes, rank, bench.ranks));
    for (const auto& state : states_) scratch_.emplace_back(static_cast<int64_t>(state->bytes().size()));
  }

  void measure_saves(bool asynchronous) {
    const fs::path root = bench_.folder / (asynchronous ? "asynchronous" : "synchronous"),
                   file = bench_.folder / "one_file";
    std::vector<std::unique_ptr<CheckpointWriter>> writers(states_.size());
    on_ranks([&](size_t rank) {
      writers[rank] = std::make_unique<CheckpointWriter>(
          root, *world_[rank], checkpoint::WriterOptions{.retention = {.keep = 1}, .asynchronous = asynchronous});
      writers[rank]->prepare(states_[rank]->pieces());
    });
    for (int round = 1; round <= bench_.rounds; ++round) {
      for (auto& state : states_) state->fill(static_cast<uint32_t>(round));
      in_turns(
          round, [&] { save(writers, round, asynchronous); },
          [&] {
            asynchronous ? copy_shards() : files_.push_back(seconds_of([&] { write_one_file(file, plain_states()); }));
          });
    }
    on_ranks([&](size_t rank) { writers[rank].reset(); });
  }

  void measure_loads() {
    const fs::path root = bench_.folder / "synchronous", file = bench_.folder / "one_file";
    for (int round = 0; round < bench_.rounds; ++round) {
      for (auto& state : states_) state->fill(0);
      drop_from_cache(bench_.folder);
      in_turns(
          round, [&] { reads_.push_back(seconds_of([&] { read_one_file(file, scratch_[0].bytes()); })); },
          [&] {
            loads_.push_back(seconds_of([&] {
              on_ranks([&](size_t rank) { checkpoint::load_latest(root, states_[rank]->pieces(), *world_[rank]); });
            }));
          });
    }
    check_loaded();
  }

  nlohmann::ordered_json result() const {
    const auto total = static_cast<double>(states_[0]->bytes().size() * states_.size());
    const double save = median(saves_[false]), file = median(files_), load = median(loads_), read = median(reads_);
    const double held = median(held_up_[true]), copy = median(copies_);
    return {{"bytes", total},
            {"ranks", bench_.ranks},
            {"save_seconds", save},
            {"one_file_seconds", file},
            {"save_speed_over_one_file", file / save},
            {"load_seconds", load},
            {"read_one_file_seconds", read},
            {"load_speed_over_one_file", read / load},
            {"asynchronous_save_seconds", median(saves_[true])},
            {"held_up_seconds", held},
            {"copy_seconds", copy},
            {"held_up_over_copy", held / copy},
            {"save_gb_per_second", total / save / 1e9},
            {"load_gb_per_second", total / load / 1e9}};
  }

 private:
  template <class Body>
  void on_ranks(Body body) {
    std::vector<std::exception_ptr> problems(states_.size());
    std::vector<std::jthread> threads;
    for (size_t rank = 0; rank < states_.size(); ++rank) {
      threads.emplace_back([&, rank] {
        try {
          body(rank);
        } catch (const std::exception& problem) {
          world_[rank]->abort(problem.what());
          problems[rank] = std::current_exception();
        }
      });
    }
    threads.clear();
    for (const auto& problem : problems)
      if (problem) std::rethrow_exception(problem);
  }

  std::vector<const RankState*> plain_states() const {
    std::vector<const RankState*> states;
    for (const auto& state : states_) states.push_back(state.get());
    return states;
  }

  void save(std::span<const std::unique_ptr<CheckpointWriter>> writers, int round, bool asynchronous) {
    formats::TrainingState at;
    at.step = round;
    std::vector<double> held(states_.size());
    saves_[asynchronous].push_back(seconds_of([&] {
      on_ranks([&](size_t rank) {
        held[rank] = seconds_of([&] { writers[rank]->save(at, states_[rank]->pieces()); });
        writers[rank]->wait();
      });
    }));
    held_up_[asynchronous].push_back(*std::max_element(held.begin(), held.end()));
  }

  /// All ranks at once, as a save does it.
  void copy_shards() {
    std::vector<double> seconds(states_.size());
    on_ranks([&](size_t rank) {
      const std::span<std::byte> from = states_[rank]->bytes(), to = scratch_[rank].bytes();
      seconds[rank] = seconds_of([&] { std::memcpy(to.data(), from.data(), to.size()); });
    });
    copies_.push_back(*std::max_element(seconds.begin(), seconds.end()));
  }

  void check_loaded() {
    for (const auto& state : states_) {
      RankState expected(bench_.bytes, 0, bench_.ranks);
      expected.fill(static_cast<uint32_t>(bench_.rounds));
      TRIREME_CHECK(std::ranges::equal(state->bytes(), expected.bytes()), "a loaded checkpoint is not what was saved");
    }
  }

  CheckpointBench bench_;
  std::vector<std::unique_ptr<comm::Communicator>> world_;
  std::vector<std::unique_ptr<RankState>> states_;
  std::vector<StagingBuffer> scratch_;         // by rank
  std::vector<double> saves_[2], held_up_[2];  // by asynchronous
  std::vector<double> files_, copies_, reads_, loads_;
};

}  // namespace

nlohmann::ordered_json run(const CheckpointBench& bench) {
  make_folders(bench.folder);
  Session session(bench);
  session.measure_saves(/*asynchronous=*/false);
  session.measure_saves(/*asynchronous=*/true);
  session.measure_loads();
  std::error_code ignored;
  for (const char* name : {"synchronous", "asynchronous", "one_file"}) fs::remove_all(bench.folder / name, ignored);
  return session.result();
}

}  // namespace trireme::bench

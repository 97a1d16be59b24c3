#pragma once

#include <gtest/gtest.h>
#include <cstring>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

#include "trireme/checkpoint/loader.h"
#include "trireme/checkpoint/writer.h"
#include "trireme/comm/local/local.h"
#include "trireme/core/philox.h"
#include "trireme/core/units.h"

namespace trireme::checkpoint {

/// Runs `body(rank, communicator)` on `ranks` threads. Throws what the lowest rank that failed threw.
inline void on_ranks(int ranks, const std::function<void(int, comm::Communicator&)>& body) {
  auto world = comm::local::make_world(ranks, {.timeout = Seconds(60)});
  std::vector<std::exception_ptr> failures(static_cast<size_t>(ranks));
  {
    std::vector<std::jthread> threads;
    for (int rank = 0; rank < ranks; ++rank) {
      threads.emplace_back([&, rank] {
        try {
          body(rank, *world[static_cast<size_t>(rank)]);
        } catch (...) {
          failures[static_cast<size_t>(rank)] = std::current_exception();
        }
      });
    }
  }
  for (const auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

/// A run's tensors: odd sizes, a scalar, an empty one.
struct Tensor {
  std::string name;
  std::vector<int64_t> shape;
  int64_t numel() const {
    int64_t count = 1;
    for (const int64_t size : shape) count *= size;
    return count;
  }
};

inline const std::vector<Tensor>& tensors() {
  static const std::vector<Tensor> all = {{"embed", {97, 13}}, {"norm", {13}},    {"q", {26, 13}},
                                          {"step", {}},        {"empty", {0, 4}}, {"embed.exp_avg", {97, 13}}};
  return all;
}

/// The value of element i of a tensor in a run's state at `step`.
inline float value_at(const std::string& name, int64_t i, int64_t step) {
  return static_cast<float>(philox4x32(stream_key(static_cast<uint64_t>(step), name), static_cast<uint64_t>(i))[0]);
}

enum class Layout { kSharded, kReplicated, kColumns };

/// What one rank of `ranks` holds of all tensors.
class RankState {
 public:
  RankState(int rank, int ranks, Layout layout) {
    for (const Tensor& tensor : tensors()) {
      if (layout == Layout::kColumns && tensor.shape.size() == 2) {
        const int64_t width = ceil_div(tensor.shape[1], ranks), first = std::min(rank * width, tensor.shape[1]);
        const int64_t columns = std::min(width, tensor.shape[1] - first);
        add(tensor, {0, first}, {tensor.shape[0], columns}, 0, tensor.shape[0] * columns);
      } else if (layout == Layout::kReplicated || tensor.shape.empty()) {
        add(tensor, {}, {}, 0, tensor.numel());
      } else {
        const int64_t size = ceil_div(tensor.numel(), ranks), first = std::min(rank * size, tensor.numel());
        add(tensor, {}, {}, first, std::min(size, tensor.numel() - first));
      }
    }
    for (size_t i = 0; i < pieces_.size(); ++i) pieces_[i].bytes = std::as_writable_bytes(std::span(values_[i]));
  }

  void fill(int64_t step) {
    for_each([step](float& value, const std::string& name, int64_t i) { value = value_at(name, i, step); });
  }
  void expect(int64_t step) {
    int64_t wrong = 0;
    for_each([&](float& value, const std::string& name, int64_t i) { wrong += value != value_at(name, i, step); });
    EXPECT_EQ(wrong, 0);
  }
  std::vector<StatePiece>& pieces() { return pieces_; }

 private:
  void add(const Tensor& tensor, std::vector<int64_t> offsets, std::vector<int64_t> shape, int64_t first,
           int64_t count) {
    StatePiece piece;
    piece.name = tensor.name;
    piece.shape = tensor.shape;
    piece.box_offsets = std::move(offsets);
    piece.box_shape = std::move(shape);
    piece.first = first;
    pieces_.push_back(std::move(piece));
    values_.emplace_back(static_cast<size_t>(count), -1.0f);
  }

  template <class Visit>
  void for_each(Visit visit) {
    for (size_t p = 0; p < pieces_.size(); ++p) {
      const StatePiece& piece = pieces_[p];
      for (size_t i = 0; i < values_[p].size(); ++i)
        visit(values_[p][i], piece.name, global_index(piece, static_cast<int64_t>(i)));
    }
  }

  static int64_t global_index(const StatePiece& piece, int64_t i) {
    if (piece.box_shape.empty()) return piece.first + i;
    const int64_t row = piece.box_offsets[0] + i / piece.box_shape[1];
    return row * piece.shape[1] + piece.box_offsets[1] + i % piece.box_shape[1];
  }

  std::vector<StatePiece> pieces_;
  std::vector<std::vector<float>> values_;
};

inline TrainingState state_at(int64_t step) {
  return {.step = step,
          .tokens_seen = step * 100,
          .next_sample = step * 8,
          .skipped_steps = 1,
          .optimizer_steps = step - 1,
          .data_identity = "data",
          .tokenizer_hash = "tokenizer",
          .recipe_digest = "recipe",
          .model_config = "{}"};
}

inline void save_steps(const fs::path& root, int ranks, Layout layout, const std::vector<int64_t>& steps,
                       WriterOptions options = {}) {
  on_ranks(ranks, [&](int rank, comm::Communicator& communicator) {
    RankState state(rank, ranks, layout);
    CheckpointWriter writer(root, communicator, options);
    for (const int64_t step : steps) {
      state.fill(step);
      writer.save(state_at(step), state.pieces());
    }
    writer.wait();
  });
}

/// Loads on that many ranks and expects the values of `step`. Returns rank 0's warnings.
inline std::vector<std::string> expect_loads(const fs::path& root, int ranks, Layout layout, int64_t step) {
  std::vector<std::string> warnings;
  on_ranks(ranks, [&](int rank, comm::Communicator& communicator) {
    RankState state(rank, ranks, layout);
    const auto loaded = load_latest(root, state.pieces(), communicator);
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(loaded->state, state_at(step));
    state.expect(step);
    if (rank == 0) warnings = loaded->warnings;
  });
  return warnings;
}

}  // namespace trireme::checkpoint

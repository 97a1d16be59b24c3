#include "trireme/optim/grad_norm.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "trireme/mesh/tensor_collectives.h"

namespace trireme::optim {

namespace {

template <class T>
double sum_of_squares(const T* values, int64_t count) {
  double lanes[8] = {};
  int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int lane = 0; lane < 8; ++lane) {
      const auto value = static_cast<double>(values[i + lane]);
      lanes[lane] += value * value;
    }
  for (; i < count; ++i) lanes[0] += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  double sum = 0.0;
  for (double lane : lanes) sum += lane;
  return sum;
}

/// In pieces of fixed size, so that the number of threads does not change the sum.
template <class T>
double sum_of_squares_in_pieces(const T* values, int64_t count) {
  constexpr int64_t kPiece = 1 << 16;
  const int64_t pieces = (count + kPiece - 1) / kPiece;
  std::vector<double> sums(static_cast<size_t>(pieces));
  at::parallel_for(0, pieces, 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p)
      sums[static_cast<size_t>(p)] = sum_of_squares(values + p * kPiece, std::min(kPiece, count - p * kPiece));
  });
  double total = 0.0;
  for (double sum : sums) total += sum;
  return total;
}

at::Tensor squares_of(const at::Tensor& flat) {
  const auto scalar = flat.options().dtype(at::kDouble);
  if (!flat.is_cpu()) return at::linalg_vector_norm(flat, 2, std::nullopt, false, at::kDouble).square();
  const double sum = flat.scalar_type() == at::kDouble
                         ? sum_of_squares_in_pieces(flat.const_data_ptr<double>(), flat.numel())
                         : sum_of_squares_in_pieces(flat.const_data_ptr<float>(), flat.numel());
  return at::full({}, sum, scalar);
}

}  // namespace

at::Tensor grad_norm(std::span<const parallel::FlatShard> shards, comm::Communicator& shard_group) {
  std::vector<at::Tensor> squares;
  for (const auto& shard : shards) squares.push_back(squares_of(shard.gradient));
  at::Tensor total = at::stack(squares).sum();
  if (shard_group.size() > 1) mesh::all_reduce(shard_group, total, comm::ReduceOp::kSum).wait();
  return total.sqrt();
}

at::Tensor clip_divisor(const at::Tensor& norm, double max_norm) {
  constexpr double kEpsilon = 1e-6;
  return ((norm + kEpsilon) / max_norm).clamp_min(1.0).to(at::kFloat);
}

}  // namespace trireme::optim

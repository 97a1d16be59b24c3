#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "trireme/kernels/cpu/cpu.h"
#include "trireme/kernels/cpu/elements.h"

namespace trireme::kernels::cpu {

/// Some rows of hidden states before the head, whose logits are made a block of the vocabulary at a time. They lie as
/// [vocab, rows], so that vectors run along rows. Exponentials are of logits less a base: the largest of the row so
/// far.
template <class T>
class HeadChunk {
 public:
  /// hidden [rows, H], weight [V, H], targets int64 [rows]; gradients are `scale` times those of the rows' losses.
  HeadChunk(const Tensor& hidden, const Tensor& weight, const Tensor& targets, double scale, int64_t block_size)
      : hidden_(hidden),
        columns_(packed(hidden.t(), block_size)),
        weight_(weight),
        targets_(targets),
        scale_(scale),
        block_size_(block_size),
        rows_(hidden.size(0)),
        blocks_((weight.size(0) + block_size - 1) / block_size),
        bases_(at::full({blocks_, rows_}, -INFINITY, hidden.options().dtype(at::kFloat))),
        sums_(at::empty_like(bases_)),
        target_logits_(static_cast<size_t>(rows_)),
        logsumexp_(static_cast<size_t>(rows_)) {}

  const Tensor& hidden() const { return hidden_; }
  const Tensor& weight() const { return weight_; }
  const Tensor& targets() const { return targets_; }
  int64_t blocks() const { return blocks_; }
  int64_t block_size() const { return block_size_; }
  Tensor weight_of(int64_t block) const { return part_of(weight_, block); }
  /// The block's rows of x [V, ...], or as many from the top.
  Tensor part_of(const Tensor& x, int64_t block) const { return x.narrow(0, block * block_size_, size_of(block)); }
  Tensor top_of(const Tensor& x, int64_t block) const { return x.narrow(0, 0, size_of(block)); }

  /// REQUIRES: blocks come in order.
  void make_exponentials(int64_t block, const Tensor& to) {
    make_logits(block, to);
    each_target(block, to, [&](int64_t row, T* place) { target_logits_[at(row)] = value_of(*place); });
    float* const base = bases_of(block);
    if (block > 0) std::copy_n(base - rows_, rows_, base);
    each_rows(block, to, [&](const SoftmaxBlock<T>& logits, int64_t begin) {
      kernels_for<T>().softmax_exponentials(logits, base + begin, data<float>(sums_) + block * rows_ + begin);
    });
  }

  /// Once all exponentials are made: each row's loss.
  void finish(double* losses) {
    for (int64_t row = 0; row < rows_; ++row) {
      logsumexp_[at(row)] = merged(row);
      losses[row] = counts(row) ? logsumexp_[at(row)] - static_cast<double>(target_logits_[at(row)]) : 0.0;
    }
    rounded_logsumexp_ = column([&](int64_t row) { return logsumexp_[at(row)]; });
    row_scales_ = column([&](int64_t row) { return counts(row) ? scale_ : 0.0; });
  }

  /// After finish().
  void make_logit_gradients(int64_t block, const Tensor& to) const {
    make_logits(block, to);
    each_rows(block, to, [&](const SoftmaxBlock<T>& logits, int64_t begin) {
      kernels_for<T>().softmax_scaled(logits, data<float>(rounded_logsumexp_) + begin,
                                      data<float>(row_scales_) + begin);
    });
    each_target(block, to, [&](int64_t row, T* place) { *place = element_of(target_gradient(row)); });
  }

  /// Targets have gradients of their own: where a probability is near 1, the difference would drown in its rounding.
  void clear_targets(int64_t block, const Tensor& exponentials) const {
    each_target(block, exponentials, [](int64_t, T* place) { *place = element_of(0.0); });
  }
  /// After finish(): fp32 [rows, 1].
  Tensor target_gradients() const {
    return column([&](int64_t row) { return counts(row) ? target_gradient(row) : 0.0; });
  }

  /// After finish(): adds the targets' part of the gradient to the block's rows of it, fp32.
  void add_target_gradients_(int64_t block, const Tensor& weight_grad) const {
    const int64_t width = weight_grad.size(1);
    for (int64_t row = 0; row < rows_; ++row) {
      if (!has_target(row, block)) continue;
      const auto gradient = static_cast<float>(target_gradient(row));
      const T* const hidden = data<T>(hidden_) + row * width;
      float* const sums = data<float>(weight_grad) + target_in_block(row) * width;
      for (int64_t i = 0; i < width; ++i) sums[i] += value_of(hidden[i]) * gradient;
    }
  }

  /// Sums over exponentials of the blocks before, fp32 [rows, H], now relative to this block's bases.
  void rebase_(const Tensor& sums, int64_t block) const {
    const float *const now = bases_of(block), *const before = now - rows_;
    const int64_t width = sums.size(1);
    for (int64_t row = 0; row < rows_; ++row) {
      if (now[row] == before[row]) continue;
      const float factor = std::exp(before[row] - now[row]);
      float* const values = data<float>(sums) + row * width;
      for (int64_t i = 0; i < width; ++i) values[i] *= factor;
    }
  }
  /// After finish(): what makes gradients of a block's exponentials but the targets'; fp32 [rows, 1].
  Tensor factors(int64_t block) const {
    const float* const base = bases_of(block);
    return column([&](int64_t row) { return counts(row) ? std::exp(base[row] - logsumexp_[at(row)]) * scale_ : 0.0; });
  }

 private:
  static constexpr int64_t kRowGrain = 64;

  static size_t at(int64_t row) { return static_cast<size_t>(row); }
  int64_t size_of(int64_t block) const { return std::min(block_size_, weight_.size(0) - block * block_size_); }
  int64_t target(int64_t row) const { return data<int64_t>(targets_)[row]; }
  bool counts(int64_t row) const { return target(row) != kIgnoredTarget; }
  bool has_target(int64_t row, int64_t block) const { return counts(row) && target(row) / block_size_ == block; }
  int64_t target_in_block(int64_t row) const { return target(row) % block_size_; }
  float* bases_of(int64_t block) const { return data<float>(bases_) + block * rows_; }
  void make_logits(int64_t block, const Tensor& to) const { multiply_(to, weight_of(block), columns_, std::nullopt); }
  double target_gradient(int64_t row) const {
    return (std::exp(static_cast<double>(target_logits_[at(row)]) - logsumexp_[at(row)]) - 1.0) * scale_;
  }

  template <class F>
  Tensor column(const F& f) const {
    const Tensor values = at::empty({rows_, 1}, bases_.options());
    for (int64_t row = 0; row < rows_; ++row) data<float>(values)[row] = static_cast<float>(f(row));
    return values;
  }

  /// f(block of logits, its first row), spread over the threads.
  template <class F>
  void each_rows(int64_t block, const Tensor& logits, const F& f) const {
    at::parallel_for(0, rows_, kRowGrain, [&](int64_t begin, int64_t end) {
      f(SoftmaxBlock<T>{data<T>(logits) + begin, size_of(block), end - begin, rows_}, begin);
    });
  }
  /// f(row, place of its target in `values`) for the rows whose target is in the block.
  template <class F>
  void each_target(int64_t block, const Tensor& values, const F& f) const {
    for (int64_t row = 0; row < rows_; ++row)
      if (has_target(row, block)) f(row, data<T>(values) + target_in_block(row) * rows_ + row);
  }

  static float value_of(float element) { return element; }
  static float value_of(Bf16 element) { return bf16_to_float(element.bits); }
  static T element_of(double value) {
    if constexpr (std::is_same_v<T, float>)
      return static_cast<float>(value);
    else
      return {float_to_bf16(static_cast<float>(value))};
  }

  /// log(sum(exp)) of a row from the sums of its blocks, in the order of the vocabulary.
  double merged(int64_t row) const {
    const float top = bases_of(blocks_ - 1)[row];
    double sum = 0.0;
    for (int64_t block = 0; block < blocks_; ++block) {
      const float part = data<float>(sums_)[block * rows_ + row];
      if (part != 0.0f) sum += part * std::exp(static_cast<double>(bases_of(block)[row]) - top);
    }
    return top + std::log(sum);
  }

  Tensor hidden_;
  RightOperand columns_;  // hidden_, transposed
  Tensor weight_, targets_;
  double scale_;
  int64_t block_size_, rows_, blocks_;
  Tensor bases_, sums_;  // fp32 [blocks, rows]
  std::vector<float> target_logits_;
  std::vector<double> logsumexp_;
  Tensor rounded_logsumexp_, row_scales_;  // fp32 [rows, 1]
};

}  // namespace trireme::kernels::cpu

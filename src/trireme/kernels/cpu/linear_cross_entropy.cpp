#include <cmath>

#include "trireme/kernels/cpu/cpu.h"
#include "trireme/kernels/cpu/elements.h"

namespace trireme::kernels::cpu {

namespace {

constexpr int64_t kVocabBlock = 1024;   // tokens whose logits stay in cache between a product and its softmax
constexpr int64_t kRowsInCache = 1024;  // whose logits of such a block stay near
constexpr int64_t kRowGrain = 64;

/// Some rows of the problem: logits lie as [vocab, rows], so that vectors run along rows. `logits` holds all of them,
/// or one block of the vocabulary, which is then made again for its gradient.
template <class T>
class Chunk {
 public:
  Chunk(const Tensor& hidden, const Tensor& weight, const int64_t* targets, const Tensor& logits)
      : hidden_(hidden),
        columns_(packed(hidden.t(), kVocabBlock)),
        weight_(weight),
        targets_(targets),
        logits_(logits),
        rows_(hidden.size(0)),
        blocks_((weight.size(0) + kVocabBlock - 1) / kVocabBlock),
        keeps_all_(logits.size(0) == weight.size(0)),
        largest_(static_cast<size_t>(blocks_ * rows_)),
        sums_(static_cast<size_t>(blocks_ * rows_)),
        target_logits_(static_cast<size_t>(rows_)),
        logsumexp_(static_cast<size_t>(rows_)) {}

  /// Writes each row's loss.
  void forward(double* losses) {
    for (int64_t block = 0; block < blocks_; ++block) {
      make_logits(block);
      at::parallel_for(0, rows_, kRowGrain, [&](int64_t begin, int64_t end) {
        kernels_for<T>().softmax_statistics(softmax(block, begin, end), largest_.data() + block * rows_ + begin,
                                            sums_.data() + block * rows_ + begin);
      });
      each_target(block, [&](size_t row, T* place) { target_logits_[row] = value_of(*place); });
    }
    for (int64_t row = 0; row < rows_; ++row) {
      const auto at = static_cast<size_t>(row);
      logsumexp_[at] = merged(row);
      losses[row] = targets_[row] != kIgnoredIndex ? logsumexp_[at] - static_cast<double>(target_logits_[at]) : 0.0;
    }
  }

  /// Logits become their gradients, `scale` times that of each row's loss; `dhidden` (fp32 or T) is written, and the
  /// weight's gradient, where it is defined, added to.
  void backward(double scale, const Tensor& dhidden, const Tensor& weight_grad) {
    std::vector<float> row_scale(static_cast<size_t>(rows_));
    for (int64_t row = 0; row < rows_; ++row)
      if (targets_[row] != kIgnoredIndex) row_scale[static_cast<size_t>(row)] = static_cast<float>(scale);
    const std::vector<float> logsumexp(logsumexp_.begin(), logsumexp_.end());
    const RightOperand hidden = packed(hidden_, kVocabBlock);
    for (int64_t block = 0; block < blocks_; ++block) {
      if (!keeps_all_) make_logits(block);
      at::parallel_for(0, rows_, kRowGrain, [&](int64_t begin, int64_t end) {
        kernels_for<T>().softmax_scaled(softmax(block, begin, end), logsumexp.data() + begin, row_scale.data() + begin);
      });
      each_target(block, [&](size_t row, T* place) {
        const double probability = std::exp(static_cast<double>(target_logits_[row]) - logsumexp_[row]);
        *place = element_of((probability - 1.0) * scale);
      });
      const Tensor gradient = logits_of(block);
      if (weight_grad.defined()) {
        const Tensor weight_part = weight_grad.narrow(0, block * kVocabBlock, gradient.size(0));
        multiply_(weight_part, gradient, hidden, weight_part);
      }
      multiply_(dhidden, gradient.t(), weight_of(block), block > 0 ? std::optional(dhidden) : std::nullopt);
    }
  }

 private:
  int64_t block_size(int64_t block) const { return std::min(kVocabBlock, weight_.size(0) - block * kVocabBlock); }
  Tensor weight_of(int64_t block) const { return weight_.narrow(0, block * kVocabBlock, block_size(block)); }
  Tensor logits_of(int64_t block) const {
    return logits_.narrow(0, keeps_all_ ? block * kVocabBlock : 0, block_size(block));
  }
  void make_logits(int64_t block) const { multiply_(logits_of(block), weight_of(block), columns_, std::nullopt); }
  SoftmaxBlock<T> softmax(int64_t block, int64_t begin, int64_t end) const {
    return {data<T>(logits_of(block)) + begin, block_size(block), end - begin, rows_};
  }

  static float value_of(float element) { return element; }
  static float value_of(Bf16 element) { return bf16_to_float(element.bits); }
  static T element_of(double value) {
    if constexpr (std::is_same_v<T, float>)
      return static_cast<float>(value);
    else
      return {float_to_bf16(static_cast<float>(value))};
  }
  /// f(row, place of the logit of its target) for the rows whose target is in the block.
  template <class F>
  void each_target(int64_t block, const F& f) const {
    T* const logits = data<T>(logits_of(block));
    for (int64_t row = 0; row < rows_; ++row)
      if (targets_[row] != kIgnoredIndex && targets_[row] / kVocabBlock == block)
        f(static_cast<size_t>(row), logits + targets_[row] % kVocabBlock * rows_ + row);
  }

  /// log(sum(exp)) of a row from the statistics of its blocks, in the order of the vocabulary.
  double merged(int64_t row) const {
    float top = -INFINITY;
    for (int64_t b = 0; b < blocks_; ++b) top = std::max(top, largest_[static_cast<size_t>(b * rows_ + row)]);
    double sum = 0.0;
    for (int64_t b = 0; b < blocks_; ++b) {
      const auto at = static_cast<size_t>(b * rows_ + row);
      if (sums_[at] != 0.0f) sum += sums_[at] * std::exp(static_cast<double>(largest_[at]) - top);
    }
    return top + std::log(sum);
  }

  Tensor hidden_;
  RightOperand columns_;  // hidden_, transposed
  Tensor weight_;
  const int64_t* targets_;
  Tensor logits_;
  int64_t rows_, blocks_;
  bool keeps_all_;
  std::vector<float> largest_, sums_;  // [blocks, rows]
  std::vector<float> target_logits_;
  std::vector<double> logsumexp_;
};

}  // namespace

Tensor linear_cross_entropy(const Tensor& hidden, const Tensor& weight, const Tensor& targets, const LossSums& sums,
                            const LossGradients* gradients, int64_t chunk_rows, Logits logits_are) {
  const Tensor rows = as_rows(hidden);
  const Tensor flat_targets = targets.reshape({-1}).contiguous();
  const int64_t num_rows = rows.size(0);
  const Tensor losses = at::empty({num_rows}, rows.options().dtype(at::kDouble));
  const Tensor dhidden = gradients ? at::empty_like(rows) : Tensor();
  const double scale = gradients ? gradients->scale.item<double>() : 0.0;
  const bool narrow = rows.scalar_type() != at::kFloat;
  const bool keeps_all = gradients && logits_are == Logits::kKept;
  if (!keeps_all) chunk_rows = kRowsInCache;
  const int64_t vocab = keeps_all ? weight.size(0) : std::min(weight.size(0), kVocabBlock);
  const Tensor logits = at::empty({vocab * std::min(chunk_rows, num_rows)}, rows.options());
  for (int64_t first = 0; first < num_rows; first += chunk_rows) {
    const int64_t n = std::min(chunk_rows, num_rows - first);
    with_element(rows, [&]<class T>(T) {
      Chunk<T> chunk(rows.narrow(0, first, n), weight, data<int64_t>(flat_targets) + first,
                     logits.narrow(0, 0, vocab * n).view({-1, n}));
      chunk.forward(data<double>(losses) + first);
      if (!gradients) return;
      const Tensor part = dhidden.narrow(0, first, n);
      const Tensor sum = narrow ? at::empty({n, rows.size(1)}, rows.options().dtype(at::kFloat)) : part;
      chunk.backward(scale, sum, gradients->weight_grad);
      if (narrow) Tensor(part).copy_(sum);
    });
  }
  Tensor(sums.total).add_(losses.sum());
  if (sums.rows.defined()) Tensor(sums.rows).add_(losses.view({targets.size(0), -1}).sum(1));
  return gradients ? dhidden.view_as(hidden) : Tensor();
}

}  // namespace trireme::kernels::cpu

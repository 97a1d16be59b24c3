#include "trireme/parallel/flat_layout.h"

#include <algorithm>

#include "trireme/core/check.h"
#include "trireme/core/units.h"

namespace trireme::parallel {

FlatLayout::FlatLayout(std::vector<arch::ParameterSpec> specs, int64_t alignment, int num_shards)
    : num_shards_(num_shards) {
  TRIREME_CHECK(alignment > 0 && num_shards > 0, "alignment {}, {} shards", alignment, num_shards);
  int64_t end = 0;
  for (auto& spec : specs) {
    const int64_t numel = spec.numel();
    tensors_.push_back({std::move(spec), end});
    end = round_up(end + numel, alignment);
  }
  shard_numel_ = round_up(ceil_div(end, num_shards), alignment);
}

std::vector<TensorRun> FlatLayout::runs(int shard) const {
  TRIREME_CHECK(shard >= 0 && shard < num_shards_, "shard {} of {}", shard, num_shards_);
  const int64_t begin = shard * shard_numel_;
  const int64_t end = begin + shard_numel_;
  std::vector<TensorRun> runs;
  for (size_t i = 0; i < tensors_.size(); ++i) {
    const FlatTensor& tensor = tensors_[i];
    const int64_t first = std::max(begin, tensor.offset);
    const int64_t last = std::min(end, tensor.offset + tensor.spec.numel());
    if (first < last) runs.push_back({i, first - tensor.offset, last - first, first - begin});
  }
  return runs;
}

}  // namespace trireme::parallel

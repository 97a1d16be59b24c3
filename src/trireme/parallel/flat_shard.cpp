#include "trireme/parallel/flat_shard.h"

#include "trireme/core/check.h"
#include "trireme/kernels/tensor_types.h"

namespace trireme::parallel {

std::vector<formats::StatePiece> state_pieces(const FlatShard& shard, const at::Tensor& flat,
                                              const std::string& suffix) {
  TRIREME_CHECK(flat.numel() == shard.value.numel(), "{} elements beside a shard of {}", flat.numel(),
                shard.value.numel());
  auto* const start = static_cast<std::byte*>(flat.data_ptr());
  const auto element = static_cast<int64_t>(flat.element_size());
  std::vector<formats::StatePiece> pieces;
  for (const ShardRun& run : shard.runs) {
    formats::StatePiece piece;
    piece.name = run.spec->name + suffix;
    piece.shape = run.spec->shape;
    piece.dtype = kernels::dtype_of(flat);
    piece.first = run.first;
    piece.bytes = {start + run.offset * element, static_cast<size_t>(run.count * element)};
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

}  // namespace trireme::parallel

#include "trireme/checkpoint/save_plan.h"

#include <algorithm>
#include <iomanip>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <tuple>

#include "trireme/core/check.h"
#include "trireme/formats/safetensors.h"

namespace trireme::checkpoint {

using formats::ManifestPiece;
using formats::ManifestTensor;
using formats::PieceRange;
using formats::TensorInfo;
using nlohmann::json;

namespace {

/// A piece without its bytes.
struct Described {
  TensorInfo tensor;  // the global tensor
  PieceRange range;

  auto key() const { return std::tie(tensor.name, range.box_offsets, range.box_shape, range.first, range.count); }
  int64_t bytes() const { return range.count * size_of(tensor.dtype); }
  bool whole() const { return range.box_shape.empty() && range.count == tensor.numel(); }
};

std::vector<Described> parse_description(const std::string& text) {
  std::vector<Described> pieces;
  for (const json& entry : json::parse(text)) {
    Described piece;
    piece.tensor = {entry[0].get<std::string>(), static_cast<DType>(entry[1].get<int>()),
                    entry[2].get<std::vector<int64_t>>()};
    piece.range = {entry[3].get<std::vector<int64_t>>(), entry[4].get<std::vector<int64_t>>(), entry[5].get<int64_t>(),
                   entry[6].get<int64_t>()};
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

using Held = std::vector<std::vector<Described>>;  // by rank

/// For each rank, the indices of the pieces that it writes, ascending.
std::vector<std::vector<size_t>> assign(const Held& held) {
  std::map<decltype(std::declval<const Described&>().key()), std::vector<std::pair<size_t, size_t>>> holders;
  for (size_t rank = 0; rank < held.size(); ++rank) {
    for (size_t i = 0; i < held[rank].size(); ++i) holders[held[rank][i].key()].emplace_back(rank, i);
  }
  std::vector<std::vector<size_t>> shares(held.size());
  std::vector<int64_t> load(held.size(), 0);
  const auto give = [&](const std::pair<size_t, size_t>& place) {
    shares[place.first].push_back(place.second);
    load[place.first] += held[place.first][place.second].bytes();
  };
  for (const auto& [key, places] : holders) {
    if (places.size() == 1) give(places.front());
  }
  for (const auto& [key, places] : holders) {
    if (places.size() == 1) continue;
    give(*std::min_element(places.begin(), places.end(), [&](const auto& a, const auto& b) {
      return std::pair(load[a.first], a.first) < std::pair(load[b.first], b.first);
    }));
  }
  for (auto& share : shares) std::sort(share.begin(), share.end());
  return shares;
}

/// Name within a shard file: the tensor's own when the piece is all of it, else with its place, so that names differ.
std::string entry_name(const Described& piece) {
  if (piece.whole()) return piece.tensor.name;
  const std::string box = piece.range.box_shape.empty() ? "" : "@" + formats::shape_text(piece.range.box_offsets);
  return format("{}{}[{}:{}]", piece.tensor.name, box, piece.range.first, piece.range.first + piece.range.count);
}

std::string header_of(const std::vector<Described>& pieces, const std::vector<size_t>& share) {
  std::vector<TensorInfo> entries;
  for (const size_t i : share) {
    const Described& piece = pieces[i];
    entries.push_back({entry_name(piece), piece.tensor.dtype,
                       piece.whole() ? piece.tensor.shape : std::vector<int64_t>{piece.range.count}});
  }
  return formats::safetensors_header(entries, {{"format", "trireme-checkpoint"}});
}

/// Returns the file's size.
int64_t add_to_manifest(const std::vector<Described>& pieces, const std::vector<size_t>& share, int64_t header_bytes,
                        int64_t file, std::map<std::string, ManifestTensor>& tensors) {
  int64_t offset = header_bytes;
  for (const size_t i : share) {
    const Described& piece = pieces[i];
    const auto [entry, added] =
        tensors.try_emplace(piece.tensor.name, ManifestTensor{piece.tensor.dtype, piece.tensor.shape, {}});
    TRIREME_CHECK(entry->second.dtype == piece.tensor.dtype && entry->second.shape == piece.tensor.shape,
                  "{}: ranks disagree on its shape or dtype", piece.tensor.name);
    entry->second.pieces.push_back({file, offset, piece.range});
    offset += piece.bytes();
  }
  return offset;
}

void check_whole(const std::string& name, const ManifestTensor& tensor) {
  const int64_t wanted = TensorInfo{name, tensor.dtype, tensor.shape}.numel();
  int64_t held = 0;
  for (const ManifestPiece& piece : tensor.pieces) held += piece.range.count;
  TRIREME_CHECK(held == wanted, "{}: the ranks' pieces hold {} of {} elements", name, held, wanted);
}

}  // namespace

std::string shard_file_name(int rank) {
  std::ostringstream name;
  name << "rank_" << std::setfill('0') << std::setw(5) << rank << ".safetensors";
  return name.str();
}

std::string describe_pieces(std::span<const formats::StatePiece> pieces) {
  json list = json::array();
  for (const formats::StatePiece& piece : pieces) {
    const PieceRange range = formats::range_of(piece);
    list.push_back({piece.name, static_cast<int>(piece.dtype), piece.shape, range.box_offsets, range.box_shape,
                    range.first, range.count});
  }
  return list.dump();
}

SavePlan make_save_plan(const std::vector<std::string>& descriptions, int rank) {
  Held held;
  for (const std::string& text : descriptions) held.push_back(parse_description(text));
  const auto shares = assign(held);
  SavePlan plan;
  for (size_t r = 0; r < held.size(); ++r) {
    const std::string header = header_of(held[r], shares[r]);
    const int64_t bytes = add_to_manifest(held[r], shares[r], static_cast<int64_t>(header.size()),
                                          static_cast<int64_t>(r), plan.manifest.tensors);
    plan.manifest.files.push_back({shard_file_name(static_cast<int>(r)), bytes, {}});
    if (static_cast<int>(r) == rank) {
      plan.mine = shares[r];
      plan.header = header;
      plan.file_bytes = bytes;
    }
  }
  for (const auto& [name, tensor] : plan.manifest.tensors) check_whole(name, tensor);
  return plan;
}

}  // namespace trireme::checkpoint

#include "trireme/data/documents/mds_documents.h"

#include <algorithm>
#include <cstring>

#include "trireme/core/error.h"

namespace trireme::data {

namespace {

constexpr size_t kChunkBytes = size_t{1} << 16;  // a size in the file is believed as far as bytes come

uint32_t load_u32(const std::string& bytes, size_t i) {
  uint32_t value;
  std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
  return value;
}

}  // namespace

MdsDocuments::MdsDocuments(const std::string& folder, const std::string& column)
    : index_(read_mds_index(folder, column)) {}

void MdsDocuments::fail(const std::string& what) const { throw FormatError(format("{}: {}", shard().path, what)); }

void MdsDocuments::read(uint64_t bytes, std::string& out) {
  out.clear();
  while (out.size() < bytes) {
    const size_t size = out.size();
    const size_t wanted = std::min<uint64_t>(kChunkBytes, bytes - size);
    out.resize(size + wanted);
    const size_t got = stream_->read(out.data() + size, wanted);
    out.resize(size + got);
    if (got == 0) fail(format("ends {} bytes early: truncated", bytes - size));
  }
}

/// Number of samples, their offsets and the end, then the JSON of index.json's entry, which is passed over.
void MdsDocuments::open_shard() {
  ++next_shard_;
  stream_ = open_byte_stream(shard().path);
  std::string bytes;
  read(sizeof(uint32_t), bytes);
  const uint64_t samples = load_u32(bytes, 0);
  if (static_cast<int64_t>(samples) != shard().samples) {
    fail(format("holds {} samples, but index.json says {}", samples, shard().samples));
  }
  read((samples + 1) * sizeof(uint32_t), bytes);
  const uint64_t header_bytes = sizeof(uint32_t) + bytes.size();
  offsets_.clear();
  offsets_.reserve(samples + 1);
  for (size_t i = 0; i <= samples; ++i) {
    offsets_.push_back(load_u32(bytes, i));
    if (offsets_[i] < (i == 0 ? header_bytes : offsets_[i - 1])) fail(format("offset {} goes backwards", i));
  }
  if (offsets_.back() != shard().bytes) {
    fail(format("its samples end at byte {}, but index.json says {}", offsets_.back(), shard().bytes));
  }
  read(offsets_[0] - header_bytes, bytes);
  next_sample_ = 0;
}

void MdsDocuments::close_shard() {
  char more;
  if (stream_->read(&more, 1) > 0) fail(format("goes on behind its last sample at byte {}", offsets_.back()));
  finished_bytes_ += stream_->offset();
  stream_.reset();
}

bool MdsDocuments::next(TextPiece& piece) {
  while (!stream_ || next_sample_ + 1 == offsets_.size()) {
    if (stream_) close_shard();
    if (next_shard_ == index_.shards.size()) return false;
    open_shard();
  }
  read(offsets_[next_sample_ + 1] - offsets_[next_sample_], sample_);
  ++next_sample_;
  piece = {.text = text_of(sample_), .number = ++number_};
  return true;
}

/// A sample: u32 sizes of the values whose column has none, then the values, in the order of the columns.
std::string MdsDocuments::text_of(const std::string& sample) const {
  const auto& sizes = index_.column_sizes;
  const auto varying = static_cast<size_t>(std::ranges::count_if(sizes, [](const auto& size) { return !size; }));
  if (sample.size() < varying * sizeof(uint32_t)) fail(format("sample {} is cut short", next_sample_ - 1));
  uint64_t at = varying * sizeof(uint32_t), begin = at, end = at;
  for (size_t column = 0, head = 0; column < sizes.size(); ++column) {
    const uint64_t size = sizes[column] ? static_cast<uint64_t>(*sizes[column]) : load_u32(sample, head++);
    if (size > sample.size() - at) fail(format("sample {}: a value of {} bytes does not fit", next_sample_ - 1, size));
    if (column == index_.text_column) begin = at, end = at + size;
    at += size;
  }
  if (at != sample.size())
    fail(format("sample {} is {} bytes longer than its values", next_sample_ - 1, sample.size() - at));
  return sample.substr(begin, end - begin);
}

}  // namespace trireme::data

#include "trireme/formats/megatron.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "trireme/core/check.h"
#include "trireme/core/error.h"

namespace trireme::formats {

namespace {

constexpr std::string_view kMagic("MMIDIDX\0\0", 9);
constexpr uint64_t kVersion = 1;
// Header: magic, u64 version, u8 dtype, u64 sequences, u64 document indices.
constexpr int64_t kVersionOffset = 9;
constexpr int64_t kDtypeOffset = 17;
constexpr int64_t kSequencesOffset = 18;
constexpr int64_t kDocumentsOffset = 26;
constexpr int64_t kHeaderBytes = 34;

std::optional<DType> dtype_from_code(uint8_t code) {
  constexpr std::array codes = {DType::kU8,  DType::kI8,  DType::kI16, DType::kI32,
                                DType::kI64, DType::kF64, DType::kF32, DType::kU16};
  if (code < 1 || code > codes.size()) return std::nullopt;
  return codes[code - 1u];
}

template <class T>
T load(std::span<const std::byte> bytes, int64_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

template <class Stored, class Out>
void widen(std::span<const std::byte> bytes, std::span<Out> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<Out>(load<Stored>(bytes, static_cast<int64_t>(i * sizeof(Stored))));
  }
}

template <class Out>
void widen(std::span<const std::byte> bytes, DType dtype, std::span<Out> out) {
  switch (dtype) {
    case DType::kU8: return widen<uint8_t>(bytes, out);
    case DType::kI8: return widen<int8_t>(bytes, out);
    case DType::kI16: return widen<int16_t>(bytes, out);
    case DType::kU16: return widen<uint16_t>(bytes, out);
    case DType::kI32: return widen<int32_t>(bytes, out);
    case DType::kI64: return widen<int64_t>(bytes, out);
    default: TRIREME_CHECK(false, "{} holds no tokens", name_of(dtype));
  }
}

}  // namespace

fs::path megatron_bin_path(const fs::path& prefix) { return prefix.string() + ".bin"; }
fs::path megatron_idx_path(const fs::path& prefix) { return prefix.string() + ".idx"; }

DType megatron_token_dtype(int64_t vocab_size) { return vocab_size < 65500 ? DType::kU16 : DType::kI32; }

int64_t TokenView::operator[](int64_t i) const {
  int64_t value = 0;
  widen(bytes_.subspan(static_cast<size_t>(i * size_of(dtype_))), dtype_, std::span(&value, 1));
  return value;
}

TokenView TokenView::slice(int64_t first, int64_t count) const {
  TRIREME_CHECK(first >= 0 && count >= 0 && first + count <= size(), "tokens [{}, {}) of {}", first, first + count,
                size());
  const auto width = static_cast<size_t>(size_of(dtype_));
  return {bytes_.subspan(static_cast<size_t>(first) * width, static_cast<size_t>(count) * width), dtype_};
}

void TokenView::copy_to(std::span<int64_t> out) const {
  TRIREME_CHECK(static_cast<int64_t>(out.size()) == size(), "{} tokens into {}", size(), out.size());
  widen(bytes_, dtype_, out);
}

void TokenView::copy_to(std::span<int32_t> out) const {
  TRIREME_CHECK(static_cast<int64_t>(out.size()) == size(), "{} tokens into {}", size(), out.size());
  widen(bytes_, dtype_, out);
}

MegatronWriter::MegatronWriter(const fs::path& prefix, DType dtype)
    : prefix_(prefix), dtype_(dtype), bin_(megatron_bin_path(prefix)), idx_(megatron_idx_path(prefix)) {
  TRIREME_CHECK(dtype == DType::kU16 || dtype == DType::kI32, "tokens are written as u16 or i32, not {}",
                name_of(dtype));
}

void MegatronWriter::add_document(std::span<const int32_t> tokens) {
  const int32_t limit = dtype_ == DType::kU16 ? 0xffff : INT32_MAX;
  const auto bad = std::find_if(tokens.begin(), tokens.end(), [&](int32_t t) { return t < 0 || t > limit; });
  if (bad != tokens.end()) {
    throw ConfigError(format("{}: document {}, token {}: id {} does not fit {}; is the vocabulary's size right?",
                             megatron_bin_path(prefix_).string(), lengths_.size(), bad - tokens.begin(), *bad,
                             name_of(dtype_)));
  }
  if (dtype_ == DType::kU16) {
    narrow_.assign(tokens.begin(), tokens.end());
    bin_.write(std::as_bytes(std::span(narrow_)));
  } else {
    bin_.write(std::as_bytes(tokens));
  }
  lengths_.push_back(static_cast<int32_t>(tokens.size()));
  num_tokens_ += static_cast<int64_t>(tokens.size());
}

void MegatronWriter::finish() {
  const auto documents = static_cast<int64_t>(lengths_.size());
  idx_.write(kMagic);
  idx_.write_value(kVersion);
  idx_.write_value(static_cast<uint8_t>(dtype_ == DType::kU16 ? 8 : 4));
  idx_.write_value(documents);
  idx_.write_value(documents + 1);
  idx_.write(std::as_bytes(std::span(lengths_)));
  int64_t pointer = 0;
  for (const int32_t length : lengths_) {
    idx_.write_value(pointer);
    pointer += length * size_of(dtype_);
  }
  for (int64_t document = 0; document <= documents; ++document) idx_.write_value(document);
  bin_.finish();
  idx_.finish();
}

MegatronReader::MegatronReader(const fs::path& prefix)
    : idx_path_(megatron_idx_path(prefix)), bin_path_(megatron_bin_path(prefix)), idx_(idx_path_), bin_(bin_path_) {
  read_header();
  check_sequences();
  check_documents();
}

void MegatronReader::read_header() {
  const auto bytes = idx_.bytes();
  const auto size = static_cast<int64_t>(bytes.size());
  if (size < kHeaderBytes) {
    throw FormatError(
        format("{}: {} bytes, but the header alone is {}: truncated", idx_path_.string(), size, kHeaderBytes));
  }
  if (std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
    throw FormatError(format("{}: magic is not MMIDIDX: not a Megatron index", idx_path_.string()));
  }
  const auto version = load<uint64_t>(bytes, kVersionOffset);
  if (version != kVersion) {
    throw FormatError(format("{}: version is {}, only {} is known", idx_path_.string(), version, kVersion));
  }
  const auto code = load<uint8_t>(bytes, kDtypeOffset);
  const auto dtype = dtype_from_code(code);
  if (!dtype) throw FormatError(format("{}: dtype code is {}, valid are 1 to 8", idx_path_.string(), code));
  if (*dtype == DType::kF64 || *dtype == DType::kF32) {
    throw FormatError(format("{}: dtype is {}; tokens are integers", idx_path_.string(), name_of(*dtype)));
  }
  dtype_ = *dtype;
  const auto sequences = load<uint64_t>(bytes, kSequencesOffset);
  const auto documents = load<uint64_t>(bytes, kDocumentsOffset);
  // Bounds first, so that the products below can't overflow.
  const auto limit = static_cast<uint64_t>(size);
  if (sequences > limit || documents > limit || documents == 0) {
    throw FormatError(format("{}: sequence_count {} and document_count {} don't fit a file of {} bytes",
                             idx_path_.string(), sequences, documents, size));
  }
  num_sequences_ = static_cast<int64_t>(sequences);
  num_documents_ = static_cast<int64_t>(documents) - 1;
  const int64_t expected = kHeaderBytes + 12 * num_sequences_ + 8 * (num_documents_ + 1);
  if (size != expected && size != expected + num_sequences_) {  // the latter with one mode byte a sequence
    throw FormatError(format("{}: {} bytes, but {} sequences and {} documents need {}: truncated or corrupt",
                             idx_path_.string(), size, num_sequences_, num_documents_, expected));
  }
}

void MegatronReader::check_sequences() {
  const auto bin_bytes = static_cast<int64_t>(bin_.bytes().size());
  const int64_t width = size_of(dtype_);
  if (bin_bytes % width != 0) {
    throw FormatError(format("{}: {} bytes are no whole number of {} tokens: truncated", bin_path_.string(), bin_bytes,
                             name_of(dtype_)));
  }
  int64_t previous = 0;
  for (int64_t i = 0; i < num_sequences_; ++i) {
    const int64_t count = length(i);
    const auto pointer = index_value<int64_t>(kHeaderBytes + 4 * num_sequences_, i);
    if (count < 0) throw FormatError(format("{}: length {} is {}", idx_path_.string(), i, count));
    if (pointer < previous || pointer % width != 0) {
      throw FormatError(format("{}: pointer {} is {}, after {}: not ascending in steps of {} bytes", idx_path_.string(),
                               i, pointer, previous, width));
    }
    if (pointer > bin_bytes || count > (bin_bytes - pointer) / width) {
      throw FormatError(format("{}: sequence {} has {} tokens from byte {}, but {} has {} bytes: truncated?",
                               idx_path_.string(), i, count, pointer, bin_path_.string(), bin_bytes));
    }
    previous = pointer;
    num_tokens_ += count;
  }
}

void MegatronReader::check_documents() const {
  int64_t previous = 0;
  for (int64_t d = 0; d <= num_documents_; ++d) {
    const int64_t index = first_sequence(d);
    if (index < previous || index > num_sequences_ || (d == 0 && index != 0)) {
      throw FormatError(format("{}: document index {} is {}, after {} and of {} sequences", idx_path_.string(), d,
                               index, previous, num_sequences_));
    }
    previous = index;
  }
  if (previous != num_sequences_) {
    throw FormatError(format("{}: the last document index is {}, not the sequence count {}", idx_path_.string(),
                             previous, num_sequences_));
  }
}

template <class T>
T MegatronReader::index_value(int64_t offset, int64_t i) const {
  return load<T>(idx_.bytes(), offset + i * static_cast<int64_t>(sizeof(T)));
}

int64_t MegatronReader::length(int64_t sequence) const { return index_value<int32_t>(kHeaderBytes, sequence); }

int64_t MegatronReader::first_token(int64_t sequence) const {
  return index_value<int64_t>(kHeaderBytes + 4 * num_sequences_, sequence) / size_of(dtype_);
}

int64_t MegatronReader::first_sequence(int64_t document) const {
  return index_value<int64_t>(kHeaderBytes + 12 * num_sequences_, document);
}

TokenView MegatronReader::tokens(int64_t sequence) const {
  return all_tokens().slice(first_token(sequence), length(sequence));
}

}  // namespace trireme::formats

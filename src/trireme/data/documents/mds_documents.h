#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "trireme/data/documents/byte_stream.h"
#include "trireme/data/documents/document_reader.h"

namespace trireme::data {

/// One file of an MDS data set, as index.json lists it.
struct MdsShard {
  std::string path;  // of the file that is there: the raw one, else the compressed one
  int64_t samples = 0;
  int64_t bytes = 0;  // of the raw file
};

/// index.json of a folder of MDS shards, version 2 (https://github.com/mosaicml/streaming, streaming/base/format/mds).
struct MdsIndex {
  std::vector<MdsShard> shards;
  std::vector<std::optional<int64_t>> column_sizes;  // bytes of a value; none: each sample says
  size_t text_column = 0;
};

/// Throws IoError when the folder holds none, FormatError for what is not read: another format, version or compression,
/// a `column` that is missing or is no "str", a shard with other columns than the first.
MdsIndex read_mds_index(const std::string& folder, const std::string& column);

/// Bytes of the shards as they lie on disk. Throws as read_mds_index does, but does not look at columns.
int64_t mds_bytes(const std::string& folder);

/// The column `column` of every sample, shard after shard. docs/formats/tokenizer-and-data.md gives the bytes.
class MdsDocuments final : public DocumentReader {
 public:
  MdsDocuments(const std::string& folder, const std::string& column);

  bool next(TextPiece& piece) override;
  int64_t offset() const override { return finished_bytes_ + (stream_ ? stream_->offset() : 0); }

 private:
  const MdsShard& shard() const { return index_.shards[next_shard_ - 1]; }
  [[noreturn]] void fail(const std::string& what) const;
  void open_shard();
  void close_shard();
  /// The next `bytes` of the shard. Grows with what is there, not with what is claimed.
  void read(uint64_t bytes, std::string& out);
  std::string text_of(const std::string& sample) const;

  MdsIndex index_;
  size_t next_shard_ = 0;
  std::unique_ptr<ByteStream> stream_;
  std::vector<uint32_t> offsets_;  // of the samples in the open shard, and its end
  size_t next_sample_ = 0;
  std::string sample_;
  int64_t number_ = 0;
  int64_t finished_bytes_ = 0;
};

}  // namespace trireme::data

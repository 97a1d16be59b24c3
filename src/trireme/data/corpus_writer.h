#pragma once

#include <optional>
#include <vector>

#include "trireme/core/hash.h"
#include "trireme/data/corpus_info.h"
#include "trireme/data/duplicates.h"
#include "trireme/formats/buffered_file.h"
#include "trireme/formats/megatron.h"

namespace trireme::data {

/// A document, or a piece of one, in an EncodedBatch.
struct EncodedPiece {
  int32_t source = 0;
  int64_t bytes = 0;  // of its text
  size_t end = 0;     // of its tokens in the batch
  bool ends_document = true;
};

struct EncodedBatch {
  std::vector<TokenId> tokens;
  std::vector<uint8_t> counted;  // of chats: for each token, see TargetMask
  std::vector<EncodedPiece> pieces;
};

/// The files of a data set, the index first: without it the others are none.
std::vector<fs::path> corpus_files(const fs::path& prefix);

/// Joins pieces into documents, writes and counts them.
class CorpusWriter {
 public:
  /// `info` says what is known before: tokenizer, sources without counts, template of chats, end of documents.
  CorpusWriter(fs::path prefix, DType dtype, CorpusInfo info, std::optional<TokenId> begin_of_document);

  void add(const EncodedBatch& batch);
  int64_t num_tokens() const { return writer_.num_tokens(); }
  /// The files appear, the index and then PREFIX.json last. Throws FormatError when there is no token.
  CorpusInfo finish();

 private:
  void end_document(CorpusSource& source);
  bool of_chats() const { return mask_.has_value(); }

  fs::path prefix_;
  formats::MegatronWriter writer_;
  std::optional<formats::BufferedFile> mask_;
  CorpusInfo info_;
  std::optional<TokenId> begin_of_document_;
  ContentHasher hasher_;
  DuplicateCounter duplicates_;
  std::vector<TokenId> document_;  // what is there of the next one
  std::vector<uint8_t> counted_;
};

}  // namespace trireme::data

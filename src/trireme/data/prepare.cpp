#include "trireme/data/prepare.h"

#include <algorithm>

#include "trireme/core/error.h"
#include "trireme/core/hash.h"
#include "trireme/data/duplicates.h"
#include "trireme/data/text_pipeline.h"
#include "trireme/formats/megatron.h"

namespace trireme::data {

namespace {

struct EncodedPiece {
  int32_t source = 0;
  int64_t bytes = 0;
  size_t end = 0;  // of its tokens in the batch
  bool ends_document = true;
};

struct EncodedBatch {
  std::vector<TokenId> tokens;
  std::vector<EncodedPiece> pieces;
};

EncodedBatch encode_batch(TextBatch batch, const PrepareOptions& options, Encoder& encoder) {
  EncodedBatch encoded;
  for (TextPiece& piece : batch) {
    const int32_t source = piece.source;
    const bool ends_document = piece.ends_document;
    const std::string text =
        document_text(std::move(piece), options.inputs[static_cast<size_t>(source)], options.jsonl_key);
    encoder.encode(text, false, encoded.tokens);
    encoded.pieces.push_back({source, static_cast<int64_t>(text.size()), encoded.tokens.size(), ends_document});
  }
  return encoded;
}

/// Joins pieces into documents, writes and counts them.
class CorpusWriter {
 public:
  CorpusWriter(const PrepareOptions& options, const Tokenizer& tokenizer, int64_t vocab_size)
      : writer_(options.prefix, formats::megatron_token_dtype(vocab_size)) {
    info_.tokenizer = options.tokenizer;
    info_.tokenizer_hash = tokenizer.identity();
    info_.vocab_size = tokenizer.vocab_size();
    for (const std::string& input : options.inputs) info_.sources.push_back({.path = input});
  }

  void begin_documents_with(TokenId id) { begin_of_document_ = id; }
  void end_documents_with(TokenId id) { info_.end_of_document = id; }
  int64_t num_tokens() const { return writer_.num_tokens(); }

  void add(const EncodedBatch& batch) {
    size_t begin = 0;
    for (const EncodedPiece& piece : batch.pieces) {
      info_.sources[static_cast<size_t>(piece.source)].bytes += piece.bytes;
      document_.insert(document_.end(), batch.tokens.begin() + static_cast<ptrdiff_t>(begin),
                       batch.tokens.begin() + static_cast<ptrdiff_t>(piece.end));
      begin = piece.end;
      if (piece.ends_document) end_document(info_.sources[static_cast<size_t>(piece.source)]);
    }
  }

  CorpusInfo finish(const fs::path& prefix) {
    for (const CorpusSource& source : info_.sources) {
      info_.bytes += source.bytes;
      info_.documents += source.documents;
      info_.tokens += source.tokens;
      info_.empty_documents += source.empty_documents;
    }
    if (info_.tokens == 0) throw FormatError("the inputs hold no text");
    info_.content_hash = hasher_.hex();
    info_.duplicate_documents = duplicates_.count();
    writer_.finish();
    write_corpus_info(prefix, info_);
    return std::move(info_);
  }

 private:
  /// Documents without text leave nothing.
  void end_document(CorpusSource& source) {
    if (document_.empty()) {
      ++source.empty_documents;
      return;
    }
    duplicates_.add(document_);
    if (begin_of_document_) document_.insert(document_.begin(), *begin_of_document_);
    if (info_.end_of_document) document_.push_back(static_cast<TokenId>(*info_.end_of_document));
    hash_document(hasher_, document_);
    writer_.add_document(document_);
    ++source.documents;
    source.tokens += static_cast<int64_t>(document_.size());
    document_.clear();
  }

  formats::MegatronWriter writer_;
  CorpusInfo info_;
  ContentHasher hasher_;
  DuplicateCounter duplicates_;
  std::vector<TokenId> document_;
  std::optional<TokenId> begin_of_document_;
};

TokenId begin_of_document(const PrepareOptions& options, const Tokenizer& tokenizer) {
  if (tokenizer.bos()) return *tokenizer.bos();
  throw ConfigError(format("{} names no begin-of-sequence token: leave --prepend-bos out", options.tokenizer));
}

TokenId end_of_document(const PrepareOptions& options, const Tokenizer& tokenizer) {
  if (!options.eod_token.empty()) return special_token_id(tokenizer, options.eod_token);
  if (tokenizer.eos()) return *tokenizer.eos();
  throw ConfigError(
      format("{} names no end-of-sequence token: choose a special token with --eod-token", options.tokenizer));
}

int64_t checked_vocab_size(const PrepareOptions& options, const Tokenizer& tokenizer) {
  if (options.vocab_size == 0) return tokenizer.vocab_size();
  if (options.vocab_size < tokenizer.vocab_size()) {
    throw ConfigError(format("the tokenizer {} has {} ids, more than the vocabulary of {} that is asked for",
                             options.tokenizer, tokenizer.vocab_size(), options.vocab_size));
  }
  return options.vocab_size;
}

/// The files of a data set, the index first: without it the others are none.
std::vector<fs::path> files_of(const fs::path& prefix) {
  return {formats::megatron_idx_path(prefix), corpus_info_path(prefix), formats::megatron_bin_path(prefix)};
}

void make_way(const PrepareOptions& options) {
  const fs::path prefix = options.prefix;
  if (prefix.has_parent_path()) make_folders(prefix.parent_path());
  for (const fs::path& path : files_of(prefix)) {
    if (!options.overwrite && fs::exists(path)) {
      throw UsageError(format("{} is there already: choose another --to, or pass --overwrite", path.string()));
    }
  }
}

}  // namespace

CorpusInfo prepare(const PrepareOptions& options, const std::function<void(const PrepareProgress&)>& report) {
  const int64_t workers = worker_threads(options.workers);
  const auto tokenizer = load_tokenizer(options.tokenizer);
  const int64_t vocab_size = checked_vocab_size(options, *tokenizer);
  TextReader reader(
      options.inputs,
      {.split_on = options.split_on, .may_cut = tokenizer->may_cut_before_space(), .key = options.jsonl_key});
  make_way(options);
  CorpusWriter writer(options, *tokenizer, vocab_size);
  if (options.prepend_bos) writer.begin_documents_with(begin_of_document(options, *tokenizer));
  if (options.append_eod) writer.end_documents_with(end_of_document(options, *tokenizer));

  Pool<Encoder> encoders([&] { return tokenizer->make_encoder(); });
  process_text<EncodedBatch>(
      reader, workers,
      [&](TextBatch batch) {
        return encoders.with_one([&](Encoder& encoder) { return encode_batch(std::move(batch), options, encoder); });
      },
      [&](const EncodedBatch& batch) {
        writer.add(batch);
        report({reader.bytes_read(), reader.total_bytes(), writer.num_tokens()});
      });
  // A crash from here on leaves no data set that mixes old and new.
  for (const fs::path& path : files_of(options.prefix)) fs::remove(path);
  return writer.finish(options.prefix);
}

}  // namespace trireme::data

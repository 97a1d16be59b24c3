#include "trireme/data/prepare.h"

#include <optional>

#include "trireme/core/error.h"
#include "trireme/data/chat_data.h"
#include "trireme/data/chat_encoder.h"
#include "trireme/data/corpus_writer.h"
#include "trireme/data/text_pipeline.h"

namespace trireme::data {

namespace {

/// How chats become ids.
class ChatText {
 public:
  ChatText(const std::string& name, const Tokenizer& tokenizer)
      : template_(chat_template_by_name(name)), encoder_(template_, tokenizer) {}

  /// Appends a chat, nothing for a blank line, and returns the bytes of its text.
  int64_t encode(const TextPiece& piece, const std::string& input, Encoder& encoder, EncodedBatch& encoded) const {
    if (!piece.is_json) {
      throw UsageError(format("{}: --chat reads JSON objects: a .jsonl file, or the .json members of a .tar", input));
    }
    if (is_blank(piece.text)) return 0;
    const RenderedChat chat = render_chat(template_, parse_chat(piece.text, place_of(piece, input)));
    encoder_.encode(chat, encoder, encoded.tokens, encoded.counted);
    return static_cast<int64_t>(chat.text.size());
  }

 private:
  const ChatTemplate& template_;
  ChatEncoder encoder_;
};

/// `chats` is null where documents are texts.
EncodedBatch encode_batch(TextBatch batch, const PrepareOptions& options, const ChatText* chats, Encoder& encoder) {
  EncodedBatch encoded;
  for (TextPiece& piece : batch) {
    EncodedPiece done{.source = piece.source, .ends_document = piece.ends_document};
    const std::string& input = options.inputs[static_cast<size_t>(piece.source)];
    if (chats != nullptr) {
      done.bytes = chats->encode(piece, input, encoder, encoded);
    } else {
      const std::string text = document_text(std::move(piece), input, options.jsonl_key);
      done.bytes = static_cast<int64_t>(text.size());
      encoder.encode(text, false, encoded.tokens);
    }
    done.end = encoded.tokens.size();
    encoded.pieces.push_back(done);
  }
  return encoded;
}

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

CorpusInfo known_before(const PrepareOptions& options, const Tokenizer& tokenizer) {
  CorpusInfo info{.tokenizer = options.tokenizer,
                  .tokenizer_hash = tokenizer.identity(),
                  .vocab_size = tokenizer.vocab_size(),
                  .chat_template = options.chat};
  if (options.append_eod) info.end_of_document = end_of_document(options, tokenizer);
  for (const std::string& input : options.inputs) info.sources.push_back({.path = input});
  return info;
}

void check_chat(const PrepareOptions& options) {
  if (options.chat.empty()) return;
  if (options.prepend_bos || options.append_eod || !options.split_on.empty()) {
    throw UsageError("--chat says where a chat begins and ends: leave --prepend-bos, --append-eod and --split-on out");
  }
}

void make_way(const PrepareOptions& options) {
  const fs::path prefix = options.prefix;
  if (prefix.has_parent_path()) make_folders(prefix.parent_path());
  for (const fs::path& path : corpus_files(prefix)) {
    if (!options.overwrite && fs::exists(path)) {
      throw UsageError(format("{} is there already: choose another --to, or pass --overwrite", path.string()));
    }
  }
}

}  // namespace

CorpusInfo prepare(const PrepareOptions& options, const std::function<void(const PrepareProgress&)>& report) {
  check_chat(options);
  const int64_t workers = worker_threads(options.workers);
  const auto tokenizer = load_tokenizer(options.tokenizer);
  std::optional<ChatText> chats;
  if (!options.chat.empty()) chats.emplace(options.chat, *tokenizer);
  const int64_t vocab_size = checked_vocab_size(options, *tokenizer);
  TextReader reader(
      options.inputs,
      {.split_on = options.split_on, .may_cut = tokenizer->may_cut_before_space(), .key = options.jsonl_key});
  make_way(options);
  const auto begin = options.prepend_bos ? std::optional(begin_of_document(options, *tokenizer)) : std::nullopt;
  CorpusWriter writer(options.prefix, formats::megatron_token_dtype(vocab_size), known_before(options, *tokenizer),
                      begin);

  Pool<Encoder> encoders([&] { return tokenizer->make_encoder(); });
  process_text<EncodedBatch>(
      reader, workers,
      [&](TextBatch batch) {
        return encoders.with_one([&](Encoder& encoder) {
          return encode_batch(std::move(batch), options, chats ? &*chats : nullptr, encoder);
        });
      },
      [&](const EncodedBatch& batch) {
        writer.add(batch);
        report({reader.bytes_read(), reader.total_bytes(), writer.num_tokens()});
      });
  return writer.finish();
}

}  // namespace trireme::data

#include "trireme/data/text_reader.h"

namespace trireme::data {

namespace {

constexpr size_t kBatchBytes = size_t{1} << 20;

}  // namespace

TextReader::TextReader(std::vector<std::string> inputs, Options options)
    : inputs_(std::move(inputs)), options_(std::move(options)) {
  for (const std::string& input : inputs_) total_bytes_ += input_bytes(input);
}

bool TextReader::next(TextBatch& batch) {
  batch.clear();
  size_t bytes = 0;
  while (bytes < kBatchBytes && (documents_ || next_input_ < inputs_.size())) {
    if (!documents_) documents_ = open_documents(inputs_[next_input_++], options_);
    TextPiece piece;
    if (documents_->next(piece)) {
      piece.source = static_cast<int32_t>(next_input_ - 1);
      // Every document costs something, so that many empty ones fill a batch too.
      bytes += piece.text.size() + 16;
      batch.push_back(std::move(piece));
    } else {
      finished_bytes_ += documents_->offset();
      documents_.reset();
    }
  }
  return !batch.empty();
}

}  // namespace trireme::data

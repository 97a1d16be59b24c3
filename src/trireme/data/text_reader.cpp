#include "trireme/data/text_reader.h"

#include <zlib.h>
#include <algorithm>
#include <cctype>

#include "trireme/core/error.h"

namespace trireme::data {

namespace {

constexpr size_t kBatchBytes = size_t{1} << 20;

bool is_compressed(const fs::path& path) { return path.extension() == ".gz" || path.extension() == ".dz"; }

int64_t checked_size(const std::string& input) {
  std::error_code problem;
  const fs::file_status status = fs::status(input, problem);
  if (!fs::exists(status)) throw IoError(format("{}: no such file", input));
  if (fs::is_directory(status)) throw IoError(format("{}: is a folder; name the files in it", input));
  const auto size = fs::is_regular_file(status) ? static_cast<int64_t>(fs::file_size(input)) : -1;
  if (size == 0) throw FormatError(format("{}: the file is empty", input));
  return std::max<int64_t>(0, size);
}

}  // namespace

bool is_jsonl(const fs::path& path) {
  const fs::path name = is_compressed(path) ? path.stem() : path;
  return name.extension() == ".jsonl" || name.extension() == ".ndjson";
}

/// A file through zlib, which passes on what is not compressed as it stands.
class TextReader::Stream {
 public:
  explicit Stream(const std::string& path) : path_(path), file_(gzopen(path.c_str(), "rbe"), gzclose) {
    if (!file_) throw io_error("can't open {}", path);
    gzbuffer(file_.get(), 1 << 18);
  }

  size_t read(char* out, size_t bytes) {
    const int got = gzread(file_.get(), out, static_cast<unsigned>(bytes));
    int code = Z_OK;
    const char* message = gzerror(file_.get(), &code);
    if (code == Z_ERRNO) throw io_error("can't read {}", path_);
    if (code == Z_BUF_ERROR) throw FormatError(format("{}: the compressed data is cut short", path_));
    if (got < 0 || code < 0) throw FormatError(format("{}: damaged compressed data: {}", path_, message));
    if (is_compressed(path_) && gzdirect(file_.get())) {
      throw FormatError(format("{}: is not gzip data, though its name says so", path_));
    }
    return static_cast<size_t>(got);
  }

  int64_t offset() const { return gzoffset(file_.get()); }

 private:
  std::string path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

TextReader::TextReader(std::vector<std::string> inputs, Options options)
    : inputs_(std::move(inputs)), options_(std::move(options)) {
  for (const std::string& input : inputs_) total_bytes_ += checked_size(input);
}

TextReader::~TextReader() = default;

int64_t TextReader::bytes_read() const { return finished_bytes_ + (stream_ ? stream_->offset() : 0); }

bool TextReader::next(TextBatch& batch) {
  batch.clear();
  size_t bytes = 0;
  while (bytes < kBatchBytes && (stream_ || next_input_ < inputs_.size())) {
    if (!stream_) open_next();
    const size_t before = batch.size();
    take_piece(batch);
    // Every document costs something, so that many empty ones fill a batch too.
    if (batch.size() > before) bytes += batch.back().text.size() + 16;
  }
  return !batch.empty();
}

void TextReader::open_next() {
  const std::string& input = inputs_[next_input_++];
  stream_ = std::make_unique<Stream>(input);
  separator_ = is_jsonl(input) ? "\n" : options_.split_on;
  may_cut_ = options_.may_cut && !is_jsonl(input);
  buffer_.clear();
  begin_ = separator_from_ = cut_from_ = 0;
  document_open_ = false;
  number_ = 0;
}

void TextReader::emit(TextBatch& batch, size_t end, bool ends_document) {
  if (!document_open_) ++number_;
  batch.push_back(
      {buffer_.substr(begin_, end - begin_), static_cast<int32_t>(next_input_ - 1), number_, ends_document});
  begin_ = end;
  document_open_ = !ends_document;
}

void TextReader::take_piece(TextBatch& batch) {
  for (;;) {
    const size_t at = separator_.empty() ? std::string::npos : buffer_.find(separator_, separator_from_);
    if (at != std::string::npos) {
      emit(batch, at, true);
      begin_ = separator_from_ = cut_from_ = at + separator_.size();
      return;
    }
    separator_from_ = std::max(begin_, buffer_.size() - std::min(buffer_.size(), separator_.size()));
    if (may_cut_ && buffer_.size() - begin_ >= kBatchBytes) {
      const size_t cut = find_cut();
      if (cut > begin_) {
        emit(batch, cut, false);
        return;
      }
    }
    if (!fill()) {
      if (begin_ < buffer_.size() || document_open_) emit(batch, buffer_.size(), true);
      finished_bytes_ += stream_->offset();
      stream_.reset();
      return;
    }
  }
}

size_t TextReader::find_cut() {
  // A separator that the buffer's end cuts off must stay whole.
  const size_t end = buffer_.size() - std::min(buffer_.size(), separator_.size() + 1);
  for (size_t at = end; at > std::max(cut_from_, begin_); --at) {
    if (buffer_[at] == ' ' && std::isalnum(static_cast<unsigned char>(buffer_[at - 1]))) {
      cut_from_ = at;
      return at;
    }
  }
  cut_from_ = std::max(end, begin_);
  return begin_;
}

bool TextReader::fill() {
  buffer_.erase(0, begin_);
  separator_from_ -= begin_;
  cut_from_ -= std::min(cut_from_, begin_);
  begin_ = 0;
  const size_t size = buffer_.size();
  buffer_.resize(size + kBatchBytes);
  buffer_.resize(size + stream_->read(buffer_.data() + size, kBatchBytes));
  return buffer_.size() > size;
}

}  // namespace trireme::data

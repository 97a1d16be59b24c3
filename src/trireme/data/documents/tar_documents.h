#pragma once

#include "trireme/data/documents/archive.h"
#include "trireme/data/documents/document_reader.h"

namespace trireme::data {

/// A WebDataset shard (https://github.com/webdataset/webdataset): a tar file whose members KEY.txt, KEY.json and so on
/// follow each other and make one sample. A document is its .txt or, without one, the text in its .json; a sample with
/// neither is an empty document. KEY is what lies before the first dot of the name, folders included.
class TarDocuments final : public DocumentReader {
 public:
  explicit TarDocuments(const std::string& path);

  bool next(TextPiece& piece) override;
  int64_t offset() const override { return archive_.offset(); }

 private:
  /// Goes to the next regular file; false at the end.
  bool next_file();
  /// Takes the file's contents into `piece` if they are the best text of its sample so far.
  void take(TextPiece& piece);

  std::string path_;
  Archive archive_;
  bool have_file_ = false;  // a member is open, with the two below
  std::string key_;
  std::string extension_;
  int64_t number_ = 0;
};

}  // namespace trireme::data

#include "trireme/data/documents/document_reader.h"

#include <algorithm>

#include "trireme/core/error.h"
#include "trireme/core/file.h"
#include "trireme/data/documents/fasta_documents.h"
#include "trireme/data/documents/mds_documents.h"
#include "trireme/data/documents/parquet_stream.h"
#include "trireme/data/documents/tar_documents.h"
#include "trireme/data/documents/text_documents.h"

namespace trireme::data {

std::unique_ptr<DocumentReader> open_documents(const std::string& input, const ReadOptions& options) {
  if (fs::is_directory(input)) return std::make_unique<MdsDocuments>(input, options.key);
  const std::string format = without_compression(input).extension();
  if (format == ".tar") return std::make_unique<TarDocuments>(input);
  if (format == ".parquet") return std::make_unique<JsonLines>(open_parquet_column(input, options.key));
  if (format == ".jsonl" || format == ".ndjson") return std::make_unique<JsonLines>(open_byte_stream(input));
  if (format == ".fasta" || format == ".fa" || format == ".faa") return std::make_unique<FastaDocuments>(input);
  return std::make_unique<TextDocuments>(open_byte_stream(input), options.split_on, options.may_cut);
}

int64_t input_bytes(const std::string& input) {
  std::error_code problem;
  const fs::file_status status = fs::status(input, problem);
  if (!fs::exists(status)) throw IoError(format("{}: no such file", input));
  if (fs::is_directory(status)) return mds_bytes(input);
  const auto size = fs::is_regular_file(status) ? static_cast<int64_t>(fs::file_size(input)) : -1;
  if (size == 0) throw FormatError(format("{}: the file is empty", input));
  return std::max<int64_t>(0, size);
}

}  // namespace trireme::data

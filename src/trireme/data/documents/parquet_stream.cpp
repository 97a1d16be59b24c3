#include "trireme/data/documents/parquet_stream.h"

#include "trireme/core/environment.h"
#include "trireme/core/error.h"
#include "trireme/core/program_stream.h"

namespace trireme::data {

namespace {

constexpr int kNoPyarrow = 3;

/// Lines to standard output; what is wrong to standard error.
constexpr const char* kScript = R"(
import json, sys
try:
    import pyarrow, pyarrow.parquet
except ImportError:
    sys.exit(3)
path, column = sys.argv[1:]
try:
    file = pyarrow.parquet.ParquetFile(path)
    schema = file.schema_arrow
    if column not in schema.names:
        sys.exit(f'has no column "{column}"; name one by --jsonl-key: {", ".join(schema.names)}')
    kind = schema.field(column).type
    if str(kind) not in ("string", "large_string", "string_view"):
        sys.exit(f'the column "{column}" is {kind}, no text')
    for batch in file.iter_batches(batch_size=1024, columns=[column]):
        for text in batch.column(0).to_pylist():
            sys.stdout.write(json.dumps({column: text}) + "\n")
except BrokenPipeError:
    sys.exit(1)
except (pyarrow.ArrowException, OSError) as problem:
    sys.exit(str(problem).replace("\n", " "))
)";

class ParquetStream final : public ByteStream {
 public:
  ParquetStream(std::string path, const std::string& column)
      : path_(std::move(path)),
        python_(env("TRIREME_PYTHON").value_or("python3")),
        program_({python_, "-c", kScript, path_, column}) {}

  size_t read(char* out, size_t bytes) override {
    if (at_end_) return 0;
    const size_t got = program_.read(out, bytes);
    if (got == 0) finish();
    return got;
  }

  /// pyarrow does not say how far it is.
  int64_t offset() const override { return at_end_ ? static_cast<int64_t>(fs::file_size(path_)) : 0; }

 private:
  void finish() {
    at_end_ = true;
    const int status = program_.wait();
    if (status == 0) return;
    if (status == kNoPyarrow) {
      throw ConfigError(
          format("{}: Parquet is read with pyarrow, which {} has not: run {} -m pip install pyarrow, or "
                 "name another interpreter by TRIREME_PYTHON",
                 path_, python_, python_));
    }
    std::string why = program_.errors();
    while (!why.empty() && why.back() == '\n') why.pop_back();
    // Of a traceback, the last line says what happened.
    why = why.substr(why.rfind('\n') + 1);
    throw FormatError(format("{}: {}", path_, why.empty() ? format("{} ended with status {}", python_, status) : why));
  }

  std::string path_;
  std::string python_;
  ProgramStream program_;
  bool at_end_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> open_parquet_column(const std::string& path, const std::string& column) {
  return std::make_unique<ParquetStream>(path, column);
}

}  // namespace trireme::data

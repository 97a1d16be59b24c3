#pragma once

#include "trireme/data/documents/byte_stream.h"

namespace trireme::data {

/// A text column of a Parquet file as JSON lines {"COLUMN": "text"}, read by pyarrow in a Python process: the one of
/// TRIREME_PYTHON, else python3. Throws IoError when there is no such interpreter. Reading throws ConfigError that says
/// how to install pyarrow where it is missing, FormatError for what pyarrow refuses and for a column that is missing or
/// holds no text.
std::unique_ptr<ByteStream> open_parquet_column(const std::string& path, const std::string& column);

}  // namespace trireme::data

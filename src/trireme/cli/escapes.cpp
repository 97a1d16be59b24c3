#include "trireme/cli/escapes.h"

#include "trireme/core/error.h"

namespace trireme::cli {

std::string unescape(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      plain += text[i];
      continue;
    }
    const char code = i + 1 < text.size() ? text[++i] : '\0';
    switch (code) {
      case 'n': plain += '\n'; break;
      case 't': plain += '\t'; break;
      case 'r': plain += '\r'; break;
      case '\\': plain += '\\'; break;
      default: throw UsageError(format("\"{}\": a backslash must be followed by n, t, r or a backslash", text));
    }
  }
  return plain;
}

}  // namespace trireme::cli

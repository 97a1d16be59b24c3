#pragma once

#include <string>
#include <vector>

namespace trireme::test {

/// Text of about `bytes` bytes: `one` again and again.
inline std::string repeated(const std::string& one, size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += one;
  return text;
}

/// Valid JSON objects of about `bytes` bytes, each with as many values as its text can hold.
inline std::vector<std::string> dense_json(size_t bytes) {
  std::string objects;
  for (int i = 0; objects.size() < bytes; ++i) objects += "\"" + std::to_string(i) + "\":{},";
  std::vector<std::string> texts = {"{" + objects + "\"last\":0}"};
  for (const char* value : {"0,", "\"\",", "[],", "{},"}) {
    texts.push_back("{\"list\":[" + repeated(value, bytes) + "0]}");
  }
  return texts;
}

}  // namespace trireme::test

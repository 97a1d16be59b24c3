#include "trireme/data/documents/tar_documents.h"

#include <array>

#include "trireme/core/error.h"

namespace trireme::data {

namespace {

constexpr size_t kChunkBytes = size_t{1} << 16;

}  // namespace

TarDocuments::TarDocuments(const std::string& path) : path_(path), archive_(path, ArchiveKind::kTar) {
  have_file_ = next_file();
}

bool TarDocuments::next_file() {
  while (archive_.next()) {
    if (!archive_.is_regular_file()) continue;
    const std::string name = archive_.name();
    const size_t slash = name.rfind('/');
    const size_t dot = name.find('.', slash == std::string::npos ? 0 : slash + 1);
    key_ = name.substr(0, dot);
    extension_ = dot == std::string::npos ? "" : name.substr(dot + 1);
    return true;
  }
  return false;
}

bool TarDocuments::next(TextPiece& piece) {
  if (!have_file_) return false;
  const std::string key = key_;
  piece = {.number = ++number_};
  while (have_file_ && key_ == key) {
    take(piece);
    have_file_ = next_file();
  }
  return true;
}

void TarDocuments::take(TextPiece& piece) {
  const bool text = extension_ == "txt", json = extension_ == "json";
  if (!text && !json) return;
  if (!piece.member.empty() && piece.is_json == json) {
    throw FormatError(format("{}: {} is there twice", path_, archive_.name()));
  }
  if (!piece.member.empty() && json) return;
  piece.member = archive_.name();
  piece.is_json = json;
  piece.text.clear();
  std::array<char, kChunkBytes> chunk;
  while (const size_t got = archive_.read(chunk.data(), chunk.size())) piece.text.append(chunk.data(), got);
}

}  // namespace trireme::data

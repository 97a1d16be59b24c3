#include "trireme/cloud/template/text.h"

#include "trireme/core/check.h"

namespace trireme::cloud {

Text::Text(std::string literal) {
  if (!literal.empty()) pieces_.emplace_back(std::move(literal));
}

Text::Text(Reference reference) { pieces_.emplace_back(std::move(reference)); }

namespace {

Text pseudo(const char* name) { return Reference{Reference::Source::kPseudo, name, "", ""}; }

}  // namespace

Text Text::account() { return pseudo("AWS::AccountId"); }
Text Text::partition() { return pseudo("AWS::Partition"); }
Text Text::region() { return pseudo("AWS::Region"); }
Text Text::url_suffix() { return pseudo("AWS::URLSuffix"); }

Text Text::operator+(const Text& right) const {
  Text joined = *this;
  for (const Piece& piece : right.pieces_) {
    const auto* literal = std::get_if<std::string>(&piece);
    auto* last = joined.pieces_.empty() ? nullptr : std::get_if<std::string>(&joined.pieces_.back());
    if (literal != nullptr && last != nullptr) {
      *last += *literal;
    } else {
      joined.pieces_.push_back(piece);
    }
  }
  return joined;
}

bool Text::is_literal() const {
  return pieces_.empty() || (pieces_.size() == 1 && std::holds_alternative<std::string>(pieces_[0]));
}

const Reference* Text::as_reference() const {
  return pieces_.size() == 1 ? std::get_if<Reference>(&pieces_[0]) : nullptr;
}

std::string Text::literal() const {
  TRIREME_CHECK(is_literal(), "a value that only the account knows was used as literal text");
  return pieces_.empty() ? "" : std::get<std::string>(pieces_[0]);
}

}  // namespace trireme::cloud

#pragma once

#include <string>
#include <variant>
#include <vector>

namespace trireme::cloud {

/// A value that is known only in the account, and who knows it.
struct Reference {
  enum class Source {
    kResource,   // `name` of the same stack: CloudFormation's Ref
    kAttribute,  // `attribute` of `name` of the same stack: Fn::GetAtt
    kImport,     // the export called `name` of another stack: Fn::ImportValue
    kPseudo,     // CloudFormation's own, such as AWS::AccountId
    kSecret,     // the value of the secret `name` of the same stack, which CloudFormation never shows
  };
  Source source = Source::kResource;
  std::string name;
  std::string attribute;  // kAttribute
  std::string prefix;     // what the value starts with, such as "subnet-"; empty when it is no resource id
};

/// Literal text, references, or both in a row. What is literal never becomes a reference by its spelling: a
/// "${" or "{{resolve:" that a user wrote is refused where it would be read as one.
class Text {
 public:
  using Piece = std::variant<std::string, Reference>;

  Text() = default;
  Text(const char* literal) : Text(std::string(literal)) {}  // NOLINT(google-explicit-constructor)
  Text(std::string literal);                                 // NOLINT(google-explicit-constructor)
  Text(Reference reference);                                 // NOLINT(google-explicit-constructor)
  /// What the account and region of the deployment fill in.
  static Text account();
  static Text partition();  // "aws", "aws-cn", "aws-us-gov"
  static Text region();
  static Text url_suffix();  // "amazonaws.com"

  Text operator+(const Text& right) const;

  const std::vector<Piece>& pieces() const { return pieces_; }
  bool is_literal() const;
  /// The reference that the whole text is, or nullptr.
  const Reference* as_reference() const;
  /// REQUIRES: is_literal().
  std::string literal() const;

 private:
  std::vector<Piece> pieces_;  // no two literals side by side, none empty
};

inline Text operator+(const char* left, const Text& right) { return Text(left) + right; }
inline Text operator+(const std::string& left, const Text& right) { return Text(left) + right; }

}  // namespace trireme::cloud

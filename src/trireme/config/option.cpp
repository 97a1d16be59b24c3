#include "trireme/config/option.h"

#include <algorithm>
#include <cmath>

#include "trireme/config/value.h"
#include "trireme/core/check.h"
#include "trireme/core/diagnostic.h"

namespace trireme::config {

namespace {

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + (name.empty() ? "\"\"" : name);
  return text;
}

/// Limits are declared as doubles; whole ones read better without a point.
std::string limit_text(double limit) {
  if (limit == std::floor(limit) && std::abs(limit) < 1e15) return format("{}", static_cast<int64_t>(limit));
  return float_text(limit);
}

std::string to_toml(const Scalar& value) {
  struct Writer {
    std::string operator()(bool x) const { return x ? "true" : "false"; }
    std::string operator()(int64_t x) const { return std::to_string(x); }
    std::string operator()(uint64_t x) const { return std::to_string(x); }
    std::string operator()(double x) const { return float_text(x); }
    std::string operator()(const std::string& x) const { return quote(x); }
    std::string operator()(const std::vector<std::string>& x) const {
      std::string text;
      for (const std::string& item : x) text += (text.empty() ? "" : ", ") + quote(item);
      return "[" + text + "]";
    }
  };
  return std::visit(Writer(), value);
}

}  // namespace

Option::Option(std::string section, std::string key, Target target, std::string help)
    : section_(std::move(section)),
      key_(std::move(key)),
      name_(section_.empty() ? key_ : section_ + "." + key_),
      target_(target),
      help_(std::move(help)) {
  if (std::holds_alternative<uint64_t*>(target_)) at_least(0);  // TOML's own integers end at 2^63 - 1
}

Option& Option::form(std::string form, std::function<bool(const std::string&)> holds) {
  form_ = std::move(form);
  has_form_ = std::move(holds);
  return *this;
}

Option& Option::only_when(std::string condition, std::function<bool()> holds) {
  condition_ = std::move(condition);
  holds_ = std::move(holds);
  return *this;
}

std::string Option::type_name() const {
  struct Namer {
    std::string operator()(bool*) const { return "boolean"; }
    std::string operator()(int64_t*) const { return "integer"; }
    std::string operator()(uint64_t*) const { return "integer"; }
    std::string operator()(double*) const { return "float"; }
    std::string operator()(std::string*) const { return "string"; }
    std::string operator()(std::vector<std::string>*) const { return "list of strings"; }
  };
  return std::visit(Namer(), target_);
}

std::string Option::range_text() const {
  if (!choices_.empty()) return "one of " + join(choices_);
  if (!form_.empty()) return form_;
  const std::string low = minimum_ ? limit_text(minimum_->value) : "";
  const std::string high = maximum_ ? limit_text(maximum_->value) : "";
  if (minimum_ && maximum_ && minimum_->value == maximum_->value) return low;
  if (minimum_ && maximum_ && !minimum_->open && !maximum_->open) return format("between {} and {}", low, high);
  std::string text;
  if (minimum_) text = (minimum_->open ? "above " : "at least ") + low;
  if (maximum_) text += (text.empty() ? "" : " and ") + std::string(maximum_->open ? "below " : "at most ") + high;
  return text;
}

std::string Option::problem_with_number(double value) const {
  if (!std::isfinite(value)) return format("must be finite, got {}", value);
  const bool low = minimum_ && (minimum_->open ? value <= minimum_->value : value < minimum_->value);
  const bool high = maximum_ && (maximum_->open ? value >= maximum_->value : value > maximum_->value);
  return low || high ? "must be " + range_text() + ", got " + limit_text(value) : "";
}

std::string Option::problem_with_text(const std::string& text) const {
  // The operating system would take a path with one for the part before it.
  if (text.find('\0') != std::string::npos) return "must not hold a NUL character";
  const bool chosen = choices_.empty() || std::find(choices_.begin(), choices_.end(), text) != choices_.end();
  if (chosen && (!has_form_ || has_form_(text))) return {};
  const std::string near = nearest_name(text, choices_);
  return format("must be {}, got {}", range_text(), quote(text)) +
         (near.empty() ? "" : format("; did you mean {}?", quote(near)));
}

std::string Option::problem_with(const Scalar& value) const {
  struct Checker {
    const Option& option;
    std::string operator()(bool) const { return {}; }
    std::string operator()(int64_t x) const { return option.problem_with_number(static_cast<double>(x)); }
    std::string operator()(uint64_t x) const { return option.problem_with_number(static_cast<double>(x)); }
    std::string operator()(double x) const { return option.problem_with_number(x); }
    std::string operator()(const std::string& x) const { return option.problem_with_text(x); }
    std::string operator()(const std::vector<std::string>& texts) const {
      for (const std::string& text : texts) {
        const std::string problem = option.problem_with_text(text);
        if (!problem.empty()) return problem;
      }
      return {};
    }
  };
  return std::visit(Checker{*this}, value);
}

Scalar Option::value() const {
  return std::visit([](const auto* target) { return Scalar(*target); }, target_);
}

void Option::assign(const Scalar& value) const {
  std::visit(
      [&](auto* target) {
        using T = std::remove_pointer_t<decltype(target)>;
        TRIREME_CHECK(std::holds_alternative<T>(value), "{}: a value of another type was assigned", name_);
        *target = std::get<T>(value);
      },
      target_);
}

std::string Option::value_text() const { return to_toml(value()); }

}  // namespace trireme::config

#include "trireme/cloud/description/forms.h"

#include <algorithm>

#include "trireme/cloud/address/cidr.h"

namespace trireme::cloud {

namespace {

bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return is_small(c) || (c >= 'A' && c <= 'Z'); }
bool is_name_letter(char c) { return is_letter(c) || is_digit(c); }

/// Every character is a letter, a digit, or one of `others`.
bool consists_of(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_name_letter(c) || others.find(c) != std::string_view::npos; });
}

bool has_length(std::string_view text, size_t least, size_t most) {
  return text.size() >= least && text.size() <= most;
}

bool starts_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

bool no_upper(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_number(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

}  // namespace

bool is_cluster_name(const std::string& text) {
  return has_length(text, 2, 25) && is_letter(text[0]) && consists_of(text, "-") && text.back() != '-';
}

bool is_part_name(const std::string& text) {
  return has_length(text, 1, 25) && is_small(text[0]) && consists_of(text, "-") && no_upper(text) && text.back() != '-';
}

bool is_resource_id(std::string_view text, std::string_view prefix) {
  if (!starts_with(text, prefix)) return false;
  text.remove_prefix(prefix.size());
  const bool hex = std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
  return hex && (text.size() == 8 || text.size() == 17);
}

bool is_bucket_name(const std::string& text) {
  return has_length(text, 3, 63) && consists_of(text, ".-") && no_upper(text) && is_name_letter(text[0]) &&
         is_name_letter(text.back()) && text.find("..") == std::string::npos;
}

bool is_s3_uri(const std::string& text) {
  if (!starts_with(text, "s3://")) return false;
  const size_t slash = text.find('/', 5);
  const std::string prefix = slash == std::string::npos ? "" : text.substr(slash + 1);
  return is_bucket_name(text.substr(5, slash == std::string::npos ? slash : slash - 5)) &&
         consists_of(prefix, "-_./") && prefix.size() <= 900;
}

bool is_mount_point(const std::string& text) {
  return has_length(text, 2, 100) && text[0] == '/' && consists_of(text, "/_.-") && text.back() != '/' &&
         text.find("//") == std::string::npos && text.find("..") == std::string::npos;
}

bool is_mount_name(const std::string& text) {
  return has_length(text, 1, 8) && consists_of(text, "") && no_upper(text);
}

bool is_arn(const std::string& text) {
  return starts_with(text, "arn:aws") && has_length(text, 20, 300) && consists_of(text, ":/_-.+=@") &&
         std::count(text.begin(), text.end(), ':') >= 5;
}

bool is_region_name(const std::string& text) {
  return has_length(text, 8, 20) && is_letter(text[0]) && consists_of(text, "-") && no_upper(text) &&
         is_digit(text.back()) && std::count(text.begin(), text.end(), '-') >= 2;
}

bool is_zone_id(const std::string& text) {
  const size_t at = text.rfind("-az");
  return at != std::string::npos && has_length(text, 7, 20) && is_letter(text[0]) && consists_of(text, "-") &&
         no_upper(text) && is_number(std::string_view(text).substr(at + 3));
}

bool is_instance_type(const std::string& text) {
  return has_length(text, 4, 40) && is_letter(text[0]) && consists_of(text, ".-") && no_upper(text) &&
         text.find('.') != std::string::npos && text.find("..") == std::string::npos && is_name_letter(text.back());
}

bool is_tag_text(const std::string& text, size_t limit) {
  return text.size() <= limit && consists_of(text, " +-=._:/@");
}

bool is_tag_name(const std::string& text) {
  return !text.empty() && is_tag_text(text, 128) && text.find('.') == std::string::npos && !starts_with(text, "aws:");
}

bool is_email(const std::string& text) {
  const size_t at = text.find('@');
  return at != std::string::npos && at > 0 && text.find('@', at + 1) == std::string::npos && text.size() <= 254 &&
         text.find('.', at) != std::string::npos && text.back() != '.' && consists_of(text, "@.+-_");
}

bool is_key_pair_name(const std::string& text) { return has_length(text, 1, 255) && consists_of(text, "-_.@"); }

bool is_hyperpod_name(const std::string& text) {
  return has_length(text, 1, 63) && consists_of(text, "-") && is_name_letter(text[0]) && is_name_letter(text.back());
}

bool is_database_user(const std::string& text) {
  return has_length(text, 1, 16) && is_letter(text[0]) && consists_of(text, "_");
}

bool is_version(const std::string& text) {
  return has_length(text, 1, 40) && is_name_letter(text[0]) && consists_of(text, ".-+_") &&
         std::any_of(text.begin(), text.end(), is_digit);
}

bool is_host_and_port(const std::string& text) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0) return false;
  const std::string host = text.substr(0, colon), port = text.substr(colon + 1);
  return host.size() <= 253 && consists_of(host, ".-") && is_name_letter(host[0]) && port.size() <= 5 &&
         is_number(port) && port[0] != '0' && std::stoi(port) <= 65535;
}

bool is_setup_script(const std::string& text) {
  const size_t scheme = text.find("://");
  return (starts_with(text, "s3://") || starts_with(text, "https://")) && has_length(text, 10, 1000) &&
         consists_of(text, ":/._- =,@+") && is_name_letter(text[scheme + 3]) && text.back() != ' ' &&
         text.find("  ") == std::string::npos;
}

bool is_pinned_image(const std::string& text) {
  const size_t slash = text.rfind('/');
  const size_t mark = text.find_first_of(":@", slash == std::string::npos ? 0 : slash);
  if (!has_length(text, 3, 512) || !is_name_letter(text[0]) || mark == std::string::npos) return false;
  const std::string pin = text.substr(mark + 1);
  return consists_of(text.substr(0, mark), "./-_:") && consists_of(pin, "._-:@") && pin != "latest" &&
         is_name_letter(pin[0]);
}

}  // namespace trireme::cloud

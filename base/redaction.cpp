#include "base/redaction.h"

#include <algorithm>

namespace base {
namespace {

constexpr std::size_t kLongestShort = 12;  // characters
constexpr std::size_t kEndShown = 4;
constexpr std::size_t kShortShown = 2;

/// Whether a character starts here, and not another byte of one (RFC 3629, section 3).
bool starts_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
}

/// Where the character number `index` starts; the end when there are fewer.
std::size_t offset_of(std::string_view text, std::size_t index) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (starts_character(text[at]) && index-- == 0) return at;
  }
  return text.size();
}

}  // namespace

std::string shortened(Account account) {
  const std::size_t dot = std::min(account.text.find('.'), account.text.size());
  const std::string_view name = account.text.substr(0, dot);
  const auto length =
      static_cast<std::size_t>(std::count_if(name.begin(), name.end(), starts_character));
  const bool is_long = length > kLongestShort;
  std::string out(name.substr(0, offset_of(name, is_long ? kEndShown : kShortShown)));
  out += "..";
  if (is_long) out += name.substr(offset_of(name, length - kEndShown));
  return out += account.text.substr(dot);
}

std::string without_user(Address address) {
  const std::string_view text = address.text;
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos) return std::string(text);
  const std::size_t scheme = text.find("://");
  const std::size_t begin = scheme == std::string_view::npos || scheme > at ? 0 : scheme + 3;
  return std::string(text.substr(0, begin)).append("..").append(text.substr(at));
}

}  // namespace base

#include "base/bytes.h"

#include <array>

namespace base {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

/// No digit's value.
constexpr std::uint8_t kNoDigit = 0xff;

/// The value of each byte as a digit: a look-up, since which branch a digit takes is anybody's
/// guess.
constexpr std::array<std::uint8_t, 256> kDigitValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::uint8_t i = 0; i < 16; ++i) values[static_cast<std::uint8_t>(kHexDigits[i])] = i;
  return values;
}();

std::uint8_t hex_digit(char c) {
  return kDigitValues[static_cast<std::uint8_t>(c)];
}

/// Length of the UTF-8 sequence that starts `text`, or 0 if it is not well formed.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const std::uint8_t second = byte(1);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool surrogate = lead == 0xed && second > 0x9f;
  const bool too_large = lead == 0xf4 && second > 0x8f;
  return overlong || surrogate || too_large ? 0 : length;
}

}  // namespace

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t b : bytes) {
    text += kHexDigits[b >> 4];
    text += kHexDigits[b & 15];
  }
  return text;
}

std::string to_hex(std::uint64_t value) {
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) text[i] = kHexDigits[(value >> (60 - 4 * i)) & 15];
  return text;
}

std::optional<Bytes32> bytes32_from_hex(std::string_view text) {
  Bytes32 out{};
  if (text.size() != out.size() * 2) return std::nullopt;
  std::uint8_t all = 0;  // the digits, or'ed: above 15 when one of them is none
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint8_t high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
    all |= high | low;
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  if (all > 15) return std::nullopt;
  return out;
}

std::optional<std::uint64_t> u64_from_hex(std::string_view text) {
  if (text.size() != 16) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    const std::uint8_t digit = hex_digit(c);
    if (digit == kNoDigit) return std::nullopt;
    value = value << 4 | digit;
  }
  return value;
}

std::optional<std::uint64_t> u64_from_decimal(std::string_view text, std::uint64_t max) {
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (max - digit) / 10 || digit > max) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string printable(std::string_view text, std::size_t max_length) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\') {
      out += c;
    } else {
      out += "\\x";
      out += kHexDigits[byte >> 4];
      out += kHexDigits[byte & 15];
    }
    if (out.size() >= max_length) return out.substr(0, max_length);
  }
  return out;
}

}  // namespace base

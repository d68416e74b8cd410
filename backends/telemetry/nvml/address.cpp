#include "backends/telemetry/nvml/address.h"

#include <cstddef>

namespace backends::nvml {
namespace {

constexpr std::size_t kDomainDigits = 4;
constexpr std::size_t kMostDomainDigits = 8;
constexpr std::string_view kShapeAfterDomain = ":##:##.#";

/// The text in lower case.
std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/// Whether the text has hexadecimal digits where the shape has #, and is the shape elsewhere.
bool has_shape(std::string_view text, std::string_view shape) {
  if (text.size() != shape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (shape[i] == '#' ? !is_digit(text[i]) : text[i] != shape[i]) return false;
  }
  return true;
}

}  // namespace

std::optional<std::string> pci_label(std::string_view bus_id) {
  std::string out = lower(bus_id);
  const std::size_t digits = out.find(':');
  if (digits == std::string::npos) return std::nullopt;
  const std::string shape = std::string(digits, '#').append(kShapeAfterDomain);
  if (digits < kDomainDigits || digits > kMostDomainDigits || !has_shape(out, shape)) {
    return std::nullopt;
  }
  while (out.find(':') > kDomainDigits && out.front() == '0') out.erase(0, 1);
  return out;
}

}  // namespace backends::nvml

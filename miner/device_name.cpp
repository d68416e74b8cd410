#include "miner/device_name.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace miner {
namespace {

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

/// Whether `text` looks like `pattern`, in which 'h' stands for a hexadecimal digit.
bool looks_like(std::string_view text, std::string_view pattern) {
  return std::equal(text.begin(), text.end(), pattern.begin(), pattern.end(), [](char c, char p) {
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    return p == 'h' ? hex : c == p;
  });
}

/// The whole PCI address that `text`, in lower case, stands for.
std::optional<std::string> whole_pci_address(const std::string& text) {
  if (looks_like(text, "hh:hh.h")) return "0000:" + text;
  if (looks_like(text, "hhhh:hh:hh.h") || looks_like(text, "hhhhhhhh:hh:hh.h")) return text;
  return std::nullopt;
}

bool is_backend_name(std::string_view text) {
  const bool begins_well = !text.empty() && text.front() >= 'a' && text.front() <= 'z';
  return begins_well && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

std::optional<std::uint32_t> small_number(std::string_view text) {
  const auto value = base::u64_from_decimal(text, UINT32_MAX);
  if (!value) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

}  // namespace

bool DeviceName::names(std::uint32_t listed_number, const backends::DeviceInfo& info) const {
  switch (form) {
    case Form::kNumber:
      return number == listed_number;
    case Form::kId:
      return backend == info.backend && number == info.index;
    case Form::kPci:
      break;
  }
  return pci_address == info.pci_address;
}

std::optional<DeviceName> parse_device_name(std::string_view text) {
  const std::string word = lower_case(text);
  if (const auto number = small_number(word)) {
    return DeviceName{DeviceName::Form::kNumber, *number, "", ""};
  }
  if (const auto pci = whole_pci_address(word)) {
    return DeviceName{DeviceName::Form::kPci, 0, "", *pci};
  }
  const std::size_t colon = word.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const std::string backend = word.substr(0, colon);
  const auto index = small_number(std::string_view(word).substr(colon + 1));
  if (!is_backend_name(backend) || !index) return std::nullopt;
  return DeviceName{DeviceName::Form::kId, *index, backend, ""};
}

}  // namespace miner

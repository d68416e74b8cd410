#include "backends/telemetry/sysfs/pci.h"

#include <algorithm>
#include <cstddef>
#include <system_error>

#include "base/bytes.h"

namespace backends::sysfs {
namespace {

constexpr std::size_t kFewestDomainDigits = 4;
constexpr std::size_t kMostDomainDigits = 8;
constexpr std::string_view kShapeAfterDomain = ":##:##.#";
constexpr std::string_view kBridge = "0x0604";  // the class of PCI-to-PCI bridges
constexpr int kMostBridges = 2;                 // a card's switch has two ports on the way
constexpr std::uint64_t kMostLanes = 32;

bool is_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

struct Speed {
  std::string_view transfers;  // as current_link_speed begins
  std::uint32_t generation;
};

// Linux before 5.7 writes "8 GT/s", later ones "8.0 GT/s PCIe".
constexpr Speed kSpeeds[] = {{"2.5", 1},  {"5", 2},  {"5.0", 2},  {"8", 3},  {"8.0", 3}, {"16", 4},
                             {"16.0", 4}, {"32", 5}, {"32.0", 5}, {"64", 6}, {"64.0", 6}};

std::optional<std::uint32_t> generation_of(std::string_view text) {
  const std::size_t blank = text.find(' ');
  if (text.substr(std::min(blank, text.size())).substr(0, 5) != " GT/s") return std::nullopt;
  for (const Speed& speed : kSpeeds) {
    if (text.substr(0, blank) == speed.transfers) return speed.generation;
  }
  return std::nullopt;
}

bool is_bridge(const Path& device, OfCard of_card) {
  const auto kind = read_text(device / "class");
  return kind && kind->compare(0, kBridge.size(), kBridge) == 0 &&
         of_card(read_text(device / "vendor").value_or(""),
                 read_text(device / "device").value_or(""));
}

}  // namespace

bool is_pci_address(std::string_view text) {
  const std::size_t digits = std::min(text.find(':'), text.size());
  if (digits < kFewestDomainDigits || digits > kMostDomainDigits) return false;
  if (text.size() - digits != kShapeAfterDomain.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char shape = i < digits ? '#' : kShapeAfterDomain[i - digits];
    if (shape == '#' ? !is_digit(text[i]) : text[i] != shape) return false;
  }
  return true;
}

std::optional<PciIdentity> read_identity(const Path& device) {
  const auto text = read_text(device / "uevent");
  if (!text) return std::nullopt;
  PciIdentity out;
  out.address = lower(value_of(*text, "PCI_SLOT_NAME", '=').value_or(""));
  if (!is_pci_address(out.address)) return std::nullopt;
  out.driver = value_of(*text, "DRIVER", '=').value_or("");
  out.id = base::printable(lower(value_of(*text, "PCI_ID", '=').value_or("")), 16);
  return out;
}

bool is_asleep(const Path& device) {
  const auto status = read_text(device / "power" / "runtime_status");
  return status == "suspended" || status == "suspending";
}

PcieLink read_link(const Path& device) {
  PcieLink out;
  if (const auto speed = read_text(device / "current_link_speed")) {
    out.generation = generation_of(*speed);
  }
  const auto lanes =
      base::u64_from_decimal(read_text(device / "current_link_width").value_or(""), kMostLanes);
  if (lanes && *lanes != 0) out.lanes = static_cast<std::uint32_t>(*lanes);
  return out;
}

Path outermost_on_card(const Path& device, OfCard of_card) {
  std::error_code fault;
  Path at = std::filesystem::canonical(device, fault);
  if (fault) return device;
  for (int i = 0; i < kMostBridges && is_bridge(at.parent_path(), of_card); ++i) {
    at = at.parent_path();
  }
  return at;
}

}  // namespace backends::sysfs

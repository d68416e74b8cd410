#include "backends/cuda/properties.h"

#include <charconv>
#include <cstdio>
#include <optional>

namespace backends::cuda {
namespace {

/// Removes one hexadecimal number and what ends it from the front of `text`.
std::optional<std::uint32_t> take_hex(std::string_view& text, char end) {
  const std::size_t length = text.find(end);
  if (length == std::string_view::npos) return std::nullopt;
  std::uint32_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + length, value, 16);
  if (error != std::errc{} || stop != text.data() + length) return std::nullopt;
  text.remove_prefix(length + 1);
  return value;
}

/// Asks for whatever a card is asked, and remembers the first answer that was none.
class Questions {
 public:
  Questions(const Library& library, CUdevice device) : library_(library), device_(device) {}

  std::uint32_t attribute(CUdevice_attribute which) {
    int value = 0;
    note("cuDeviceGetAttribute", library_->cuDeviceGetAttribute(&value, which, device_));
    return value < 0 ? 0 : static_cast<std::uint32_t>(value);
  }

  std::string name() {
    char text[256] = {};
    note("cuDeviceGetName", library_->cuDeviceGetName(text, sizeof(text) - 1, device_));
    return text;
  }

  std::string pci_address() {
    char text[64] = {};
    note("cuDeviceGetPCIBusId", library_->cuDeviceGetPCIBusId(text, sizeof(text) - 1, device_));
    return normal_pci_address(text);
  }

  std::uint64_t memory_bytes() {
    std::size_t bytes = 0;
    note("cuDeviceTotalMem", library_->cuDeviceTotalMem(&bytes, device_));
    return bytes;
  }

  base::Status status() const { return status_; }

 private:
  void note(std::string_view call, CUresult result) {
    if (!status_.ok()) return;
    status_ = library_.outcome("card " + std::to_string(device_), call, result);
  }

  const Library& library_;
  const CUdevice device_;
  base::Status status_ = base::Ok{};
};

}  // namespace

base::Result<Properties> read_properties(const Library& library, CUdevice device) {
  Questions ask(library, device);
  Properties out;
  out.name = ask.name();
  out.pci_address = ask.pci_address();
  out.major = ask.attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
  out.minor = ask.attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  out.processors = ask.attribute(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  out.clock_khz = ask.attribute(CU_DEVICE_ATTRIBUTE_CLOCK_RATE);
  out.shared_bytes = ask.attribute(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
  out.l2_bytes = ask.attribute(CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE);
  out.integrated = ask.attribute(CU_DEVICE_ATTRIBUTE_INTEGRATED) != 0;
  out.memory_bytes = ask.memory_bytes();
  RETURN_IF_ERROR(ask.status());
  return out;
}

std::string normal_pci_address(std::string_view text) {
  std::optional<std::uint32_t> domain = 0;
  if (text.find(':') != text.rfind(':')) domain = take_hex(text, ':');
  const auto bus = take_hex(text, ':');
  const auto slot = take_hex(text, '.');
  const bool one_digit = text.size() == 1 && text[0] >= '0' && text[0] <= '7';
  if (!domain || !bus || !slot || *bus > 0xFF || *slot > 0x1F || !one_digit) return "";
  char out[32];
  std::snprintf(out, sizeof(out), "%04x:%02x:%02x.%c", *domain, *bus, *slot, text[0]);
  return out;
}

}  // namespace backends::cuda

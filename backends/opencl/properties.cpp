#include "backends/opencl/properties.h"

#include <algorithm>
#include <cstdio>
#include <type_traits>
#include <vector>

#include "base/bytes.h"

namespace backends::opencl {
namespace {

// Of cl_nv_device_attribute_query; <CL/cl_ext.h> lacks them.
constexpr cl_device_info kNvidiaPciBus = 0x4008;
constexpr cl_device_info kNvidiaPciSlot = 0x4009;  ///< device * 8 + function
constexpr cl_device_info kNvidiaPciDomain = 0x400A;

constexpr std::size_t kLongestText = 1 << 16;

/// A text as a platform tells it, without the blanks and zeros around it.
std::string tidy(std::string text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\0'; };
  while (!text.empty() && is_blank(text.back())) text.pop_back();
  const auto first = std::find_if_not(text.begin(), text.end(), is_blank);
  return base::printable({first, text.end()});
}

/// Reads a text by one of the clGet..Info calls.
template <class Get>
std::string ask_text(Get get) {
  std::size_t bytes = 0;
  if (get(0, nullptr, &bytes) != CL_SUCCESS || bytes > kLongestText) return "";
  std::string text(bytes, '\0');
  if (get(bytes, text.data(), nullptr) != CL_SUCCESS) return "";
  return text;
}

/// Asks a device; remembers the first question that it had to answer and did not.
class Questions {
 public:
  Questions(const Library& library, cl_device_id device) : library_(library), device_(device) {}

  template <class T>
  std::optional<T> maybe(cl_device_info what) const {
    T value{};
    std::size_t bytes = 0;
    if (library_->clGetDeviceInfo(device_, what, sizeof value, &value, &bytes) != CL_SUCCESS) {
      return std::nullopt;
    }
    if (bytes != sizeof value) return std::nullopt;
    return value;
  }

  template <class T>
  T must(cl_device_info what, const char* name) {
    T value{};
    const cl_int result = library_->clGetDeviceInfo(device_, what, sizeof value, &value, nullptr);
    if (result != CL_SUCCESS && status_.ok()) {
      status_ = Library::outcome("an OpenCL device", std::string("clGetDeviceInfo(") + name + ")",
                                 result);
    }
    return value;
  }

  std::string text(cl_device_info what) const {
    return ask_text([&](std::size_t size, void* to, std::size_t* bytes) {
      return library_->clGetDeviceInfo(device_, what, size, to, bytes);
    });
  }

  base::Status status() const { return status_; }

 private:
  const Library& library_;
  const cl_device_id device_;
  base::Status status_ = base::Ok{};
};

bool has_word(const std::string& words, std::string_view word) {
  return (" " + words + " ").find(" " + std::string(word) + " ") != std::string::npos;
}

std::string pci_address(const Questions& ask, const std::string& extensions) {
  if (has_word(extensions, "cl_khr_pci_bus_info")) {
    if (const auto bus = ask.maybe<cl_device_pci_bus_info_khr>(CL_DEVICE_PCI_BUS_INFO_KHR)) {
      return pci_text(bus->pci_domain, bus->pci_bus, bus->pci_device, bus->pci_function);
    }
  }
  if (has_word(extensions, "cl_nv_device_attribute_query")) {
    const auto bus = ask.maybe<cl_uint>(kNvidiaPciBus);
    const auto slot = ask.maybe<cl_uint>(kNvidiaPciSlot);
    const auto domain = ask.maybe<cl_uint>(kNvidiaPciDomain);
    if (bus && slot) return pci_text(domain.value_or(0), *bus, *slot >> 3, *slot & 7);
  }
  if (has_word(extensions, "cl_amd_device_attribute_query")) {
    const auto place = ask.maybe<cl_device_topology_amd>(CL_DEVICE_TOPOLOGY_AMD);
    if (place && place->raw.type == CL_DEVICE_TOPOLOGY_TYPE_PCIE_AMD) {
      const auto number = [](cl_char c) { return std::uint32_t{static_cast<std::uint8_t>(c)}; };
      return pci_text(0, number(place->pcie.bus), number(place->pcie.device),
                      number(place->pcie.function));
    }
  }
  return "";
}

Maker maker_of(const std::string& extensions) {
  if (has_word(extensions, "cl_nv_device_attribute_query")) return Maker::kNvidia;
  if (has_word(extensions, "cl_amd_device_attribute_query")) return Maker::kAmd;
  return Maker::kOther;
}

void read_dot(const Questions& ask, const std::string& extensions, Properties& out) {
  if (!has_word(extensions, "cl_khr_integer_dot_product")) return;
  const auto able = ask.maybe<cl_device_integer_dot_product_capabilities_khr>(
      CL_DEVICE_INTEGER_DOT_PRODUCT_CAPABILITIES_KHR);
  out.has_dot = able && (*able & CL_DEVICE_INTEGER_DOT_PRODUCT_INPUT_4x8BIT_PACKED_KHR) != 0;
  const auto fast = ask.maybe<cl_device_integer_dot_product_acceleration_properties_khr>(
      CL_DEVICE_INTEGER_DOT_PRODUCT_ACCELERATION_PROPERTIES_4x8BIT_PACKED_KHR);
  out.has_fast_dot = out.has_dot && fast && fast->signed_accelerated != CL_FALSE;
}

/// 30 of "OpenCL 3.0 ..."; 0 of anything else.
std::uint32_t version_number(const std::string& text) {
  constexpr std::string_view kBefore = "OpenCL ";
  const std::size_t at = kBefore.size();
  const auto is_digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.rfind(kBefore, 0) != 0 || text.size() < at + 3) return 0;
  if (!is_digit(at) || text[at + 1] != '.' || !is_digit(at + 2)) return 0;
  return static_cast<std::uint32_t>(10 * (text[at] - '0') + (text[at + 2] - '0'));
}

std::optional<std::string> find_defect(Questions& ask) {
  if (ask.must<cl_bool>(CL_DEVICE_AVAILABLE, "CL_DEVICE_AVAILABLE") == CL_FALSE) {
    return "is not available";
  }
  if (ask.must<cl_bool>(CL_DEVICE_COMPILER_AVAILABLE, "CL_DEVICE_COMPILER_AVAILABLE") == CL_FALSE) {
    return "has no compiler";
  }
  if (ask.must<cl_bool>(CL_DEVICE_ENDIAN_LITTLE, "CL_DEVICE_ENDIAN_LITTLE") == CL_FALSE) {
    return "is big-endian";
  }
  const std::string version = tidy(ask.text(CL_DEVICE_VERSION));
  if (version_number(version) < 12) return "has '" + version + "', and OpenCL 1.2 is needed";
  return std::nullopt;
}

void read_sizes(Questions& ask, Properties& out) {
  constexpr cl_uint kMostUnits = 65536;
  out.compute_units = std::clamp<cl_uint>(
      ask.must<cl_uint>(CL_DEVICE_MAX_COMPUTE_UNITS, "CL_DEVICE_MAX_COMPUTE_UNITS"), 1, kMostUnits);
  out.clock_mhz = ask.must<cl_uint>(CL_DEVICE_MAX_CLOCK_FREQUENCY, "CL_DEVICE_MAX_CLOCK_FREQUENCY");
  out.memory_bytes = ask.must<cl_ulong>(CL_DEVICE_GLOBAL_MEM_SIZE, "CL_DEVICE_GLOBAL_MEM_SIZE");
  out.largest_buffer_bytes =
      ask.must<cl_ulong>(CL_DEVICE_MAX_MEM_ALLOC_SIZE, "CL_DEVICE_MAX_MEM_ALLOC_SIZE");
  out.local_bytes = ask.must<cl_ulong>(CL_DEVICE_LOCAL_MEM_SIZE, "CL_DEVICE_LOCAL_MEM_SIZE");
  out.vector_ints =
      ask.must<cl_uint>(CL_DEVICE_NATIVE_VECTOR_WIDTH_INT, "CL_DEVICE_NATIVE_VECTOR_WIDTH_INT");
  out.version = version_number(tidy(ask.text(CL_DEVICE_VERSION)));
  out.group_items =
      ask.must<std::size_t>(CL_DEVICE_MAX_WORK_GROUP_SIZE, "CL_DEVICE_MAX_WORK_GROUP_SIZE");
}

}  // namespace

base::Result<Properties> read_properties(const Library& library, cl_platform_id platform,
                                         cl_device_id device) {
  Questions ask(library, device);
  std::string words = ask.text(CL_DEVICE_EXTENSIONS);
  while (!words.empty() && words.back() == '\0') words.pop_back();
  Properties out;
  out.chip = tidy(ask.text(CL_DEVICE_NAME));
  out.name = out.chip;
  out.platform = platform_text(library, platform, CL_PLATFORM_NAME) + ", " +
                 platform_text(library, platform, CL_PLATFORM_VERSION);
  out.driver = tidy(ask.text(CL_DRIVER_VERSION));
  const auto type = ask.must<cl_device_type>(CL_DEVICE_TYPE, "CL_DEVICE_TYPE");
  out.is_gpu = (type & CL_DEVICE_TYPE_GPU) != 0;
  out.is_unified =
      ask.must<cl_bool>(CL_DEVICE_HOST_UNIFIED_MEMORY, "CL_DEVICE_HOST_UNIFIED_MEMORY") != CL_FALSE;
  out.maker = maker_of(words);
  out.pci_address = pci_address(ask, words);
  if (out.maker == Maker::kAmd) {
    if (auto board = tidy(ask.text(CL_DEVICE_BOARD_NAME_AMD)); !board.empty()) out.name = board;
    out.tells_free_memory = free_memory(library, device).has_value();
  }
  if (out.maker == Maker::kNvidia) {
    out.capability = 10 * ask.maybe<cl_uint>(CL_DEVICE_COMPUTE_CAPABILITY_MAJOR_NV).value_or(0) +
                     ask.maybe<cl_uint>(CL_DEVICE_COMPUTE_CAPABILITY_MINOR_NV).value_or(0);
  }
  read_dot(ask, words, out);
  read_sizes(ask, out);
  out.defect = find_defect(ask);
  RETURN_IF_ERROR(ask.status());
  return out;
}

std::string platform_text(const Library& library, cl_platform_id platform, cl_platform_info what) {
  return tidy(ask_text([&](std::size_t size, void* to, std::size_t* bytes) {
    return library->clGetPlatformInfo(platform, what, size, to, bytes);
  }));
}

/// The extension answers in KiB: all that is free, and the largest piece of it.
std::optional<std::uint64_t> free_memory(const Library& library, cl_device_id device) {
  std::size_t kibibytes[2] = {};
  const cl_int result = library->clGetDeviceInfo(device, CL_DEVICE_GLOBAL_FREE_MEMORY_AMD,
                                                 sizeof kibibytes, &kibibytes, nullptr);
  if (result != CL_SUCCESS) return std::nullopt;
  return std::uint64_t{kibibytes[0]} << 10;
}

std::string pci_text(std::uint32_t domain, std::uint32_t bus, std::uint32_t device,
                     std::uint32_t function) {
  if (domain > 0xFFFF || bus > 0xFF || device > 0x1F || function > 7) return "";
  char out[32];
  std::snprintf(out, sizeof out, "%04x:%02x:%02x.%x", domain, bus, device, function);
  return out;
}

}  // namespace backends::opencl

#include "backends/cuda/backend.h"

#include <utility>

#include "backends/cuda/driver.h"
#include "backends/cuda/paths.h"
#include "backends/gpu/device.h"

namespace backends::cuda {
namespace {

constexpr std::int64_t kMaxGroup = 65536;
constexpr std::int64_t kMaxKeepFree = 1 << 20;
constexpr std::uint64_t kMebibyte = 1 << 20;

/// Of what we measure on.
constexpr std::uint32_t kMeasured = 90;

OptionSpec path_option() {
  OptionSpec path{.key = "path",
                  .type = OptionSpec::Type::kChoice,
                  .choices = {"auto"},
                  .default_value = "auto",
                  .meaning = "instructions to multiply with; auto: the fastest that runs there"};
  for (std::string& name : path_names()) path.choices.push_back(std::move(name));
  return path;
}

OptionSpec number_option(std::string_view key, std::int64_t max, std::string_view default_value,
                         std::string_view meaning) {
  return {.key = std::string(key),
          .type = OptionSpec::Type::kInteger,
          .max = max,
          .choices = {},
          .default_value = std::string(default_value),
          .meaning = std::string(meaning)};
}

std::vector<OptionSpec> make_options() {
  return {path_option(),
          number_option("group", kMaxGroup, "0",
                        "nonces that the card computes together; 0: as many as fill it"),
          number_option("keep_free", kMaxKeepFree, "256",
                        "MiB of the card's memory that are left to others")};
}

}  // namespace

CudaBackend::CudaBackend(std::string library_path, std::span<const void* const> images,
                         const BuiltFor& built)
    : library_path_(std::move(library_path)),
      images_(images),
      built_(built),
      options_(make_options()) {}

base::Status CudaBackend::load_library() {
  if (library_ != nullptr) return base::Ok{};
  ASSIGN_OR_RETURN(library_, Library::open(library_path_));
  return base::Ok{};
}

base::Result<CudaBackend::Card> CudaBackend::look_at(int number) const {
  Card card;
  const std::string label = "card " + std::to_string(number);
  RETURN_IF_ERROR(
      library_->outcome(label, "cuDeviceGet", (*library_)->cuDeviceGet(&card.device, number)));
  ASSIGN_OR_RETURN(card.properties, read_properties(*library_, card.device));
  ASSIGN_OR_RETURN(card.path, choose_path(card.properties, "auto", built_));
  return card;
}

base::Result<std::vector<DeviceInfo>> CudaBackend::probe() {
  RETURN_IF_ERROR(load_library());
  int count = 0;
  RETURN_IF_ERROR(library_->outcome("the NVIDIA driver", "cuDeviceGetCount",
                                    (*library_)->cuDeviceGetCount(&count)));
  cards_.clear();
  std::string left_out;
  for (int number = 0; number < count; ++number) {
    auto card = look_at(number);
    if (card.ok()) {
      cards_.push_back(std::move(card).value());
    } else {
      left_out += (left_out.empty() ? ": " : "; ") + card.message();
    }
  }
  if (cards_.empty()) return base::unavailable("no NVIDIA card to compute on" + left_out);
  std::vector<DeviceInfo> found;
  for (std::uint32_t i = 0; i < cards_.size(); ++i) found.push_back(describe(i, cards_[i].path));
  return found;
}

DeviceInfo CudaBackend::describe(std::uint32_t index, const gpu::ProductPath& path) const {
  const Properties& properties = cards_[index].properties;
  DeviceInfo info;
  info.backend = name();
  info.index = index;
  info.name = properties.name;
  info.pci_address = properties.pci_address;
  info.memory_bytes = properties.memory_bytes;
  info.path = path.name;
  if (properties.capability() != kMeasured) {
    info.note = "not yet measured on compute capability " + properties.capability_text();
  }
  return info;
}

/// While the result lives, the card is nobody else's.
base::Result<std::shared_ptr<const void>> CudaBackend::hold(std::uint32_t index) {
  const base::MutexLock lock(mutex_);
  if (held_.size() < cards_.size()) held_.resize(cards_.size());
  if (!held_[index].expired()) {
    return base::unavailable("cuda:" + std::to_string(index) + " is open already");
  }
  std::shared_ptr<const void> held = std::make_shared<const char>();
  held_[index] = held;
  return held;
}

base::Result<std::unique_ptr<Device>> CudaBackend::open(std::uint32_t index,
                                                        const OptionValues& values) {
  if (index >= cards_.size()) {
    return base::invalid("no device cuda:" + std::to_string(index) + " among " +
                         std::to_string(cards_.size()));
  }
  const Card& card = cards_[index];
  ASSIGN_OR_RETURN(const gpu::ProductPath path,
                   choose_path(card.properties, values.text("path"), built_));
  ASSIGN_OR_RETURN(auto held, hold(index));
  gpu::DeviceParts parts;
  parts.info = describe(index, path);
  parts.driver = std::make_unique<CudaDriver>(DriverParts{.library = library_.get(),
                                                          .device = card.device,
                                                          .label = parts.info.label(),
                                                          .images = images_,
                                                          .hold = std::move(held)});
  parts.capacity = {path, card.properties.processors,
                    estimated_macs_per_second(card.properties, path)};
  parts.group = static_cast<std::uint32_t>(values.integer("group"));
  parts.keep_free_bytes = static_cast<std::uint64_t>(values.integer("keep_free")) * kMebibyte;
  parts.clock = &clock_;
  return gpu::GpuDevice::open(std::move(parts));
}

}  // namespace backends::cuda

#include "backends/opencl/backend.h"

#include <cstdlib>
#include <utility>

#include "backends/opencl/device.h"

namespace backends::opencl {
namespace {

constexpr std::int64_t kMaxGroup = 65536;
constexpr std::int64_t kMaxKeepFree = 1 << 20;
constexpr std::int64_t kMaxLaunch = 10'000;
constexpr std::uint64_t kMebibyte = 1 << 20;

OptionSpec number_option(std::string_view key, std::int64_t max, std::string default_value,
                         std::string_view meaning) {
  return {.key = std::string(key),
          .type = OptionSpec::Type::kInteger,
          .max = max,
          .choices = {},
          .default_value = std::move(default_value),
          .meaning = std::string(meaning)};
}

std::vector<OptionSpec> make_options() {
  std::vector<OptionSpec> out = tile_options();
  out.push_back(number_option("group", kMaxGroup, "0",
                              "nonces that the device computes together, fewer where memory is "
                              "short; 0: as many as fill it"));
  out.push_back(number_option("keep_free", kMaxKeepFree, "200",
                              "MiB of the device's memory that are left to others"));
  out.push_back(number_option("max_launch_ms", kMaxLaunch, "100",
                              "milliseconds that one launch may take, so that a screen on the card "
                              "stays usable; 0: any"));
  out.push_back({.key = "cache",
                 .type = OptionSpec::Type::kText,
                 .choices = {},
                 .default_value = "",
                 .meaning = "folder of compiled kernels; empty: the user's cache; off: none",
                 .check = check_cache_option});
  return out;
}

/// Why a device does not mine unless it is named; empty for a card.
std::string reservation(const Properties& properties) {
  if (!properties.is_gpu) return "a processor, mines only when named: module cpu is faster";
  if (properties.is_unified) return "shares the host's memory, mines only when named";
  return "";
}

std::string join(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) all += (all.empty() ? "" : "; ") + line;
  return all;
}

}  // namespace

OpenClBackend::OpenClBackend(std::string library_path, std::string_view source,
                             base::Micros patience)
    : library_path_(std::move(library_path)),
      source_(source),
      patience_(patience),
      options_(make_options()) {}

/// Devices neither come nor go, and a process that has the library in use is not forked to ask
/// again.
base::Status OpenClBackend::look() {
  if (library_ != nullptr) return base::Ok{};
  ASSIGN_OR_RETURN(auto library, Library::open(library_path_));
  if (!trial_) {
    ASSIGN_OR_RETURN(trial_, try_platforms(library_path_, patience_));
  }
  if (trial_->vendors != nullptr) trial_->vendors->enter();
  auto listed = list_devices(*library, trial_->broken);
  if (trial_->vendors != nullptr) trial_->vendors->leave();
  ASSIGN_OR_RETURN(Listing listing, std::move(listed));
  seen_.clear();
  left_out_ = trial_->lines;
  left_out_.insert(left_out_.end(), listing.left_out.begin(), listing.left_out.end());
  for (Found& found : listing.devices) {
    const auto tile = choose_tile(found.properties, {});
    if (tile.ok()) {
      seen_.push_back({std::move(found), *tile});
    } else {
      left_out_.push_back(tile.message());
    }
  }
  if (seen_.empty()) {
    return base::unavailable(
        "no OpenCL device to compute on" +
        (left_out_.empty() ? "; install the driver of your card" : ": " + join(left_out_)));
  }
  library_ = std::move(library);
  return base::Ok{};
}

base::Result<std::vector<DeviceInfo>> OpenClBackend::probe() {
  RETURN_IF_ERROR(look());
  std::vector<DeviceInfo> found;
  for (std::uint32_t i = 0; i < seen_.size(); ++i) found.push_back(describe(i, seen_[i].tile));
  // The one place where they can be said beside devices that are here; lists cut a note's end.
  if (!left_out_.empty()) found.front().note = join(left_out_) + "; " + found.front().note;
  return found;
}

DeviceInfo OpenClBackend::describe(std::uint32_t index, const Tile& tile) const {
  const Properties& properties = seen_[index].found.properties;
  const std::string reserved = reservation(properties);
  DeviceInfo info;
  info.backend = name();
  info.index = index;
  info.name = properties.name;
  info.pci_address = properties.pci_address;
  info.memory_bytes = properties.memory_bytes;
  if (properties.tells_free_memory) {
    info.memory_free_bytes = free_memory(*library_, seen_[index].found.device);
  }
  info.path = path_name(tile.inner);
  info.kind = reserved.empty() ? DeviceKind::kGpu : DeviceKind::kReserved;
  info.note = reserved.empty() ? "not yet measured on this card" : reserved;
  return info;
}

/// While the result lives, the device is nobody else's; a processor has room for several.
base::Result<std::shared_ptr<const void>> OpenClBackend::hold(std::uint32_t index) {
  std::shared_ptr<const void> held = std::make_shared<const char>();
  if (!seen_[index].found.properties.is_gpu) return held;
  const base::MutexLock lock(mutex_);
  if (held_.size() < seen_.size()) held_.resize(seen_.size());
  if (!held_[index].expired()) {
    return base::unavailable("opencl:" + std::to_string(index) + " is open already");
  }
  held_[index] = held;
  return held;
}

/// A driver may lack the word by which its cards were to add four products: unless the owner asks
/// for it, fp32 then does, which needs none.
base::Result<std::unique_ptr<Device>> OpenClBackend::open(std::uint32_t index,
                                                          const OptionValues& values) {
  if (index >= seen_.size()) {
    return base::invalid("no device opencl:" + std::to_string(index) + " among " +
                         std::to_string(seen_.size()));
  }
  ASSIGN_OR_RETURN(const auto held, hold(index));
  TileWishes wishes = tile_wishes(values);
  ASSIGN_OR_RETURN(const Tile tile, choose_tile(seen_[index].found.properties, wishes));
  auto device = open_with(index, values, tile, held);
  const bool may_be_the_path = !device.ok() && device.error().fault == base::Fault::kDevice &&
                               wishes.path == "auto" && tile.inner == Inner::kDot4;
  if (!may_be_the_path) return device;
  if (news_) news_(index, "path fp32, since dot4 failed: " + device.message());
  wishes.path = path_name(Inner::kFp32);
  ASSIGN_OR_RETURN(const Tile plain, choose_tile(seen_[index].found.properties, wishes));
  return open_with(index, values, plain, held);
}

base::Result<std::unique_ptr<Device>> OpenClBackend::open_with(
    std::uint32_t index, const OptionValues& values, const Tile& tile,
    const std::shared_ptr<const void>& held) {
  DeviceParts parts;
  parts.hold = held;
  parts.info = describe(index, tile);
  parts.found = seen_[index].found;
  parts.library = library_.get();
  parts.tile = tile;
  parts.cache = BinaryCache(
      cache_folder(values.text("cache"), [](const char* name) { return std::getenv(name); }));
  parts.group = static_cast<std::uint32_t>(values.integer("group"));
  parts.keep_free_bytes = static_cast<std::uint64_t>(values.integer("keep_free")) * kMebibyte;
  parts.longest_launch = std::chrono::milliseconds(values.integer("max_launch_ms"));
  parts.clock = &clock_;
  parts.source = source_;
  if (news_) parts.news = [this, index](std::string_view doing) { news_(index, doing); };
  return OpenClDevice::open(std::move(parts));
}

}  // namespace backends::opencl

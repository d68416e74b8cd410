#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "backends/api/device.h"
#include "backends/api/device_info.h"
#include "backends/api/options.h"
#include "base/result.h"

namespace backends {

/// The devices of one vendor's way of computing, in a loadable module. Made once by the loader;
/// outlives every Device it opened. `configure` and `probe` are called on one thread before any
/// `open`; `open` may then be called from any thread, also at the same time.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual std::string_view name() const = 0;

  /// Every option it takes, backend-wide and per device.
  virtual std::span<const OptionSpec> options() const = 0;

  /// Takes the backend-wide options. (optional; default: nothing to set.)
  virtual base::Status configure(const OptionValues&) { return base::Ok{}; }

  /// The devices that are here, or one line why there are none ("no driver: ...").
  virtual base::Result<std::vector<DeviceInfo>> probe() = 0;

  /// Hears in a few words what an `open` is at that takes over a second ("compiling kernels"), on
  /// the thread that opens.
  using OpenNews = std::function<void(std::uint32_t index, std::string_view doing)>;
  /// Takes who is told from the next `open` on, or nobody. While no `open` is under way. (optional;
  /// default: every `open` is quick.)
  virtual void tell_open_news(OpenNews) {}

  /// Opens a device that `probe` named. The same device may be opened more than once where it can
  /// be shared (a CPU: one to mine, one to verify); else the second time is an error.
  virtual base::Result<std::unique_ptr<Device>> open(std::uint32_t index,
                                                     const OptionValues& options) = 0;
};

}  // namespace backends

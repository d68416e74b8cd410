#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/api/backend.h"
#include "backends/opencl/paths.h"
#include "backends/opencl/platforms.h"
#include "backends/opencl/program.h"
#include "backends/opencl/trial.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace backends::opencl {

/// Every device of every OpenCL platform, each GPU opened once at a time. Cards mine by default; a
/// GPU that shares the host's memory and a processor only when they are named. Platforms are first
/// asked in a process of their own, so that one that crashes costs itself alone.
class OpenClBackend final : public Backend {
 public:
  OpenClBackend() : OpenClBackend("libOpenCL.so.1", program_source()) {}
  /// With a library and kernels of a test's choice; `source` outlives the backend.
  OpenClBackend(std::string library_path, std::string_view source,
                base::Micros patience = kPatience);

  std::string_view name() const override { return "opencl"; }
  std::span<const OptionSpec> options() const override { return options_; }
  base::Result<std::vector<DeviceInfo>> probe() override;
  void tell_open_news(OpenNews news) override { news_ = std::move(news); }
  base::Result<std::unique_ptr<Device>> open(std::uint32_t index,
                                             const OptionValues& values) override;

 private:
  struct Seen {
    Found found;
    Tile tile;  ///< where the owner asks for nothing
  };

  base::Status look();
  DeviceInfo describe(std::uint32_t index, const Tile& tile) const;
  base::Result<std::shared_ptr<const void>> hold(std::uint32_t index);
  base::Result<std::unique_ptr<Device>> open_with(std::uint32_t index, const OptionValues& values,
                                                  const Tile& tile,
                                                  const std::shared_ptr<const void>& held);

  const std::string library_path_;
  const std::string_view source_;
  const base::Micros patience_;
  const std::vector<OptionSpec> options_;
  const base::SystemClock clock_;
  OpenNews news_;
  std::optional<Trial> trial_;              // from the first look that comes so far
  std::unique_ptr<const Library> library_;  // from the first look that sees a device
  std::vector<Seen> seen_;                  // by device index
  std::vector<std::string> left_out_;       // a line each
  base::Mutex mutex_;
  std::vector<std::weak_ptr<const void>> held_ GUARDED_BY(mutex_);  // by device index; while open
};

}  // namespace backends::opencl

#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backends/api/telemetry.h"
#include "backends/telemetry/nvml/library.h"
#include "base/owner_thread.h"

namespace backends::nvml {

/// The sensors of NVIDIA cards, by the library that comes with their driver. It is opened when
/// first asked for, and again as long as it cannot be, and shut down at the end. One thread; it may
/// be made and destroyed by another.
class NvmlTelemetry final : public Telemetry {
 public:
  /// `library_path`: the NVML library, or a name by which the system finds it.
  explicit NvmlTelemetry(std::string library_path);

  /// Looks anew at each call; cards that do not answer are left out.
  base::Result<std::vector<TelemetryCard>> cards() override;
  base::Result<TelemetrySample> sample(const std::string& label) override;

 private:
  base::Status open_library();

  const std::string library_path_;
  std::unique_ptr<Library> library_;       // null until it could be opened
  std::map<std::string, Device> devices_;  // by label, as last looked
  base::OwnerThread owner_;
};

}  // namespace backends::nvml

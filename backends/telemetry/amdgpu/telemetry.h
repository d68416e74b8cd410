#pragma once

#include <map>
#include <string>
#include <vector>

#include "backends/api/telemetry.h"
#include "backends/telemetry/sysfs/files.h"
#include "base/owner_thread.h"

namespace backends::amdgpu {

/// The sensors of AMD cards, as the kernel's driver amdgpu shows them in sysfs: what
/// Documentation/gpu/amdgpu/thermal.rst describes. One thread; it may be made and destroyed by
/// another.
class AmdgpuTelemetry final : public Telemetry {
 public:
  /// `sysfs`: where it is mounted, "/sys".
  explicit AmdgpuTelemetry(sysfs::Path sysfs);

  /// Looks anew at each call.
  base::Result<std::vector<TelemetryCard>> cards() override;
  base::Result<TelemetrySample> sample(const std::string& label) override;

 private:
  const sysfs::Path sysfs_;
  std::map<std::string, sysfs::Path> devices_;  // folders by label, as last looked
  base::OwnerThread owner_;
};

}  // namespace backends::amdgpu

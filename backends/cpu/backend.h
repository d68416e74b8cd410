#pragma once

#include <memory>
#include <vector>

#include "backends/api/backend.h"
#include "backends/cpu/machine.h"
#include "backends/cpu/model_cache.h"
#include "backends/cpu/team.h"
#include "base/clock.h"

namespace backends::cpu {

/// The processor of this machine: one device, which may be opened any number of times. Those opened
/// share the packed weights of a model.
class CpuBackend final : public Backend {
 public:
  CpuBackend() : CpuBackend(read_machine(), available_memory) {}
  /// On a machine of a test's choice.
  CpuBackend(Machine machine, AvailableMemory available);

  std::string_view name() const override { return "cpu"; }
  std::span<const OptionSpec> options() const override { return options_; }
  base::Result<std::vector<DeviceInfo>> probe() override;
  base::Result<std::unique_ptr<Device>> open(std::uint32_t index,
                                             const OptionValues& options) override;

 private:
  DeviceInfo describe(const Kernels& kernels) const;
  base::Result<std::unique_ptr<Team>> make_team(const OptionValues& options) const;

  const Machine machine_;
  const AvailableMemory available_;
  const std::vector<OptionSpec> options_;
  const base::SystemClock clock_;
  const std::shared_ptr<ModelCache> cache_;
};

}  // namespace backends::cpu

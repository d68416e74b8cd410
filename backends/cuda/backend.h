#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/api/backend.h"
#include "backends/cuda/images.h"
#include "backends/cuda/library.h"
#include "backends/cuda/properties.h"
#include "backends/gpu/product_path.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace backends::cuda {

/// NVIDIA's cards from compute capability 7.5 on, each opened once at a time. Cards that our
/// kernels do not run on are left out, to other modules; those that are left count from 0.
class CudaBackend final : public Backend {
 public:
  CudaBackend() : CudaBackend("libcuda.so.1", images(), built_for()) {}
  /// With a driver and kernels of a test's choice; `images` outlive the backend.
  CudaBackend(std::string library_path, std::span<const void* const> images,
              const BuiltFor& built = {});

  std::string_view name() const override { return "cuda"; }
  std::span<const OptionSpec> options() const override { return options_; }
  base::Result<std::vector<DeviceInfo>> probe() override;
  base::Result<std::unique_ptr<Device>> open(std::uint32_t index,
                                             const OptionValues& values) override;

 private:
  struct Card {
    CUdevice device = 0;
    Properties properties;
    gpu::ProductPath path;  ///< where the owner says "auto"
  };

  base::Status load_library();
  base::Result<Card> look_at(int number) const;
  DeviceInfo describe(std::uint32_t index, const gpu::ProductPath& path) const;
  base::Result<std::shared_ptr<const void>> hold(std::uint32_t index);

  const std::string library_path_;
  const std::span<const void* const> images_;
  const BuiltFor built_;
  const std::vector<OptionSpec> options_;
  const base::SystemClock clock_;
  std::unique_ptr<const Library> library_;  // from the first probe that finds one
  std::vector<Card> cards_;                 // by device index; of the last probe
  base::Mutex mutex_;
  std::vector<std::weak_ptr<const void>> held_ GUARDED_BY(mutex_);  // by device index; while open
};

}  // namespace backends::cuda

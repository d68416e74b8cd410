#pragma once

#include <cuda.h>

#include <array>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/cuda/library.h"
#include "backends/gpu/driver.h"

namespace backends::cuda {

/// Which card a driver is for, and with what.
struct DriverParts {
  const Library* library = nullptr;  ///< outlives the driver
  CUdevice device = 0;
  std::string label;                    ///< names the card in errors
  std::span<const void* const> images;  ///< of kernels, as images() gives them; outlive the driver
  std::shared_ptr<const void> hold{};   ///< kept until the card is given back; may be null
};

/// NVIDIA's driver for one card. Works in the card's primary context, which the process has once:
/// two of these for one card would share it, and the first that failed would take the other along.
class CudaDriver final : public gpu::Driver {
 public:
  /// Does nothing yet: `enter` does.
  explicit CudaDriver(DriverParts parts) : parts_(std::move(parts)) {}
  ~CudaDriver() override;
  CudaDriver(const CudaDriver&) = delete;
  CudaDriver& operator=(const CudaDriver&) = delete;

  base::Status enter() override;

  base::Result<gpu::MemoryState> memory() override;
  base::Result<gpu::Address> allocate(std::uint64_t bytes) override;
  void release(gpu::Address memory) noexcept override;
  base::Result<gpu::SharedMemory> allocate_shared(std::uint64_t bytes) override;
  void release_shared(const gpu::SharedMemory& memory) noexcept override;

  base::Result<gpu::Kernel> kernel(const std::string& name, std::uint32_t shared_bytes) override;
  base::Status launch(gpu::Queue queue, const gpu::Launch& launch) override;
  base::Status upload(gpu::Queue queue, gpu::Address to, const void* from,
                      std::uint64_t bytes) override;
  base::Status finish(gpu::Queue queue) override;

  base::Result<gpu::Event> make_event() override;
  base::Status record(gpu::Event event, gpu::Queue queue) override;
  base::Status wait(gpu::Event event) override;
  base::Result<base::Micros> between(gpu::Event earlier, gpu::Event later) override;

 private:
  base::Status open_context();
  base::Status make_current() const;
  base::Status make_streams();
  base::Status load_images();
  void give_back() noexcept;

  CUstream stream(gpu::Queue queue) const { return streams_[static_cast<std::size_t>(queue)]; }
  base::Status outcome(std::string_view call, CUresult result) const {
    return parts_.library->outcome(parts_.label, call, result);
  }
  base::Error too_large(std::string_view what, std::uint64_t bytes) const;

  const DriverParts parts_;
  CUcontext context_ = nullptr;
  std::array<CUstream, 2> streams_{};  // by Queue
  std::vector<CUmodule> modules_;
  std::vector<CUevent> events_;
  std::set<CUdeviceptr> memory_;
  std::set<void*> shared_;
};

}  // namespace backends::cuda

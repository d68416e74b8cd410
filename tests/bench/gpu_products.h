#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "backends/cuda/driver.h"
#include "backends/gpu/forward.h"
#include "poc/profile.h"

namespace bench {

/// Single kernels of a layer on the first card, on random activations and weights, launched below
/// the backend. Belongs to one thread. Throws std::exception where the card refuses.
class Products {
 public:
  /// For `rows` rows of activations, by the path of that name ("auto": the fastest).
  Products(const std::string& path, const poc::Profile& profile, std::uint32_t rows);

  const backends::gpu::ProductPath& path() const { return path_; }

  /// Seconds of the product of a tensor (POC_TENSOR_*) with its epilogue, over `repeats` in a row.
  double product(std::uint32_t tensor, int repeats);
  double norm(int repeats);
  double attention(int repeats);

 private:
  using Buffer = backends::gpu::Buffer;

  void open(const std::string& path);
  void allocate();
  void fill(const Buffer& buffer, std::uint64_t bytes);
  double time(int repeats, const backends::gpu::Launch& launch);
  backends::gpu::Stop stop() const;
  backends::gpu::Panels panels(const Buffer& buffer) const;

  const poc::Profile profile_;
  const std::uint32_t rows_;
  std::unique_ptr<const backends::cuda::Library> library_;
  backends::gpu::ProductPath path_;
  std::uint32_t processors_ = 0;
  std::unique_ptr<backends::gpu::Driver> driver_;
  backends::gpu::Kernels kernels_{};
  backends::gpu::Event began_ = nullptr;
  backends::gpu::Event ended_ = nullptr;
  Buffer a_, w_, wide_, x_, seen_;
};

}  // namespace bench

#include "tests/bench/gpu_products.h"

#include <algorithm>
#include <chrono>

#include "backends/cuda/images.h"
#include "backends/cuda/paths.h"
#include "backends/gpu/kernels/launch.h"
#include "poc/reference.h"
#include "tests/bench/need.h"

namespace bench {

namespace cuda = backends::cuda;
namespace gpu = backends::gpu;

Products::Products(const std::string& path, const poc::Profile& profile, std::uint32_t rows)
    : profile_(profile), rows_(gpu::round_up(rows, gpu::kRowStep)) {
  open(path);
  allocate();
}

void Products::open(const std::string& path) {
  library_ = need(cuda::Library::open("libcuda.so.1"));
  CUdevice card = 0;
  need_ok(library_->outcome("card 0", "cuDeviceGet", (*library_)->cuDeviceGet(&card, 0)));
  const auto properties = need(cuda::read_properties(*library_, card));
  path_ = need(cuda::choose_path(properties, path));
  processors_ = properties.processors;
  driver_ = std::make_unique<cuda::CudaDriver>(cuda::DriverParts{.library = library_.get(),
                                                                 .device = card,
                                                                 .label = "card 0",
                                                                 .images = cuda::images(),
                                                                 .hold = nullptr});
  need_ok(driver_->enter());
  kernels_ = need(gpu::Kernels::load(*driver_, path_));
  began_ = need(driver_->make_event());
  ended_ = need(driver_->make_event());
}

void Products::allocate() {
  const std::uint64_t dim = profile_.dim;
  const std::uint64_t ffn = profile_.ffn;
  const std::uint64_t widest =
      gpu::round_up(std::max(3 * profile_.dim, 2 * profile_.ffn), gpu::kRowStep);
  const std::uint64_t weights =
      std::max(widest * dim, gpu::round_up(profile_.dim, gpu::kRowStep) * ffn);
  const std::uint64_t wide = rows_ * std::max(3 * dim, ffn);
  const std::uint64_t narrow = rows_ * std::max(dim, ffn);
  a_ = need(Buffer::make(*driver_, narrow));
  w_ = need(Buffer::make(*driver_, weights));
  wide_ = need(Buffer::make(*driver_, wide));
  x_ = need(Buffer::make(*driver_, rows_ * dim * sizeof(std::int16_t)));
  seen_ = need(Buffer::make(*driver_, 256));
  const std::uint32_t zeros[64] = {};
  need_ok(driver_->upload(gpu::Queue::kRace, seen_.address(), zeros, sizeof zeros));
  fill(a_, narrow);
  fill(w_, weights);
  fill(wide_, wide);
  fill(x_, rows_ * dim * sizeof(std::int16_t));
}

/// Values of a key stream: zeros would flatter the rate.
void Products::fill(const Buffer& buffer, std::uint64_t bytes) {
  gpu::WeightsArguments args{};
  args.inputs = gpu::kPanelColumns;
  args.ffn = profile_.ffn;
  args.blocks = static_cast<std::uint32_t>(bytes / 64);
  args.weights = {buffer.as<std::uint8_t>(), 0};
  need_ok(driver_->launch(gpu::Queue::kRace, {.kernel = kernels_.make_weights,
                                              .blocks = args.blocks / gpu::kThreads + 1,
                                              .threads = gpu::kThreads,
                                              .arguments = &args}));
}

gpu::Stop Products::stop() const {
  return {seen_.as<std::uint32_t>(), seen_.as<std::uint32_t>() + 32, 1};
}

gpu::Panels Products::panels(const Buffer& buffer) const {
  return {buffer.as<std::uint8_t>(), std::uint64_t{rows_} * gpu::kPanelRowBytes};
}

double Products::product(std::uint32_t tensor, int repeats) {
  const auto shape = poc::tensor_shape(profile_, tensor);
  const bool adds = tensor == POC_TENSOR_OUT || tensor == POC_TENSOR_DOWN;
  gpu::ProductArguments args{};
  args.stop = stop();
  args.a = panels(a_);
  args.w = {w_.as<std::uint8_t>(),
            std::uint64_t{gpu::round_up(shape.outputs, gpu::kRowStep)} * gpu::kPanelRowBytes};
  args.rows = rows_;
  args.outputs = shape.outputs;
  args.inputs = shape.inputs;
  args.factor = poc::factor(shape.inputs, adds ? POC_GAIN_ATTENTION : POC_GAIN_NARROW);
  args.narrowed = panels(wide_);
  args.x = x_.as<std::int16_t>();
  const gpu::Kernel narrow = tensor == POC_TENSOR_QKV ? kernels_.narrow : kernels_.gate;
  return time(repeats, {.kernel = adds ? kernels_.add : narrow,
                        .blocks = gpu::product_blocks(path_, args, processors_),
                        .threads = path_.threads,
                        .shared_bytes = path_.shared_bytes,
                        .arguments = &args});
}

double Products::norm(int repeats) {
  gpu::NormArguments args{stop(), x_.as<std::int16_t>(), panels(a_), rows_, profile_.dim, false};
  return time(repeats, {.kernel = kernels_.norm,
                        .blocks = rows_ / gpu::kNormRows,
                        .threads = gpu::kNormThreads,
                        .arguments = &args});
}

double Products::attention(int repeats) {
  const std::uint32_t count = rows_ / POC_TOKENS;
  gpu::AttentionArguments args{stop(), panels(wide_), panels(a_), count, profile_.heads(), false};
  return time(repeats, {.kernel = kernels_.attention,
                        .blocks = count * profile_.heads() / gpu::kAttentionHeads,
                        .threads = gpu::kAttentionThreads,
                        .arguments = &args});
}

double Products::time(int repeats, const gpu::Launch& launch) {
  need_ok(driver_->record(began_, gpu::Queue::kRace));
  for (int i = 0; i < repeats; ++i) need_ok(driver_->launch(gpu::Queue::kRace, launch));
  need_ok(driver_->record(ended_, gpu::Queue::kRace));
  need_ok(driver_->wait(ended_));
  using Seconds = std::chrono::duration<double>;
  return Seconds(need(driver_->between(began_, ended_))).count() / repeats;
}

}  // namespace bench

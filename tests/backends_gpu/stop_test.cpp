#include "backends/gpu/kernels/launch.h"
#include "backends/gpu/product_path.h"
#include "tests/backends_gpu/kernel_bench.h"

// What kernels do once a race was asked to end.

namespace backends::gpu {
namespace {

constexpr std::uint32_t kDim = 256;
constexpr std::uint32_t kCount = 3;
constexpr std::uint32_t kRows = kCount * POC_TOKENS;

class Stopping : public EachKernel {};
INSTANTIATE_EACH_ORDER(Stopping);

TEST_P(Stopping, InputsAreNotMade) {
  const DeviceArray<std::uint8_t> keys(driver_, std::vector<std::uint8_t>(kCount * 32));
  const DeviceResidual x(driver_, kRows, kDim);
  const auto before = x.values();
  bench_.set_seen(KernelBench::kGeneration);
  InputArguments args{};
  args.stop = bench_.stop();
  args.keys = keys.data();
  args.count = kCount;
  args.dim = kDim;
  args.x = x.data();
  bench_.run("make_input", kRows * kDim / 64, kThreads, kThreads, args);
  EXPECT_EQ(x.values(), before);
}

TEST_P(Stopping, RowsAreNotNormed) {
  const DeviceResidual x(driver_, std::vector<std::int16_t>(kRows * kDim, 100), kDim);
  const DeviceMatrix y(driver_, kRows, kDim);
  bench_.set_seen(KernelBench::kGeneration + 1);
  NormArguments args{};
  args.stop = bench_.stop();
  args.x = x.data();
  args.y = y.panels();
  args.rows = kRows;
  args.dim = kDim;
  bench_.run("norm_all", kRows, kNormRows, kNormThreads, args);
  EXPECT_TRUE(y.untouched_from(0));
}

TEST_P(Stopping, RowsAreNotHashed) {
  const DeviceMatrix y(driver_, kRows, kDim);
  const DeviceArray<std::uint8_t> hashes(driver_, std::size_t{kRows} * 32);
  bench_.set_seen(KernelBench::kGeneration);
  RowHashArguments args{};
  args.stop = bench_.stop();
  args.y = y.panels();
  args.hashes = hashes.data();
  args.rows = kRows;
  args.dim = kDim;
  bench_.run("hash_rows", kRows, kHashThreads, kHashThreads, args);
  EXPECT_THAT(hashes.values(), testing::Each(kPoisonByte));
}

TEST_P(Stopping, ProductsAreNotComputed) {
  const DeviceMatrix a(driver_, kRows, kDim);
  const DeviceMatrix w(driver_, 2 * kDim, kDim);
  const DeviceMatrix out(driver_, kRows, 2 * kDim);
  const DeviceResidual x(driver_, kRows, 2 * kDim);
  const auto before = x.values();
  bench_.set_seen(KernelBench::kGeneration);
  ProductArguments args{};
  args.stop = bench_.stop();
  args.a = a.panels();
  args.w = w.panels();
  args.rows = kRows;
  args.outputs = 2 * kDim;
  args.inputs = kDim;
  args.factor = poc::factor(kDim, POC_GAIN_NARROW);
  args.narrowed = out.panels();
  args.x = x.data();
  for (const ProductPath& path : shared_paths()) {
    for (const char* epilogue : {"_narrow", "_gate", "_add"}) {
      bench_.run("product_" + std::string(path.name) + epilogue, 2, 1, path.threads, args,
                 path.shared_bytes);
    }
  }
  EXPECT_TRUE(out.untouched_from(0));
  EXPECT_EQ(x.values(), before);
}

TEST_P(Stopping, AReportSaysThatTheGroupWasSkipped) {
  const DeviceArray<std::uint32_t> found(driver_, std::vector{3U});
  const DeviceArray<Report> report(driver_, 1);
  ReportArguments args{};
  args.stop = bench_.stop();
  args.found = found.data();
  args.report = report.data();
  const auto computed = [&] {
    bench_.run("report_group", 1, 1, 32, args);
    return report.data()->computed;
  };
  bench_.set_seen(KernelBench::kGeneration - 1);
  EXPECT_EQ(computed(), 1U);
  bench_.set_seen(KernelBench::kGeneration);
  EXPECT_EQ(computed(), 0U);
}

/// The host's word changes while attention runs: that launch may or may not heed it, as long as
/// every warp does so as one (the emulator reports one that does not); the next must.
TEST_P(Stopping, AttentionFetchesTheHostsWord) {
  const DeviceMatrix qkv(
      driver_, random_values<std::int8_t>(random_, std::size_t{kRows} * 3 * kDim, 127), 3 * kDim);
  AttentionArguments args{};
  args.stop = bench_.stop();
  args.qkv = qkv.panels();
  args.count = kCount;
  args.heads = kDim / POC_HEAD_DIM;
  for (const std::string& kernel : attention_kernels()) {
    for (const std::uint32_t asked :
         {KernelBench::kGeneration - 1, KernelBench::kGeneration, KernelBench::kGeneration + 1}) {
      const DeviceMatrix first(driver_, kRows, kDim);
      const DeviceMatrix second(driver_, kRows, kDim);
      bench_.set_seen(0);
      bench_.ask(asked);
      for (const DeviceMatrix* o : {&first, &second}) {
        args.o = o->panels();
        bench_.run(kernel, kCount * args.heads, kAttentionHeads, kAttentionThreads, args);
        EXPECT_EQ(bench_.seen(), asked);
      }
      EXPECT_EQ(second.untouched_from(0), asked >= KernelBench::kGeneration) << kernel;
    }
  }
}

}  // namespace
}  // namespace backends::gpu

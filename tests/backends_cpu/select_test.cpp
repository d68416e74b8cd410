#include "backends/cpu/isa/select.h"

#include "tests/backends_cpu/paths.h"

namespace backends::cpu {
namespace {

std::string selected(std::string_view path, const CpuFeatures& features) {
  const auto kernels = select_kernels(path, features);
  return kernels.ok() ? std::string((*kernels)->name) : "error";
}

TEST(SelectKernels, IsATableOfFeatures) {
  const CpuFeatures none;
  EXPECT_EQ(selected("auto", none), "scalar");
  EXPECT_EQ(selected("scalar", none), "scalar");
  EXPECT_EQ(selected("avx2", none), "error");
#if defined(__x86_64__)
  const CpuFeatures avx2{.avx2 = true};
  EXPECT_EQ(selected("auto", avx2), "avx2");
  EXPECT_EQ(selected("scalar", avx2), "scalar");
  EXPECT_EQ(selected("avx512", avx2), "error");
  const CpuFeatures avx_vnni{.avx2 = true, .avx_vnni = true};
  EXPECT_EQ(selected("auto", avx_vnni), "avxvnni");
  EXPECT_EQ(selected("avx2", avx_vnni), "avx2");
  const CpuFeatures avx512{.avx2 = true, .avx512_vnni = true};
  EXPECT_EQ(selected("auto", avx512), "avx512");
  EXPECT_EQ(selected("avx2", avx512), "avx2");
  EXPECT_EQ(selected("amx", avx512), "error");
  const CpuFeatures amx{.avx2 = true, .avx512_vnni = true, .amx_int8 = true};
  EXPECT_EQ(selected("auto", amx), "amx");
  EXPECT_EQ(selected("avx512", amx), "avx512");
  const CpuFeatures tiles_alone{.avx2 = true, .amx_int8 = true};
  EXPECT_EQ(selected("auto", tiles_alone), "avx2");
  EXPECT_EQ(selected("avx2", avx2), "avx2");
#endif
}

TEST(SelectKernels, ErrorNamesThePathAndWhatWouldRun) {
  const auto kernels = select_kernels("avx2", CpuFeatures{});
  ASSERT_FALSE(kernels.ok());
  EXPECT_EQ(kernels.error().fault, base::Fault::kUnavailable);
  EXPECT_EQ(kernels.message(), "path 'avx2' does not run on this processor; scalar would");
}

TEST(SelectKernels, TheLastPathRunsAnywhereAndNamesDiffer) {
  EXPECT_TRUE(all_paths().back().runs_on(CpuFeatures{}));
  std::vector<std::string_view> names;
  for (const Path& path : all_paths()) {
    EXPECT_THAT(names, testing::Not(testing::Contains(path.kernels->name)));
    names.push_back(path.kernels->name);
  }
}

}  // namespace
}  // namespace backends::cpu

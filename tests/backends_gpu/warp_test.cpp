#include "tests/backends_gpu/warp.h"

#include <algorithm>
#include <cstring>

#include "tests/backends_gpu/emulation.h"
#include "tests/backends_gpu/emulation_bench.h"

// What the lanes of a warp compute together, and the words of four bytes, against plain loops.

namespace backends::gpu {
namespace {

class Warps : public EachOrder {};
INSTANTIATE_EACH_ORDER(Warps);

struct ExchangeArguments {
  std::int32_t* out;  // [32 masks][32]
};

GPU_KERNEL(test_exchange, ExchangeArguments, 32, 1) {
  const auto self = static_cast<std::int32_t>(thread_index());
  for (std::int32_t mask = 0; mask < 32; ++mask) {
    args.out[32 * mask + self] = warp_exchange(-1000 - self, mask);
  }
}

TEST_P(Warps, ExchangeGivesTheOtherLanesValue) {
  std::vector<std::int32_t> out(1024);
  ASSERT_EQ(run_kernel("test_exchange", {1, 32, 0, order()}, ExchangeArguments{out.data()}), "");
  for (int i = 0; i < 1024; ++i) {
    EXPECT_EQ(out[static_cast<std::size_t>(i)], -1000 - (i % 32 ^ i / 32));
  }
}

constexpr std::uint32_t kTerms = 32;

/// C += A B for 16 x 32 activations and 32 x 8 weights, the weights by their columns.
struct MatrixArguments {
  const std::int8_t* a;  // [16][32]
  const std::int8_t* b;  // [8][32]
  std::int32_t* c;       // [16][8]
};

std::vector<std::int32_t> plain_product(const MatrixArguments& m, std::vector<std::int32_t> c) {
  for (std::size_t i = 0; i < c.size(); ++i) {
    for (std::size_t k = 0; k < kTerms; ++k) {
      c[i] += m.a[i / 8 * kTerms + k] * m.b[i % 8 * kTerms + k];
    }
  }
  return c;
}

/// Element by element as PTX ISA numbers them: a0..a15, b0..b7, c0..c3 of a lane.
GPU_KERNEL(test_fragments, MatrixArguments, 32, 1) {
  const std::uint32_t group = thread_index() >> 2;
  const std::uint32_t in_group = thread_index() % 4;
  std::uint8_t a_bytes[16];
  for (std::uint32_t i = 0; i < 16; ++i) {
    const std::uint32_t row = i < 4 || (8 <= i && i < 12) ? group : group + 8;
    const std::uint32_t column = in_group * 4 + (i & 3) + (i < 8 ? 0 : 16);
    a_bytes[i] = static_cast<std::uint8_t>(args.a[row * kTerms + column]);
  }
  std::uint8_t b_bytes[8];
  for (std::uint32_t i = 0; i < 8; ++i) {
    const std::uint32_t row = in_group * 4 + (i & 3) + (i < 4 ? 0 : 16);
    b_bytes[i] = static_cast<std::uint8_t>(args.b[group * kTerms + row]);
  }
  std::uint32_t a[4];
  std::uint32_t b[2];
  std::memcpy(a, a_bytes, sizeof a);
  std::memcpy(b, b_bytes, sizeof b);
  const auto place = [=](std::uint32_t i) {
    return (i < 2 ? group : group + 8) * 8 + in_group * 2 + (i & 1);
  };
  std::int32_t sums[4];
  for (std::uint32_t i = 0; i < 4; ++i) sums[i] = args.c[place(i)];
  multiply_16x8x32(sums, a, b);
  for (std::uint32_t i = 0; i < 4; ++i) args.c[place(i)] = sums[i];
}

/// The same with both factors by way of shared memory and load_matrices, as the products do it.
GPU_KERNEL(test_loaded_matrices, MatrixArguments, 32, 1) {
  GPU_SHARED(std::int8_t, a_rows, 16 * kTerms);
  GPU_SHARED(std::int8_t, b_rows, 8 * kTerms);
  const std::uint32_t lane = thread_index();
  std::copy_n(args.a + 16 * lane, 16, a_rows + 16 * lane);
  if (lane < 16) std::copy_n(args.b + 16 * lane, 16, b_rows + 16 * lane);
  warp_sync();
  // Of A, matrices 0 and 1 are rows 0..7 and 8..15 of the first 16 terms, 2 and 3 of the others; of
  // B, matrices 0 and 1 are the first and the other terms, and 2 and 3 the same again.
  std::uint32_t a[4];
  load_matrices(a_rows + lane % 16 * kTerms + lane / 16 * 16, a);
  std::uint32_t b[4];
  load_matrices(b_rows + lane % 8 * kTerms + lane / 8 % 2 * 16, b);
  std::int32_t* c = args.c + lane / 4 * 8 + lane % 4 * 2;
  std::int32_t sums[4] = {c[0], c[1], c[64], c[65]};
  multiply_16x8x32(sums, a, {b[0], b[1]});
  if (b[0] != b[2] || b[1] != b[3]) sums[0] = -1;
  c[0] = sums[0];
  c[1] = sums[1];
  c[64] = sums[2];
  c[65] = sums[3];
}

TEST_P(Warps, MultiplyMatricesAsAPlainLoop) {
  Random random(1);
  for (const int limit : {1, 64, 127}) {
    for (const char* kernel : {"test_fragments", "test_loaded_matrices"}) {
      const auto a = random_values<std::int8_t>(random, 16 * kTerms, limit);
      const auto b = random_values<std::int8_t>(random, 8 * kTerms, limit);
      auto c = random_values<std::int32_t>(random, 16 * 8, 1 << 20);
      const MatrixArguments arguments{a.data(), b.data(), c.data()};
      const auto expected = plain_product(arguments, c);
      ASSERT_EQ(run_kernel(kernel, {1, 32, 0, order()}, arguments), "");
      EXPECT_EQ(c, expected) << kernel;
    }
  }
}

TEST_P(Warps, MultiplyTheLargestFactors) {
  for (const int sign : {-1, 1}) {
    const std::vector<std::int8_t> a(16 * kTerms, std::int8_t{-128});
    const std::vector<std::int8_t> b(8 * kTerms, static_cast<std::int8_t>(sign < 0 ? 127 : -128));
    std::vector<std::int32_t> c(16 * 8, 5);
    ASSERT_EQ(run_kernel("test_fragments", {1, 32, 0, order()},
                         MatrixArguments{a.data(), b.data(), c.data()}),
              "");
    EXPECT_THAT(c, testing::Each(5 + 32 * -128 * (sign < 0 ? 127 : -128)));
  }
}

TEST(Words, Dot4TakesSignedBytes) {
  EXPECT_EQ(dot4(0x04030201, 0x01010101, 100), 110);
  EXPECT_EQ(dot4(0x807f80ff, 0x80807f01, -5), -5 + 128 * 128 - 127 * 128 - 128 * 127 - 1);
}

TEST(Words, BytePermutePicksFromBoth) {
  EXPECT_EQ(byte_permute(0x33221100, 0x77665544, 0x3210), 0x33221100U);
  EXPECT_EQ(byte_permute(0x33221100, 0x77665544, 0x7654), 0x77665544U);
  EXPECT_EQ(byte_permute(0x33221100, 0x77665544, 0x0527), 0x00552277U);
  EXPECT_EQ(byte_permute(0x33221100, 0x77665544, 0xfedc), 0x77665544U) << "& 7";
}

TEST(Words, SquareRootIsNearlyRight) {
  EXPECT_NE(square_root(1.0e6F), 1000.0F);
  EXPECT_NEAR(square_root(1.0e6F), 1000.0F, 1.0e-3F);
  EXPECT_NEAR(square_root(0), 0, 1.0e-6F);
}

TEST(Words, PackClampedClampsToOneHundredAndTwentySevenOfEitherSign) {
  EXPECT_EQ(pack_clamped(1, -1, 127, -127), 0x817fff01U);
  EXPECT_EQ(pack_clamped(128, -128, 2147483647, -2147483647 - 1), 0x817f817fU);
  EXPECT_EQ(pack_clamped(0, 0, 0, -3), 0xfd000000U);
}

TEST(Words, HighHalvesArePackedJoinedAndClamped) {
  constexpr std::int32_t kOne = 0x10000;
  EXPECT_EQ(pack_clamped_high(kOne, -1, 200 * kOne, -128 * kOne), 0x817fff01U);
  EXPECT_EQ(pack_clamped_high(kOne - 1, 127 * kOne + 5, -127 * kOne, -127 * kOne - 1), 0x81817f00U);
  EXPECT_EQ(join_high_halves(kOne + 7, -1), 0xffff0001U);
  EXPECT_EQ(join_high_halves(-kOne - 1, 300 * kOne), 0x012cfffeU);
  EXPECT_EQ(clamp_halves(0x012cfffe), 0x007ffffeU);
  EXPECT_EQ(clamp_halves(0x80000080), 0xff81007fU);
}

TEST(Words, JoinClampedClampsToHalves) {
  EXPECT_EQ(join_clamped(1, -1), 0xffff0001U);
  EXPECT_EQ(join_clamped(32768, -32768), 0x80017fffU);
  EXPECT_EQ(join_clamped(-2147483647 - 1, 2147483647), 0x7fff8001U);
}

TEST(Words, MaxOfIsTheLargest) {
  EXPECT_EQ(max_of(1, 2, 3), 3);
  EXPECT_EQ(max_of(3, 2, 1), 3);
  EXPECT_EQ(max_of(-3, -1, -2), -1);
}

}  // namespace
}  // namespace backends::gpu

#include "poc/reference.h"
#include "tests/backends_cpu/models.h"
#include "tests/backends_cpu/paths.h"

// Weights, inputs and digests of each path against the plain streams and hashes.

namespace backends::cpu {
namespace {

class StreamKernels : public EachPath {};
INSTANTIATE_EACH_PATH(StreamKernels);

struct alignas(64) Line {
  std::int8_t bytes[64];
};

TEST_P(StreamKernels, WeightsAreTheKeyStreamDecodedAndPacked) {
  Random random(21);
  std::uint8_t key[32];
  for (std::uint8_t& byte : key) byte = static_cast<std::uint8_t>(random());
  for (const std::size_t inputs : {128U, 384U, 2048U, 6144U, 32768U}) {
    for (const std::uint32_t block : {0U, 1U, 37U}) {
      const poc::ChaChaState stream = poc::chacha_init(key, 3, 2, 0);
      const auto first = static_cast<std::uint32_t>(block * kBlockOutputs * inputs / 64);
      std::vector<std::uint8_t> plain(kBlockOutputs * inputs);
      poc::chacha_stream(stream, first, plain.data(), plain.size());

      std::vector<Line> lines(plain.size() / sizeof(Line) + 2, Line{{99, 99, 99}});
      std::int32_t corrections[kBlockOutputs + 2] = {5, 5};
      corrections[kBlockOutputs + 1] = 5;
      kernels().make_weights({stream, first, inputs, lines[1].bytes, corrections + 1});

      std::size_t wrong = 0;
      for (std::size_t n = 0; n < kBlockOutputs; ++n) {
        std::int32_t sum = 0;
        for (std::size_t j = 0; j < inputs; ++j) {
          const std::int8_t expected = poc::decode(plain[n * inputs + j]);
          const std::size_t at = packed_offset(n, j);
          if (lines[1 + at / 64].bytes[at % 64] != expected) ++wrong;
          sum += expected;
        }
        EXPECT_EQ(corrections[1 + n], -128 * sum);
      }
      EXPECT_EQ(wrong, 0U) << inputs << " inputs, block " << block;
      EXPECT_EQ(lines.front().bytes[2], 99);  // nothing written before or behind
      EXPECT_EQ(lines.back().bytes[0], 99);
      EXPECT_EQ(corrections[0], 5);
      EXPECT_EQ(corrections[kBlockOutputs + 1], 5);
    }
  }
}

TEST_P(StreamKernels, InputsEqualTheReferences) {
  for (const std::uint32_t dim : {128U, 384U, 2048U, 8192U}) {
    for (const poc::InputKey& key : some_keys(3, 17)) {
      std::vector<std::int16_t> x(POC_TOKENS * dim);
      kernels().make_input(key, dim, x.data());
      EXPECT_EQ(x, poc::reference::make_input(key, dim)) << dim;
    }
  }
}

TEST_P(StreamKernels, DigestsEqualTheReferences) {
  Random random(22);
  for (const std::uint32_t dim : {128U, 384U, 2048U, 8192U}) {
    const auto y = random_values<std::int8_t>(random, std::size_t{POC_TOKENS} * dim, 127);
    poc::Digest digest{};
    kernels().digest(tiled(y, dim).data(), dim, digest);
    EXPECT_EQ(digest, poc::reference::digest_rows(y, dim)) << dim;
  }
}

// Every element of activations has a place of its own, and 16 rows by 64 columns lie together.
TEST(TiledFormat, IsAPermutationOfTheRows) {
  constexpr std::size_t kWidth = 256;
  constexpr std::size_t kRows = 48;
  std::vector<int> seen(kRows * kWidth);
  for (std::size_t row = 0; row < kRows; ++row) {
    for (std::size_t column = 0; column < kWidth; ++column) {
      const std::size_t at = tiled_offset(row, column, kWidth);
      EXPECT_EQ(at / kTileBytes, row / 16 * (kWidth / 64) + column / 64);
      ++seen[at];
    }
  }
  EXPECT_THAT(seen, testing::Each(1));
}

// A line is 16 outputs by four inputs, and offsets cover a block exactly once.
TEST(PackedFormat, IsAPermutationOfTheBlock) {
  constexpr std::size_t kInputs = 256;
  std::vector<int> seen(kBlockOutputs * kInputs);
  for (std::size_t n = 0; n < kBlockOutputs; ++n) {
    for (std::size_t j = 0; j < kInputs; ++j) {
      const std::size_t at = packed_offset(n, j);
      EXPECT_EQ(at / 64, j / 4);
      ++seen[at];
    }
  }
  EXPECT_THAT(seen, testing::Each(1));
}

TEST(PackedFormat, OffsetActivationsAreTheTopBitFlipped) {
  for (int a = -127; a <= 127; ++a) {
    const auto plain = static_cast<std::int8_t>(a);
    EXPECT_EQ(offset_activation(plain), static_cast<std::uint8_t>(plain) ^ 0x80);
    EXPECT_EQ(plain_activation(offset_activation(plain)), plain);
  }
}

}  // namespace
}  // namespace backends::cpu

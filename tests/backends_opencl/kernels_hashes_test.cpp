#include <algorithm>
#include <map>

#include "poc/keys.h"
#include "poc/params.h"
#include "tests/backends_opencl/kernels_harness.h"

// What becomes of the final state: hashes of its rows, digests, tickets.

namespace backends::opencl {
namespace {

class KernelHashes : public EachTile {};
INSTANTIATE_EACH_TILE(KernelHashes);

base::Bytes32 bytes32(const std::uint8_t* from) {
  base::Bytes32 out;
  std::copy_n(from, out.size(), out.begin());
  return out;
}

TEST_P(KernelHashes, RowHashesAreSha256) {
  for (const std::uint32_t dim : {128U, 384U, 2048U}) {
    for (const std::uint32_t rows : {16U, 48U, 272U}) {
      const auto y = random_values<std::int8_t>(random_, std::size_t{rows} * dim, 127);
      const DeviceMatrix<std::int8_t> in(tile(), Layout::kActivations, std::span(y), dim);
      const DeviceMemory hashes(std::size_t{32} * rows);
      run_in_parts(rows, [&](std::uint32_t first, std::uint32_t groups) {
        run_groups("hash_rows", groups, kItems, hashes, in.memory(), first, rows, dim);
      });
      const auto made = hashes.read();
      for (std::size_t i = 0; i < rows; ++i) {
        const std::vector<std::uint8_t> row(y.begin() + static_cast<std::ptrdiff_t>(i * dim),
                                            y.begin() + static_cast<std::ptrdiff_t>((i + 1) * dim));
        ASSERT_EQ(bytes32(&made[i * 32]), poc::sha256(row)) << dim << ' ' << i;
      }
    }
  }
}

/// The digests and tickets of some nonces, from random hashes and keys.
struct Tickets {
  std::vector<std::uint8_t> hashes;  // [count][16][32]
  std::vector<std::uint8_t> keys;    // [count][32]
  std::vector<poc::Digest> digests;
  std::vector<poc::Ticket> tickets;
};

Tickets random_tickets(Random& random, std::size_t count) {
  constexpr std::size_t kEach = std::size_t{POC_TOKENS} * 32;
  Tickets out{random_bytes(random, count * kEach), random_bytes(random, count * 32), {}, {}};
  for (std::size_t i = 0; i < count; ++i) {
    out.digests.push_back(poc::sha256(std::span(out.hashes).subspan(i * kEach, kEach)));
    out.tickets.push_back(poc::make_ticket(bytes32(&out.keys[i * 32]), out.digests.back()));
  }
  return out;
}

std::uint32_t word_at(const std::vector<std::uint8_t>& bytes, std::size_t at) {
  std::uint32_t word = 0;
  std::memcpy(&word, &bytes[at], sizeof word);
  return word;
}

/// What the kernel lists, in whatever order it did.
std::map<std::uint32_t, base::Bytes32> list_found(const Tile& tile, const Tickets& t,
                                                  const base::Bytes32& target) {
  const auto count = static_cast<std::uint32_t>(t.tickets.size());
  std::vector<std::uint8_t> empty(4 + std::size_t{36} * count, DeviceMemory::kPoison);
  std::fill_n(empty.begin(), 4, std::uint8_t{0});
  const DeviceMemory found(empty);
  constexpr std::uint32_t kItems = 64;
  const DeviceMemory hashes(t.hashes);
  const DeviceMemory keys(t.keys);
  for (std::uint32_t first = 0; first < count; first += kItems) {
    TestDevice::here().run(tile, "make_tickets", 1, kItems, found, hashes, keys, first, count,
                           big_words(target));
  }
  const auto bytes = found.read();
  const std::uint32_t listed = word_at(bytes, 0);
  EXPECT_LE(listed, count);
  std::map<std::uint32_t, base::Bytes32> out;
  for (std::size_t i = 0; i < std::min(listed, count); ++i) {
    out[word_at(bytes, 4 + 36 * i)] = bytes32(&bytes[8 + 36 * i]);
  }
  EXPECT_EQ(out.size(), listed) << "each once";
  EXPECT_TRUE(std::all_of(bytes.begin() + 4 + std::ptrdiff_t{36} * listed, bytes.end(),
                          [](std::uint8_t b) { return b == DeviceMemory::kPoison; }));
  return out;
}

TEST_P(KernelHashes, TicketsAtOrUnderTheTargetAreListed) {
  const Tickets t = random_tickets(random_, 100);
  base::Bytes32 all{};
  all.fill(0xff);
  std::vector<base::Bytes32> targets = {base::Bytes32{}, all, t.tickets[0], t.tickets[99]};
  for (const std::size_t byte : {0U, 3U, 4U, 17U, 31U}) {  // one below a ticket, one above
    for (const int step : {-1, 1}) {
      base::Bytes32 near = t.tickets[7];
      near[byte] = static_cast<std::uint8_t>(near[byte] + step);
      targets.push_back(near);
    }
  }
  for (const base::Bytes32& target : targets) {
    std::map<std::uint32_t, base::Bytes32> expected;
    for (std::uint32_t i = 0; i < t.tickets.size(); ++i) {
      if (t.tickets[i] <= target) expected[i] = t.digests[i];
    }
    EXPECT_EQ(list_found(tile(), t, target), expected) << base::to_hex(target);
  }
}

}  // namespace
}  // namespace backends::opencl

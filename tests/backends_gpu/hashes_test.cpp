#include <algorithm>
#include <map>

#include "backends/gpu/kernels/launch.h"
#include "poc/keys.h"
#include "tests/backends_gpu/kernel_bench.h"

// What becomes of the final state: hashes of its rows, digests, tickets, and the report.

namespace backends::gpu {
namespace {

class Hashes : public EachKernel {};
INSTANTIATE_EACH_ORDER(Hashes);

TEST_P(Hashes, RowHashesAreSha256) {
  for (const std::uint32_t dim : {128U, 256U, 384U, 640U, 2048U}) {
    for (const std::uint32_t rows : {16U, 80U, 272U}) {
      const auto y = random_values<std::int8_t>(random_, std::size_t{rows} * dim, 127);
      const DeviceMatrix in(driver_, y, dim);
      const DeviceArray<std::uint8_t> hashes(driver_, rows * std::size_t{32});
      RowHashArguments args{};
      args.stop = bench_.stop();
      args.y = in.panels();
      args.hashes = hashes.data();
      args.rows = rows;
      args.dim = dim;
      bench_.run("hash_rows", rows, kHashThreads, kHashThreads, args);
      for (std::size_t i = 0; i < rows; ++i) {
        const std::vector<std::uint8_t> row(y.begin() + static_cast<std::ptrdiff_t>(i * dim),
                                            y.begin() + static_cast<std::ptrdiff_t>((i + 1) * dim));
        ASSERT_EQ(bytes32(hashes.data() + i * 32), poc::sha256(row)) << dim << ' ' << i;
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

Tickets make_tickets(const std::vector<std::uint8_t>& hashes,
                     const std::vector<std::uint8_t>& keys) {
  Tickets out{hashes, keys, {}, {}};
  constexpr std::size_t kEach = std::size_t{POC_TOKENS} * 32;
  for (std::size_t i = 0; i < keys.size() / 32; ++i) {
    out.digests.push_back(poc::sha256(std::span(hashes).subspan(i * kEach, kEach)));
    out.tickets.push_back(poc::make_ticket(bytes32(&keys[i * 32]), out.digests.back()));
  }
  return out;
}

/// Those that meet the target, and after them what a report says of it all.
void expect_found(KernelBench& bench, const Tickets& t, const base::Bytes32& target) {
  const auto count = static_cast<std::uint32_t>(t.tickets.size());
  const DeviceArray<std::uint8_t> hashes(bench.driver(), t.hashes);
  const DeviceArray<std::uint8_t> keys(bench.driver(), t.keys);
  const DeviceArray<std::uint32_t> found(bench.driver(), std::vector{0U});
  const DeviceArray<Found> list(bench.driver(), count);
  TicketArguments args{};
  args.hashes = hashes.data();
  args.keys = keys.data();
  args.count = count;
  args.found = found.data();
  args.list = list.data();
  std::ranges::copy(target, args.target);
  bench.run("make_tickets", count, kHashThreads, kHashThreads, args);
  std::map<std::uint32_t, base::Bytes32> expected;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (t.tickets[i] <= target) expected[i] = t.digests[i];
  }
  std::map<std::uint32_t, base::Bytes32> listed;  // in whatever order
  for (std::uint32_t i = 0; i < *found.data(); ++i) {
    listed[list.data()[i].index] = bytes32(list.data()[i].digest);
  }
  EXPECT_EQ(listed, expected);
  const DeviceArray<Report> report(bench.driver(), 1);
  ReportArguments close{};
  close.stop = bench.stop();
  close.found = found.data();
  close.report = report.data();
  bench.run("report_group", 1, 1, 32, close);
  EXPECT_EQ(report.data()->found, expected.size());
  EXPECT_EQ(report.data()->computed, 1U);
  EXPECT_EQ(*found.data(), 0U);
}

TEST_P(Hashes, TicketsAtOrUnderTheTargetAreListed) {
  for (const std::uint32_t count : {1U, 64U, 100U}) {
    const auto t =
        make_tickets(random_bytes(count * std::size_t{512}), random_bytes(count * std::size_t{32}));
    base::Bytes32 target = t.tickets[count / 2];  // met exactly
    expect_found(bench_, t, target);
    std::size_t last = 31;  // one less
    while (target[last]-- == 0) --last;
    expect_found(bench_, t, target);
    target.fill(0);
    expect_found(bench_, t, target);
    target.fill(0xff);
    expect_found(bench_, t, target);
  }
}

}  // namespace
}  // namespace backends::gpu

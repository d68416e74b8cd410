#pragma once

#include <atomic>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "miner/spool.h"
#include "miner/spool_disk.h"

// What the tests of the spool share.
namespace tests {

/// The wall clock's time at the start of a test: long past, so that no file is old by it.
base::UnixTime spool_start();

/// A share that differs from those of other numbers, of a sprint that ends a minute after the
/// start.
miner::SpooledShare make_share(std::uint64_t number);

/// A share of random values, each from the whole of its range.
miner::SpooledShare random_share(std::mt19937_64& random);

/// A disk that can be told to fail. Any thread.
class FaultyDisk {
 public:
  miner::spool::DiskCalls calls();

  std::atomic<int> write_error{0};          ///< errno of each write; 0: they succeed
  std::atomic<std::int64_t> room{1 << 30};  ///< bytes until it is full
  std::atomic<std::size_t> most{1 << 20};   ///< bytes that one write takes
  std::atomic<int> sync_error{0};
  std::atomic<int> interruptions{0};  ///< EINTR for so many of the next calls
  std::atomic<int> writes{0};         ///< calls that succeeded
  std::atomic<int> data_syncs{0};     ///< calls
  std::atomic<bool> hangs{false};     ///< in fdatasync, as long as it is true

 private:
  bool interrupted();
};

/// What a spool reported, in order. Any thread.
class NewsBox {
 public:
  void put(miner::SpoolNews news);
  std::vector<miner::SpoolNews> all() const;
  /// The last share that was reported as written; 0: none.
  miner::SpoolId written() const;
  /// The shares of a pool that were left; empty as long as that is not reported.
  std::vector<miner::SpooledShare> left(std::size_t pool) const;
  /// Waits for the news that a pool is open; false when there are none for very long.
  bool wait_opened(std::size_t pool) const;
  bool wait_written(miner::SpoolId id) const;

 private:
  mutable base::Mutex mutex_;
  std::vector<miner::SpoolNews> news_ GUARDED_BY(mutex_);
};

/// Without their ids.
std::vector<miner::SpooledShare> shares_of(
    const std::vector<std::pair<miner::SpoolId, miner::SpooledShare>>& left);

/// Names of what is in a folder, sorted.
std::vector<std::string> names_in(const std::string& folder);

}  // namespace tests

namespace miner {
/// For messages of gtest.
void PrintTo(const SpooledShare& share, std::ostream* out);  // NOLINT: gtest's name
}  // namespace miner

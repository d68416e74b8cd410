#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "miner/spool_file.h"
#include "miner/spool_reader.h"
#include "tests/miner/spool_support.h"
#include "tests/miner/support.h"
#include "tests/support/temp_folder.h"

namespace miner::spool {

/// Spool files of a pool in a folder of the test's own, on a disk that can fail, at a time that the
/// test turns.
class SpoolFileTest : public ::testing::Test {
 protected:
  static constexpr const char* kPool = "stratum+tls://pool.example:3443 alice";

  std::unique_ptr<SpoolFile> make_file(const std::string& pool = kPool) {
    return std::make_unique<SpoolFile>(folder_.path("spool"), pool, sync_, disk_.calls(), sink_,
                                       wall_);
  }
  /// Opens it, and keeps what was left in `left_`.
  std::unique_ptr<SpoolFile> opened(const std::string& pool = kPool) {
    auto file = make_file(pool);
    left_ = file->open([this] { return ++last_id_; });
    return file;
  }
  /// As the next miner does after this one died.
  std::vector<SpooledShare> left_now(const std::string& pool = kPool) {
    opened(pool);
    return tests::shares_of(left_);
  }
  SpoolId keep(SpoolFile& file, const SpooledShare& share) {
    file.found(++last_id_, share);
    file.flush();
    return last_id_;
  }
  void settle(SpoolFile& file, SpoolId id) {
    file.settled(id);
    file.flush();
  }
  static Contents contents_of(const std::string& path) {
    return read_spool(tests::read_file(path));
  }
  std::vector<std::string> names() const { return tests::names_in(folder_.path("spool")); }
  std::size_t lines_with(const std::string& text) const {
    std::size_t count = 0;
    for (const std::string& line : sink_.lines()) count += line.find(text) != line.npos ? 1u : 0u;
    return count;
  }

  const tests::TempFolder folder_;
  tests::CollectingSink sink_;
  base::ManualClock clock_;
  const base::SteadyWallClock wall_{clock_, tests::spool_start()};
  tests::FaultyDisk disk_;
  SyncThread sync_{disk_.calls()};
  SpoolId last_id_ = 0;
  std::vector<std::pair<SpoolId, SpooledShare>> left_;
};

}  // namespace miner::spool

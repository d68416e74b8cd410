#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "poc/keys.h"
#include "stratum/messages.h"

// Small things that the tests of miner/ share.
namespace tests {

/// Keeps every event as a text log shows it: "part: message key=value". Any thread.
class CollectingSink final : public base::LogSink {
 public:
  void write(const base::LogRecord& record) override;
  std::vector<std::string> lines() const;
  /// Whether some line holds this text.
  bool has(std::string_view text) const;

 private:
  mutable base::Mutex mutex_;
  std::vector<std::string> lines_ GUARDED_BY(mutex_);
};

/// Waits until `condition` holds; false when it does not within 20 s of real time, far more than
/// anything here takes.
bool eventually(const std::function<bool()>& condition);

/// A generator with a fixed seed, which is printed when the test fails.
class SeededTest : public ::testing::TestWithParam<std::uint32_t> {};

/// A point on the steady clock, in microseconds after one that is long after its epoch.
base::SteadyTime at(base::Micros after_start);

/// 32 bytes of the same value.
base::Bytes32 bytes_of(std::uint8_t value);

/// The smallest profile there is: its numbers matter to no test.
poc::Profile tiny_profile();

/// A sprint of 10 s of pool "pool", account "alice". T0 and T_end as the pool writes them.
stratum::Announcement make_announcement(const std::string& sprint, std::uint8_t seed = 1);

/// What starts it, with commitment and start seed as the protocol page wants them.
stratum::StartNotice make_start(const stratum::Announcement& announcement);

/// `size` = 2^bits nonces from `index` times that size on.
stratum::Lease make_lease(std::uint64_t id, std::uint32_t device, std::uint64_t index,
                          std::uint64_t difficulty = 1, std::uint32_t bits = 32);

}  // namespace tests

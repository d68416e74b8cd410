#include "tests/miner/support.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "logging/format.h"
#include "poc/profile.h"
#include "stratum/sprint_secret.h"

namespace tests {

using std::chrono::milliseconds;
using std::chrono::seconds;

void CollectingSink::write(const base::LogRecord& record) {
  base::MutexLock lock(mutex_);
  lines_.push_back(logging::text_of(record));
}

std::vector<std::string> CollectingSink::lines() const {
  base::MutexLock lock(mutex_);
  return lines_;
}

bool CollectingSink::has(std::string_view text) const {
  const auto all = lines();
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

bool eventually(const std::function<bool()>& condition) {
  const auto end = base::SystemClock().now() + seconds(20);
  while (!condition()) {
    if (base::SystemClock().now() >= end) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

base::SteadyTime at(base::Micros after_start) {
  return base::SteadyTime(std::chrono::hours(1000)) + after_start;
}

base::Bytes32 bytes_of(std::uint8_t value) {
  base::Bytes32 bytes;
  bytes.fill(value);
  return bytes;
}

poc::Profile tiny_profile() {
  return poc::make_profile(1, 128, 128).value();
}

stratum::Announcement make_announcement(const std::string& sprint, std::uint8_t seed) {
  stratum::Announcement announcement;
  announcement.sprint = sprint;
  announcement.pool = "pool";
  announcement.profile = tiny_profile();
  announcement.model_seed = bytes_of(seed);
  announcement.identity = "alice";
  announcement.t0 = base::UnixTime(seconds(1'800'000'000));
  announcement.t_end = announcement.t0 + seconds(10);
  announcement.commitment = stratum::commit_to(bytes_of(0x11));
  announcement.beacon = "none";
  return announcement;
}

stratum::StartNotice make_start(const stratum::Announcement& announcement) {
  const base::Bytes32 secret = bytes_of(0x11);
  return {announcement.sprint,
          stratum::make_start_seed(announcement.pool, announcement.sprint, secret, "none"),
          secret,
          "none",
          announcement.t0,
          announcement.t_end};
}

stratum::Lease make_lease(std::uint64_t id, std::uint32_t device, std::uint64_t index,
                          std::uint64_t difficulty, std::uint32_t bits) {
  return {id, device, index << bits, bits, difficulty};
}

}  // namespace tests

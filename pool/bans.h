#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"

namespace pool {

/// Who is kept out for a while: addresses, or rigs. A ban is for what a peer did itself, never for
/// what the pool, its verifier or its disk could not do. Of bounded size, whoever comes; no clock,
/// one thread.
///
/// Source of the figures: the protocol page, "Limits".
class Bans {
 public:
  static constexpr int kStrikes = 3;
  static constexpr base::Micros kFirst = std::chrono::minutes(3);
  static constexpr base::Micros kLongest = std::chrono::hours(24);
  /// Without another strike or ban, all is forgotten so long after the last one is over.
  static constexpr base::Micros kForgottenAfter = std::chrono::hours(24);
  static constexpr std::size_t kMaxEntries = 20'000;  ///< those looked at longest ago go first

  /// Three bring a ban: of 3 minutes, then twice the one before, a day at most. Returns how long
  /// the one takes that this strike brought.
  std::optional<base::Micros> strike(const std::string& who, base::UnixTime now);
  /// Bans at once; never shortens a ban.
  void ban(const std::string& who, base::Micros length, base::UnixTime now);
  /// What is left of a ban; nothing: there is none.
  std::optional<base::Micros> left(const std::string& who, base::UnixTime now);

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string who;
    int strikes = 0;
    base::Micros next = kFirst;
    base::UnixTime until = base::UnixTime{};  // of the last ban
    base::UnixTime touched;
  };
  using Entries = std::list<Entry>;

  Entry* find(const std::string& who, base::UnixTime now);
  Entry& entry(const std::string& who, base::UnixTime now);

  Entries entries_;  // the one looked at last in front
  std::map<std::string, Entries::iterator, std::less<>> by_name_;
};

}  // namespace pool

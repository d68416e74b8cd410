#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "stratum/messages.h"

namespace stratum {

/// What a client session knows of its pool's sprints, and whether what the pool says of them can
/// be: the miner's checks of the protocol page. Bounded, whatever the pool sends. One thread.
class SprintBook {
 public:
  explicit SprintBook(std::string account) : account_(std::move(account)) {}

  /// Takes a sprint that can be raced; else says why not.
  base::Status announce(const Announcement& announcement, base::UnixTime pool_now);

  /// The session of this book goes on over a new connection: the pool announces what is not over
  /// again, and starts it again. Leases and numbers of shares stay.
  void reopen();

  /// Whether the sprint was announced before in just these words, and something of it is awaited.
  bool is_repeat(const Announcement& announcement) const;

  /// True between an announcement and its start.
  bool awaits_start(std::string_view sprint) const;
  /// Takes the start of a sprint that awaits it; if it does not match its announcement says why.
  base::Status start(const StartNotice& notice, base::UnixTime pool_now);

  /// T0 of the first sprint that is not over by then; nothing: there is none.
  std::optional<base::UnixTime> first_start(base::UnixTime pool_now) const;
  /// The last T_end of a sprint that no `sprint.end` came for; nothing: there is none.
  std::optional<base::UnixTime> last_end() const;

  bool knows(std::string_view sprint) const { return find(sprint) != nullptr; }
  /// No more work for it; false if it is not known or ended before. Its verdicts are still awaited.
  bool end(std::string_view sprint);
  /// Nothing more is awaited. Its id stays used.
  void forget(std::string_view sprint);

  /// Devices that asked for leases, and may be given more.
  void ask_for(std::string_view sprint, std::span<const std::uint32_t> devices);
  std::vector<std::uint32_t> asked(std::string_view sprint) const;
  /// Takes a lease for one of `devices`; if it cannot be (nobody's device, an id again, an overlap)
  /// says why. The sprint must be known.
  base::Status add_lease(std::string_view sprint, const Lease& lease,
                         std::span<const std::uint32_t> devices);
  bool has_lease(std::string_view sprint, std::uint64_t lease) const;

  /// 1, 2, 3.. for each sprint until it is forgotten, known or not: shares of before a reconnection
  /// are sent too. Of 1024 sprints at a time.
  std::uint64_t next_seq(const std::string& sprint);

 private:
  struct Sprint {
    Announcement announcement;  // as it was told
    base::UnixTime t0;          // as it is known now, as the next
    base::UnixTime t_end;
    bool started = false;
    bool ended = false;
    bool reopened = false;                         // and not announced again since
    std::optional<poc::Seed> seed = std::nullopt;  // of its start, once that came
    std::set<std::uint32_t> asked;
    std::vector<Lease> leases;
  };
  const Sprint* find(std::string_view sprint) const;
  Sprint* find(std::string_view sprint);
  std::size_t live(base::UnixTime pool_now) const;
  void mark_used(const std::string& sprint);
  void drop_oldest_ended();

  bool goes_on(const Announcement& announcement, base::UnixTime pool_now);

  std::string account_;
  std::deque<Sprint> sprints_;          // oldest first
  std::deque<std::string> used_order_;  // oldest first
  std::set<std::string, std::less<>> used_;
  std::deque<std::pair<std::string, std::uint64_t>> last_seqs_;  // oldest first
};

}  // namespace stratum

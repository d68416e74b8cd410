#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "base/clock.h"
#include "pool/histogram.h"
#include "pool/journal.h"
#include "pool/verification.h"
#include "stratum/messages.h"

namespace pool {

/// The codes that a submit can be answered with, in the order of the protocol page.
constexpr std::array kSubmitCodes = {stratum::Code::kOk,          stratum::Code::kUnknownSprint,
                                     stratum::Code::kDuplicate,   stratum::Code::kAboveTarget,
                                     stratum::Code::kNotOpen,     stratum::Code::kNotYourLease,
                                     stratum::Code::kLate,        stratum::Code::kBusy,
                                     stratum::Code::kWrongDigest, stratum::Code::kOther};

/// What a pool counted since its start. None ever goes down, but for the two that say so.
struct Counters {
  std::uint64_t connections = 0;  ///< that were accepted by Sprint Stratum's listeners
  std::uint64_t turned_away = 0;  ///< by them: banned, or too many
  std::uint64_t address_bans = 0;
  std::uint64_t rig_bans = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t sessions_joined = 0;   ///< with leases or shares
  std::uint64_t sessions_resumed = 0;  ///< of those
  std::uint64_t sprints_announced = 0;
  std::uint64_t sprints_started = 0;
  std::uint64_t sprints_credited = 0;
  std::uint64_t sprints_cancelled = 0;
  std::uint64_t leases = 0;
  std::array<std::uint64_t, kSubmitCodes.size()> submits{};  ///< by kSubmitCodes; rest: kOther
  std::uint64_t shares = 0;                                  ///< stored
  std::uint64_t difficulty = 0;                              ///< sum of D over those
  // Of sprints that are over, credited or cancelled, by what became of them for good.
  std::uint64_t verified = 0;
  std::uint64_t wrong = 0;
  std::uint64_t withdrawn = 0;
  std::uint64_t unseen = 0;
  std::uint64_t forfeited = 0;
  std::uint64_t credit = 0;           ///< nonces, over credited sprints
  std::uint64_t records = 0;          ///< written to the journal
  std::uint64_t records_waiting = 0;  ///< that are not durable; goes down
  std::uint64_t checks = 0;           ///< shares that were recomputed
  std::uint64_t checks_failed = 0;    ///< tries that gave no digest
  std::uint64_t checks_doubted = 0;   ///< answers that were taken back, to be asked again
  std::uint64_t checks_waiting = 0;   ///< shares; goes down
  Histogram acks;      ///< from a submit's newline to its acknowledgement handed to the system
  Histogram journal;   ///< from a record to its being durable
  Histogram checking;  ///< from asking for a share's digest to having it
  Histogram settling;  ///< from T_end to the result
};

/// Counts what a pool does, on its way through: it stands between the pool and its journal and its
/// checker, and is told by pool and server what does not pass there. Belongs to the pool's thread.
class Statistics final : public Journal, public Checker {
 public:
  /// All outlive it.
  Statistics(Journal& journal, Checker& checker, const base::SteadyWallClock& clock)
      : journal_(journal), checker_(checker), clock_(clock) {}

  std::uint64_t write(Record record) override;
  bool check(const poc::ModelSpec& model, const std::optional<CheckJob>& job) override;
  void look() override { checker_.look(); }

  /// All of the journal's records up to this one are durable.
  void written(std::uint64_t up_to);
  /// The checker answered.
  void checked(const Checked& answer);
  /// A sprint is over, with so many shares in this state: each counts once, however often its
  /// verdict changed meanwhile.
  void decided(Share::State state, std::uint64_t shares);
  /// So many submits got this code.
  void submitted(stratum::Code code, std::uint64_t shares = 1);
  /// A submit that came at `stamp` is acknowledged, its record durable; it is on its way with the
  /// next `flushed`.
  void acknowledged(base::UnixTime stamp) { acknowledged_.push_back(stamp); }
  /// All that was said was handed to the system, as far as that takes it.
  void flushed();
  void connected() { ++counters_.connections; }
  void turned_away() { ++counters_.turned_away; }
  void banned_address() { ++counters_.address_bans; }
  void banned_rig() { ++counters_.rig_bans; }
  void received(std::size_t bytes) { counters_.received_bytes += bytes; }
  void sent(std::size_t bytes) { counters_.sent_bytes += bytes; }

  /// As they stand now.
  Counters counters() const;

 private:
  // Beyond it shares are not timed: a checker that forgets some must not fill the memory.
  static constexpr std::size_t kMaxTimed = 65'536;

  struct Counting;
  Journal& journal_;
  Checker& checker_;
  const base::SteadyWallClock clock_;
  Counters counters_;
  std::vector<base::UnixTime> acknowledged_;  // stamps, since the last flush
  std::deque<base::UnixTime> writing_;        // when the records that wait came
  std::uint64_t written_ = 0;                 // up to this record
  std::map<std::pair<std::uint64_t, std::uint64_t>, base::UnixTime> checking_;  // sprint, nonce
  std::map<std::uint64_t, base::UnixTime> ends_;                                // of open sprints
};

}  // namespace pool

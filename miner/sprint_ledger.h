#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/owner_thread.h"
#include "miner/assignment.h"
#include "miner/losses.h"
#include "miner/snapshot.h"

namespace miner {

/// What each sprint lost that this miner could have raced in and did not, or not wholly: told what
/// happens, it gives every moment between T0 and T_end of every device to racing, to one LossCause,
/// or to nobody (the user paused it, it was not there yet, another sprint had it). Belongs to the
/// network thread; no thread, no clock: `now` goes up from call to call.
///
/// A device that did not race, by what was the case:
///
///   failed, paused for a fault, without the memory for it ................. device
///   no weights yet: for as long as it was announced later than 10 s before
///   T0, network if we were not logged in then (nobody if we never had been:
///   the run began late), else late announcement; what is beyond that ...... weights not ready
///   weights, and no start or no lease: not logged in ...................... network
///                                      logged in .......................... pool
///
/// A device that raced and had no result in the last 5 s and 10 % of the race hung since its last
/// one. Of a sprint that the pool has forgotten the rest is the pool's, whatever devices lack for
/// it, if they are well. A sprint that is voided (cancelled, a start seed that does not match, no
/// result) is lost from its T0 to its T_end, but for what was lost before. Up to a quarter of a
/// second of a device is nothing: clocks and ways are not better than that.
class SprintLedger {
 public:
  explicit SprintLedger(std::size_t devices);

  // The session.
  void logged_in(base::SteadyTime now);
  void session_lost(base::SteadyTime now);

  // Devices. One is not there before it was up or down for the first time.
  void device_up(std::uint32_t device, base::SteadyTime now);
  /// What it raced since its last result, see `worked`, is lost.
  void device_down(std::uint32_t device, base::SteadyTime now);
  /// Nothing: it is not to pause.
  void paused(std::uint32_t device, std::optional<PauseCause> cause, base::SteadyTime now);
  /// Its measured rate on a profile, from now on and for what is not closed.
  void rate(std::uint32_t device, const std::string& profile, double nonces_per_second);

  // Sprints. An announcement and a start that are repeated are no news. Of sprints that are not
  // known nothing is taken.
  void announced(SprintKey key, const std::string& id, const std::string& profile,
                 base::SteadyTime t0, base::SteadyTime t_end, base::SteadyTime now);
  void started(SprintKey key, base::SteadyTime t0, base::SteadyTime t_end, base::SteadyTime now);
  void prepared(SprintKey key, std::uint32_t device, base::SteadyTime now);
  /// The weights do not fit on the device.
  void sits_out(SprintKey key, std::uint32_t device, base::SteadyTime now);
  /// The newest lease that the device may draw from; nothing: it has none.
  void leased(SprintKey key, std::uint32_t device, std::optional<std::uint64_t> newest,
              base::SteadyTime now);
  /// All leases up to this one are used up.
  void used_up(SprintKey key, std::uint32_t device, std::uint64_t newest, base::SteadyTime now);
  /// The device had a result: what it raced until then it really did.
  void worked(SprintKey key, std::uint32_t device, base::SteadyTime at);
  /// The pool ended it, or it was left for another pool's: from now on nothing is lost.
  void ended(SprintKey key, base::SteadyTime now);
  /// The pool does not know it any more, so that nobody races in it from now on.
  void forgotten(SprintKey key, base::SteadyTime now);
  /// To be called now and then: time passes.
  void tick(base::SteadyTime now);

  // The end of a sprint: what was lost, if anything was.
  /// Its result came; or it never started, and is not waited for any more.
  std::optional<LostSprint> close(SprintKey key, base::SteadyTime now);
  /// What was raced of it is for nothing, because of this.
  std::optional<LostSprint> close_void(SprintKey key, LossCause cause, base::SteadyTime now);
  /// It was closed as void, one of the last ten, and its result came after all.
  void take_back(const std::string& id);

  /// Announced, not closed.
  std::vector<SprintKey> open() const;
  const LossTotals& totals() const { return totals_; }

 private:
  enum class Doing { kNothing, kRaces, kMakesWeights, kWaitsForPool, kWaitsForNetwork, kIsUnwell };
  using Times = std::array<base::Micros, kLossCauses>;
  static base::Micros& at(Times& times, LossCause cause) {
    return times.at(static_cast<std::size_t>(cause));
  }
  struct Stretch {
    base::SteadyTime from;
    base::SteadyTime to;
    Doing doing;
  };
  /// A device in a sprint.
  struct Seat {
    bool prepared = false;
    bool no_room = false;
    bool after_fault = false;  // its weights are to be made anew, or were never begun, after one
    std::optional<std::uint64_t> lease;
    bool used_up = false;
    std::deque<Stretch> before_start;  // kept until it is known when T0 was
    Times lost{};
    base::Micros raced{0};
    base::Micros silent{0};  // raced since its last result
  };
  struct Sprint {
    std::string id;
    std::string profile;
    base::SteadyTime t0;
    base::SteadyTime t_end;
    base::SteadyTime announced_at;
    base::SteadyTime logged_in_at;  // the session in which it was announced first
    bool first_session = false;     // of the run
    bool started = false;
    bool forgotten = false;
    std::vector<Seat> seats;
  };
  struct Device {
    bool known = false;
    bool up = false;
    base::SteadyTime known_since;
    base::SteadyTime raced_until;  // in any sprint
    std::optional<PauseCause> paused;
    std::map<std::string, double> rates;  // nonces/s by profile
  };
  struct Void {
    std::string id;
    LossCause cause;
    Loss loss;
    bool all = false;  // nothing else of the sprint was lost
  };

  void meet(Device& device, bool up, base::SteadyTime now);
  Seat* seat_of(SprintKey key, std::uint32_t device);
  bool busy_elsewhere(SprintKey key, const Sprint& sprint, std::uint32_t device) const;
  Doing doing_of(SprintKey key, const Sprint& sprint, std::uint32_t device) const;
  void advance(base::SteadyTime now);
  void account_until(base::SteadyTime to);
  static void remember(Seat& seat, const Stretch& stretch);
  static void count(const Sprint& sprint, Seat& seat, const Stretch& stretch);
  static void count_weights(const Sprint& sprint, Seat& seat, base::SteadyTime from,
                            base::SteadyTime to);
  static void replay(Sprint& sprint);
  std::optional<Sprint> take(SprintKey key, base::SteadyTime now);
  Loss price(base::Micros time, std::uint32_t device, const std::string& profile) const;
  std::optional<LostSprint> book(const Sprint& sprint);
  Loss void_seats(Sprint& sprint, LossCause cause, base::SteadyTime now) const;

  std::vector<Device> devices_;
  std::map<SprintKey, Sprint> sprints_;
  std::optional<base::SteadyTime> accounted_;  // everything is, until then
  bool logged_in_ = false;
  std::uint64_t logins_ = 0;
  base::SteadyTime logged_in_at_;
  LossTotals totals_;
  std::deque<Void> voids_;  // newest last, at most 10
  base::OwnerThread owner_;
};

}  // namespace miner

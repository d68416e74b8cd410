#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "miner/board.h"
#include "miner/cli/exit_code.h"
#include "miner/credit_check.h"
#include "miner/events.h"
#include "miner/honest_rates.h"
#include "miner/rechecker.h"
#include "miner/scheduler.h"
#include "miner/share_desk.h"
#include "miner/snapshot.h"
#include "miner/sprint_ledger.h"
#include "stratum/client_session.h"

namespace miner {

/// The middle of the miner: hands the session's events and the workers' mail to the scheduler and
/// the desk, keeps the record of sprints, and knows when there is nothing left to do. Belongs to
/// the network thread; no socket, no thread, time only as told.
class Coordinator final : private SchedulerPorts, private DeskPorts {
 public:
  struct Setup {
    std::vector<backends::DeviceInfo> devices;
    std::vector<std::uint32_t> recheck_every;  ///< as ShareDesk takes it
    std::uint64_t sprints = 0;                 ///< race so many; 0: without end
    /// Gives a device an assignment.
    std::function<void(std::uint32_t, const Assignment&)> publish;
    Rechecker* recheck = nullptr;
    Board* board = nullptr;
    base::LogSink* sink = nullptr;
    bool solo = false;       ///< the pool is our own, and all its sprints are alike
    Spool* spool = nullptr;  ///< where found shares are kept; may be missing
    /// Our wall clock minus the steady one: for sprints of earlier runs, whose pool is not there
    /// yet.
    base::Micros wall_offset{0};
    /// A pool's address, for people.
    std::function<std::string(std::size_t pool)> address;
    bool check_credit = false;                     ///< as `set_check_credit`
    std::function<std::uint64_t()> credit_random;  ///< as CreditCheck takes it
  };
  explicit Coordinator(Setup setup);

  /// A session was made; it is spoken to until `session_lost`.
  void session_made(stratum::ClientSession& session, std::size_t pool);
  /// Its connection is gone; the session is not touched again.
  void session_lost();
  /// Handles everything the session has to tell.
  void take_events(base::SteadyTime now);
  void take_mail(std::vector<Mail> mail, base::SteadyTime now);
  void tick(base::SteadyTime now);

  void pause(std::uint32_t device, Pause pause);
  void resume(std::uint32_t device);
  /// From now on, as in Setup.
  void set_recheck_every(std::vector<std::uint32_t> every) {
    desk_.set_recheck_every(std::move(every));
  }
  /// From the next result on: the proofs of all our shares are asked for, up to 256 a sprint, not
  /// only those of a few.
  void set_check_credit(bool all);

  bool logged_in() const { return logged_in_; }
  /// The pool has nothing under way that a change to another one would cost: no race, and no
  /// result that is waited for.
  bool nothing_under_way() const;
  /// What the last weights took on the slowest device; nothing: none were made yet.
  std::optional<base::Micros> weights_time() const;
  /// Nobody works for the pool any more; what was found for it comes by mail. Before another one
  /// takes over.
  void stop_racing();
  /// The run ends: the ledger of lost sprints is closed, with what was lost until now.
  void close_ledger(base::SteadyTime now);
  /// A device races, or has not noticed yet that it is not to.
  bool devices_race() const { return board_.any_racing(); }
  /// The open session is of use: a share was stored or credited in it, or it lasted 30 s. A pool
  /// that only takes logins must not keep us from the next one.
  bool session_worked(base::SteadyTime now) const;
  /// Set once the pool refused the login.
  const std::optional<stratum::WireError>& login_error() const { return login_error_; }
  /// Where the pool of the open session asked us to connect to last, once.
  std::optional<stratum::Redirect> take_redirect() {
    return std::exchange(redirect_, std::nullopt);
  }
  /// The sprints asked for were raced and decided.
  bool all_sprints_done() const;
  /// Every device is given up.
  bool all_devices_off() const;
  /// Every device that is off failed its self-test.
  bool all_failed_self_test() const;
  /// How the run ends, once there is nothing left to do: the sprints are done, or no device can
  /// race (with --solo also: the profile fits none, or all computed wrong).
  std::optional<Outcome> ending() const;
  /// Every worker has ended.
  bool all_stopped() const { return workers_stopped_ == devices_.size(); }
  bool worker_stopped(std::uint32_t device) const { return devices_.at(device).stopped; }
  /// Shares found for the pool of the session, or of the last one, and not yet stored there.
  std::size_t unsent() const { return desk_.unsent(pool_); }

  /// Everything but uptime, pool and the list of pools, which the caller knows; what came of those
  /// that are in the list already, too.
  void write_to(Snapshot& snapshot, base::SteadyTime now) const;

 private:
  struct Device {
    backends::DeviceInfo info;
    bool stopped = false;
    bool off = false;
    bool self_test_failed = false;
    std::uint64_t wrong_digests = 0;                          // since it was resumed last
    std::optional<std::string> sits_out = std::nullopt;       // why the last weights did not fit
    std::optional<base::Micros> weights_took = std::nullopt;  // the last ones
  };
  /// A sprint that we raced, until its result came or was given up.
  struct Raced {
    std::size_t pool = 0;
    std::uint64_t number = 0;   // counts the sprints raced
    std::uint64_t session = 0;  // in which its start was told last
    base::Micros length{0};
    base::SteadyTime t_end;
    base::SteadyTime last_seen;  // when that session was open
    bool ended = false;          // T_end has passed
  };

  // SchedulerPorts
  void send_ready(const std::string& sprint,
                  std::span<const stratum::ReadyDevice> devices) override;
  void request_lease(const std::string& sprint, std::uint32_t device) override;
  void publish(std::uint32_t device, const Assignment& assignment) override;
  // DeskPorts
  std::uint64_t submit(const std::string& sprint, const stratum::ShareClaim& share,
                       std::uint64_t seq) override;
  void withdraw(const std::string& sprint, std::uint64_t seq) override;
  bool recheck(RecheckJob job) override;
  void wrong_digest(std::uint32_t device, const std::string& what) override;
  SpoolId keep(std::size_t pool, SprintKey sprint, const stratum::ShareClaim& share,
               std::uint64_t difficulty) override;
  void accepted(std::size_t pool, const std::string& sprint, const stratum::ShareClaim& share,
                std::uint64_t difficulty) override;
  void settled(std::size_t pool, SpoolId share) override;

  // One for each event.
  void on(const stratum::client::LoggedIn& event);
  void on(const stratum::client::LoginRefused& event);
  void on(const stratum::client::Announced& event);
  void on(const stratum::client::Started& event);
  void on(const stratum::client::SprintRefused& event);
  void on(const stratum::client::Leased& event);
  void on(const stratum::client::LeaseRefused& event);
  void on(const stratum::client::Answered& event);
  void on(const stratum::client::Withdrawn& event);
  void on(const stratum::client::StatusTold& event);
  void on(const stratum::client::StatusRefused& event);
  void on(const stratum::client::Judged& event);
  void on(const stratum::client::Ended& event);
  void on(const stratum::client::Cancelled& event);
  void on(const stratum::client::Credited& event);
  void on(const stratum::client::Redirected& event);
  void on(const stratum::client::Message& event);
  void on_mail(std::uint32_t device, const DeviceUp& event);
  void on_mail(std::uint32_t device, const DevicePrepared& event);
  void on_mail(std::uint32_t device, const DeviceSitsOut& event);
  void on_mail(std::uint32_t device, const CandidateFound& event);
  void on_mail(std::uint32_t device, const LeaseLow& event);
  void on_mail(std::uint32_t device, const LeasesUsedUp& event);
  void on_mail(std::uint32_t device, const DeviceDown& event);
  void on_mail(std::uint32_t device, const WorkerStopped& event);

  void on_spool(const spool::Written& news);
  void on_spool(const spool::Left& news);

  base::SteadyTime local(base::UnixTime pool_time) const;
  bool enough_sprints() const { return sprints_ != 0 && started_ >= sprints_; }
  static base::SteadyTime result_due(const Raced& raced);
  const Scheduler::Sprint* raced_here(const std::string& id) const;
  void race_ended(SprintKey key, Raced& raced);
  SprintSnapshot shown_sprint(base::SteadyTime now) const;
  void fill_pools(std::vector<PoolListing>& pools) const;
  std::string when(base::SteadyTime t0) const;
  /// What a result said of a sprint.
  struct Paid {
    std::uint64_t credit = 0;
    WeightedCount shares;  // ours that it credits
  };
  void record(SprintKey key, const std::optional<Paid>& paid);
  void keep_record(const Scheduler::Sprint& sprint, const Raced& raced,
                   const std::optional<Paid>& paid);
  void note_rates();
  void record_late(const stratum::SprintResult& result, const WeightedCount& shares);
  void log_credited(const SprintRecord& record, std::uint64_t total) const;
  void note_pause(std::uint32_t device);
  void tick_ledger();
  void note_results(SprintKey key);
  bool start_missed(SprintKey key) const;
  void tell_lost(const std::optional<LostSprint>& lost) const;
  std::optional<Outcome> end_of_sprints() const;
  std::optional<Outcome> stuck() const;

  const std::function<void(std::uint32_t, const Assignment&)> publish_;
  Rechecker* const recheck_;
  Board& board_;
  const base::Log log_;
  const std::uint64_t sprints_;
  const bool solo_;
  Spool* const spool_;
  const base::Micros wall_offset_;
  std::vector<Device> devices_;
  Scheduler scheduler_;
  ShareDesk desk_;
  SprintLedger ledger_;
  CreditCheck credit_;
  base::SteadyTime last_result_;

  stratum::ClientSession* session_ = nullptr;
  std::uint64_t session_number_ = 0;
  std::size_t pool_ = 0;          // of the session, or of the last one
  std::size_t sprints_pool_ = 0;  // whose sprints the scheduler has
  bool logged_in_ = false;
  base::SteadyTime logged_in_at_;
  bool of_use_ = false;  // the session: a share was stored, or a sprint credited
  std::optional<stratum::WireError> login_error_;
  std::optional<stratum::Redirect> redirect_;
  base::SteadyTime now_;  // of the call under way

  std::map<SprintKey, Raced> raced_;
  std::uint64_t started_ = 0;  // sprints whose race began
  std::uint64_t done_ = 0;     // of those: decided
  std::map<std::size_t, std::uint64_t> done_of_pool_;
  std::deque<SprintRecord> records_;
  SprintWork work_;                        // of all sprints on record that have a result
  std::optional<HonestRates> rates_;       // of that
  std::optional<HonestRates> last_rates_;  // of those of `records_`
  std::size_t workers_stopped_ = 0;
  std::string last_down_;  // the device that failed last, and why
};

}  // namespace miner

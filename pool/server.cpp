#include "pool/server.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "pool/audit_writer.h"
#include "pool/beacon_reader.h"
#include "pool/miner_door.h"
#include "pool/node_front.h"
#include "pool/pool.h"
#include "pool/pool_view.h"
#include "pool/sqlite_journal.h"
#include "pool/statistics.h"
#include "pool/system_random.h"
#include "stratum/host_port.h"

namespace pool {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr std::uint64_t kAuditsKeepFree = 500'000'000;  // bytes of the disk, for shares
constexpr base::Micros kFinishWithin = milliseconds(700);

Doorkeeper::Limits door_limits(const LimitsConfig& limits) {
  return {limits.of_address, *Networks::parse(limits.exempt)};
}

base::Status check_beacon_config(const Config& config) {
  if (config.beacon.kind == BeaconConfig::Kind::kNone) return base::Ok{};
  if (config.start_when_ready) return base::invalid("a start by beacon waits for no devices");
  if (config.lead >= std::chrono::seconds(1)) return base::Ok{};
  return base::invalid("a beacon needs a second or more between announcement and start");
}

/// A wrong share has to cost something.
base::Status check_sampling_config(const Config& config) {
  const bool pays = config.rewards.reward > 0 && config.rewards.scheme == Scheme::kProportional;
  if (!config.sampling || (pays && config.goes_on())) return base::Ok{};
  return base::invalid("to sample needs a reward in proportion, and a database");
}

base::UnixTime time_of_day() {
  return std::chrono::time_point_cast<base::Micros>(std::chrono::system_clock::now());
}

/// Sockets and timers around a Pool. All but `port` and `stop` on the thread of `run`.
class AsioServer final : public Server {
 public:
  AsioServer(const Config& config, std::vector<VerifierSource> verifiers,
             std::unique_ptr<SqliteJournal> journal, std::unique_ptr<AuditWriter> audits,
             const Saved& saved, base::LogSink& sink, const base::Clock& clock)
      : config_(config),
        clock_(clock),
        wall_(clock),
        sink_(sink),
        log_(sink, "pool"),
        journal_(std::move(journal)),
        audits_(std::move(audits)),
        verification_(
            std::move(verifiers), [this](Checked answer) { post(std::move(answer)); }, clock, sink),
        statistics_(journal_port(), verification_, wall_),
        beacon_(beacon_of(config)),
        pool_(config,
              {statistics_, statistics_, system_random, sink, audits_.get(), &statistics_,
               beacon_.get()},
              saved, wall_.now()),
        door_({io_, pool_, statistics_, config_.name, door_limits(config_.limits),
               [this] { return ++last_id_; }, clock_, wall_, sink_, [this] { served(); },
               [this] { end_if_alone(); }}) {}

  base::Status bind() {
    if (!config_.host.empty()) {
      RETURN_IF_ERROR(door_.bind(config_.host, config_.port, nullptr));
    }
    if (!config_.tls_host.empty()) {
      ASSIGN_OR_RETURN(auto context, make_tls_context(config_.tls));
      RETURN_IF_ERROR(door_.bind(config_.tls_host, config_.tls_port, std::move(context)));
    }
    if (config_.http.host.empty()) return base::Ok{};
    ASSIGN_OR_RETURN(
        node_, NodeFront::open(config_.http, {io_, pool_, [this] { return ++last_id_; }, clock_,
                                              wall_, sink_, system_random, [this] { served(); }}));
    return base::Ok{};
  }

  std::uint16_t port() const override { return port_of(false); }
  std::uint16_t tls_port() const override { return port_of(true); }
  std::uint16_t http_port() const override { return node_ == nullptr ? 0 : node_->port(); }
  Summary summary() const override { return pool_.summary(); }
  void run() override {
    for (const auto& listener : door_.listeners()) {
      log_.info("listens", {{"name", config_.name},
                            {"address", listener->address()},
                            {"tls", listener->encrypts() ? std::optional(true) : std::nullopt}});
    }
    if (node_ != nullptr) {
      log_.info("listens", {{"name", config_.name}, {"address", node_->address()}, {"http", true}});
      if (!stratum::is_loopback_host(config_.http.host)) {
        log_.warn("the token goes unencrypted to whoever calls", {{"address", node_->address()}});
      }
    }
    if (journal_ != nullptr) {
      journal_->start([this](std::uint64_t up_to) { post_written(up_to); });
    }
    sweep();
    arm();
    while (!io_.stopped()) {
      try {
        io_.run();
      } catch (const std::exception& fault) {  // out of memory: costs what was being done
        log_.error("went on after a fault", {{"reason", fault.what()}});
      }
    }
  }

  void ask(ViewWanted wanted, std::function<void(View)> show) override {
    const base::SteadyTime asked = clock_.now();
    asio::post(io_, [this, asked, wanted = std::move(wanted), show = std::move(show)] {
      View view;
      if (wanted.pool) {
        view.pool = pool_.view(wall_.now());
        view.pool->started = started_;
        view.pool->counters = statistics_.counters();
        view.pool->verification = verification_.state();
        view.pool->lag = clock_.now() - asked;
      }
      for (const base::Bytes32& account : wanted.accounts) {
        view.accounts.push_back(pool_.view(account));
      }
      show(std::move(view));
    });
  }

  void stop() override {
    asio::post(io_, [this] { finish(); });
  }

 private:
  /// Called on the verification's thread.
  void post(Checked answer) {
    asio::post(io_, [this, answer = std::move(answer)] {
      statistics_.checked(answer);
      if (finishing_) return;
      pool_.checked(answer, wall_.now());
      after_news();
    });
  }

  /// Called on the beacon's thread.
  void post(BeaconValue value) {
    asio::post(io_, [this, value = std::move(value)] {
      if (finishing_) return;
      pool_.drawn(value, wall_.now());
      after_news();
    });
  }

  /// Null where there is none.
  std::unique_ptr<BeaconReader> beacon_of(const Config& config) {
    if (config.beacon.kind == BeaconConfig::Kind::kNone) return nullptr;
    return std::make_unique<BeaconReader>(
        make_beacon_source(config.beacon, Schedule::longest_wait(config), sink_),
        [this](BeaconValue value) { post(std::move(value)); }, wall_, time_of_day, sink_);
  }

  Journal& journal_port() {
    if (journal_ == nullptr) return no_journal_;
    return *journal_;
  }

  /// Called on the journal's thread.
  void post_written(std::uint64_t up_to) {
    asio::post(io_, [this, up_to] {
      statistics_.written(up_to);
      pool_.written(up_to, wall_.now());
      if (finishing_) return say_goodbye();
      after_news();
    });
  }

  std::uint16_t port_of(bool encrypts) const {
    for (const auto& listener : door_.listeners()) {
      if (listener->encrypts() == encrypts) return listener->port();
    }
    return 0;
  }

  /// After what a miner said.
  void served() {
    door_.flush();
    arm();
  }

  /// After anything that may have told many sessions something.
  void after_news() {
    served();
    if (pool_.over()) finish();
  }

  /// Sets the timer for what the pool has to do next.
  void arm() {
    const auto due = pool_.wake();
    if (finishing_ || !due || due == armed_for_) return;
    armed_for_ = due;
    due_timer_.expires_after(std::max(*due - wall_.now(), base::Micros(0)));
    due_timer_.async_wait([this](const error_code& stopped) {
      if (stopped || finishing_) return;
      armed_for_.reset();
      pool_.tick(wall_.now());
      after_news();
    });
  }

  /// The node's door each second.
  void sweep() {
    door_.sweep();
    door_.flush();
    if (node_ != nullptr && sweeps_++ % MinerDoor::kSweepsASecond == 0) node_->sweep();
    sweep_timer_.expires_after(milliseconds(1000 / MinerDoor::kSweepsASecond));
    sweep_timer_.async_wait([this](const error_code& stopped) {
      if (!stopped && !finishing_) sweep();
    });
  }

  /// Says good-bye to all; `run` returns when they have read it, or soon.
  void finish() {
    if (finishing_) return;
    finishing_ = true;
    const bool comes_back = config_.goes_on() && !pool_.over();
    pool_.stop(wall_.now());
    door_.finish(comes_back);
    door_.flush();  // what waits for the journal may wait for longer than there is time
    if (node_ != nullptr) node_->finish();
    due_timer_.cancel();
    sweep_timer_.expires_after(kFinishWithin);
    sweep_timer_.async_wait([this](const error_code&) { io_.stop(); });
    say_goodbye();
  }

  /// Once all that was to be said can be said.
  void say_goodbye() {
    if (pool_.waiting() != 0) return;
    door_.say_goodbye();
    end_if_alone();
  }

  /// Who calls by HTTP may still want results: they have until the end.
  void end_if_alone() {
    if (!door_.has_connections() && (node_ == nullptr || !node_->has_connections())) {
      sweep_timer_.cancel();
    }
  }

  const Config config_;
  const base::Clock& clock_;
  const base::SteadyWallClock wall_;
  const base::UnixTime started_ = wall_.now();
  base::LogSink& sink_;
  const base::Log log_;
  asio::io_context io_{1};
  asio::steady_timer due_timer_{io_};
  asio::steady_timer sweep_timer_{io_};
  NoJournal no_journal_;
  const std::unique_ptr<SqliteJournal> journal_;  // may be missing
  const std::unique_ptr<AuditWriter> audits_;     // may be missing
  Verification verification_;
  Statistics statistics_;
  const std::unique_ptr<BeaconReader> beacon_;  // may be missing
  Pool pool_;
  Pool::ConnectionId last_id_ = 0;
  MinerDoor door_;
  std::unique_ptr<NodeFront> node_;  // may be missing
  std::optional<base::UnixTime> armed_for_;
  unsigned sweeps_ = 0;
  bool finishing_ = false;
};

}  // namespace

base::Result<std::unique_ptr<Server>> Server::listen(const Config& config,
                                                     std::vector<VerifierSource> verifiers,
                                                     base::LogSink& sink,
                                                     const base::Clock& clock) {
  RETURN_IF_ERROR(check_beacon_config(config));
  RETURN_IF_ERROR(check_sampling_config(config));
  Saved saved;
  std::unique_ptr<SqliteJournal> journal;
  if (config.goes_on()) {
    ASSIGN_OR_RETURN(journal,
                     SqliteJournal::open(config.database, config.name,
                                         base::SteadyWallClock(clock).now(), sink, system_random));
    saved = journal->take_saved();
  } else if (!system_random(saved.key)) {
    return base::unavailable("the random generator failed");
  }
  std::unique_ptr<AuditWriter> audits;
  if (!config.audits.folder.empty()) {
    ASSIGN_OR_RETURN(
        audits, AuditWriter::open({config.audits.folder, config.audits.days, kAuditsKeepFree}, sink,
                                  base::SteadyWallClock(clock)));
  }
  auto server = std::make_unique<AsioServer>(config, std::move(verifiers), std::move(journal),
                                             std::move(audits), saved, sink, clock);
  RETURN_IF_ERROR(server->bind());
  return std::unique_ptr<Server>(std::move(server));
}

base::Result<std::unique_ptr<Server>> Server::listen(const Config& config,
                                                     std::unique_ptr<poc::Verifier> verifier,
                                                     base::LogSink& sink,
                                                     const base::Clock& clock) {
  std::vector<VerifierSource> verifiers;
  verifiers.push_back(keep_verifier(std::move(verifier)));
  verifiers.push_back(reference_source());
  return listen(config, std::move(verifiers), sink, clock);
}

}  // namespace pool

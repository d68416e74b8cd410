#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "poc/profile.h"
#include "poc/verifier.h"
#include "pool/beacon_config.h"
#include "pool/forfeit.h"
#include "pool/reward_split.h"
#include "pool/standing.h"
#include "pool/tls_context.h"
#include "pool/verifier_bench.h"

namespace pool {

/// Where and for whom a pool is a node by HTTP.
struct HttpConfig {
  std::string host = {};           ///< where to listen; empty: nowhere
  std::uint16_t port = 4091;       ///< 0: any free one
  std::string token_file = {};     ///< holds the token; empty: one is drawn at each start
  std::string cookie_file = {};    ///< and written here
  std::vector<std::string> names;  ///< host names it may be called by, besides localhost
};

/// Where a pool leaves the audits of its sprints.
struct AuditConfig {
  std::string folder = {};  ///< empty: nowhere
  std::uint32_t days = 0;   ///< older ones are deleted; 0: none is
};

/// Whom a pool keeps out.
struct LimitsConfig {
  std::size_t of_address = 256;                              ///< connections of one address at once
  std::vector<std::string> exempt = {"127.0.0.0/8", "::1"};  ///< neither counted nor banned
};

/// Which shares of an account are recomputed, where not all are. Source: the sampling page.
struct SamplingConfig {
  StandingPolicy standings = {};
  ForfeitConfig forfeits = {};
};

/// How a pool runs its sprints.
struct Config {
  std::string name = "sprintpool";  ///< announced; 1..64 printable ASCII
  std::string host = "127.0.0.1";   ///< where to listen in plain text; empty: nowhere
  std::uint16_t port = 3333;        ///< 0: any free one
  std::string tls_host = {};        ///< where to listen for TLS; empty: nowhere
  std::uint16_t tls_port = 3443;    ///< 0: any free one
  TlsFiles tls = {};                ///< of the listener for TLS
  HttpConfig http = {};
  LimitsConfig limits = {};
  AuditConfig audits = {};
  poc::Profile profile;
  base::Micros sprint_length{20'000'000};
  base::Micros gap{0};  ///< from the end of one sprint to the start of the next
  /// From the announcement to T0, at least; but no sprint is announced before the one before it
  /// has started.
  base::Micros lead{10'000'000};
  std::uint64_t sprints = 0;                ///< stop after so many; 0: without end
  std::optional<std::uint64_t> difficulty;  ///< of every lease; else from each device's rate
  std::uint32_t shares_wanted = 24;         ///< per device and sprint, where the rate decides
  /// Wait with a start, up to a minute, until a logged-in miner's devices are ready, and start at
  /// once when they are: for the pool inside the miner.
  bool start_when_ready = false;
  base::Micros withdraw_grace{5'000'000};  ///< after T_end, in which a wrong share may be withdrawn
  /// Nothing: every share is recomputed. Else there is a reward, divided in proportion, and a
  /// database.
  std::optional<SamplingConfig> sampling;
  BeaconConfig beacon = {};   ///< by which sprints start, and samples are drawn
  RewardConfig rewards = {};  ///< of each sprint; they are kept with a database alone
  /// Words that wait for the database; from then on miners are told 29. Logins and leases of 20,000
  /// sessions at once are 40,000.
  std::size_t most_waiting = 65'536;
  std::string database;  ///< a file in which the pool survives its process; empty: it does not

  bool goes_on() const { return !database.empty(); }
};

/// What a pool did; the counters of all sprints so far. Shares of cancelled sprints are stored or
/// withdrawn, nothing else.
struct Summary {
  std::uint64_t sprints = 0;   ///< ended, with their results told
  std::uint64_t stored = 0;    ///< shares acknowledged
  std::uint64_t verified = 0;  ///< of those: digest recomputed, right
  std::uint64_t wrong = 0;     ///< digest recomputed, not right
  std::uint64_t withdrawn = 0;
  std::uint64_t unseen = 0;     ///< credited without being recomputed
  std::uint64_t forfeited = 0;  ///< not recomputed, since a share of its account is wrong
  std::uint64_t refused = 0;    ///< submits answered with an error
  std::uint64_t credit = 0;     ///< sum of D over verified and unseen shares
};

struct View;
struct ViewWanted;

/// The reference pool on its listening sockets: sessions, sprints, leases, the gate, verification
/// and credits. With a database a restart goes on where the pool left off.
///
/// `run` owns the thread it is called on; verification has one of its own.
class Server {
 public:
  /// Binds and listens; fails with one line when an address is taken or not ours, or a certificate
  /// is of no use. `verifiers`: at least one, the preferred first. `sink` and `clock` outlive the
  /// server.
  static base::Result<std::unique_ptr<Server>> listen(const Config& config,
                                                      std::vector<VerifierSource> verifiers,
                                                      base::LogSink& sink,
                                                      const base::Clock& clock);
  /// With this verifier, and the reference for second opinions.
  static base::Result<std::unique_ptr<Server>> listen(const Config& config,
                                                      std::unique_ptr<poc::Verifier> verifier,
                                                      base::LogSink& sink,
                                                      const base::Clock& clock);
  virtual ~Server() = default;

  /// The port listened on in plain text, and for TLS; 0: none. Any thread.
  virtual std::uint16_t port() const = 0;
  virtual std::uint16_t tls_port() const = 0;
  /// By HTTP; 0: none. Any thread.
  virtual std::uint16_t http_port() const = 0;

  /// Serves until `stop`, or until config.sprints sprints are over and their results told.
  virtual void run() = 0;

  /// Ends `run` within a second: results of ended sprints and answers already due are still sent.
  /// Any thread, any number of times.
  virtual void stop() = 0;

  /// Calls `show` soon with what may be shown of the pool, on the thread of `run`; never, where
  /// that has returned. Any thread.
  virtual void ask(ViewWanted wanted, std::function<void(View)> show) = 0;

  /// After `run` returned.
  virtual Summary summary() const = 0;
};

}  // namespace pool

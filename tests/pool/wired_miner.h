#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "miner/share_desk.h"
#include "stratum/client_session.h"
#include "tests/pool/rig.h"

namespace tests {

/// The miner's share desk and session, wired to a pool with a journal: all of them the real ones,
/// no socket between them. Bytes are carried, connections cut, records made durable and the pool
/// killed when a test says so. One sprint of 20 s, D = 1, for the account "alice".
class WiredMiner final : private miner::DeskPorts {
 public:
  /// `seed` of the pool's random bytes.
  explicit WiredMiner(std::uint32_t seed);

  /// A new connection, with what the last one left behind.
  void connect();
  bool connected() const { return session_.has_value(); }
  /// The connection breaks: what was not carried is gone. A pool that does not notice learns it
  /// from the next connection.
  void cut(bool pool_notices);
  /// The pool dies, and with it what it had not written; the next one goes on with its journal.
  void restart_pool();

  /// Bytes that wait to be carried to the pool, and to the miner.
  std::size_t up() const { return session_->output().size(); }
  std::size_t down() const { return wire().output().size(); }
  void carry_up(std::size_t bytes);
  void carry_down(std::size_t bytes);
  /// The oldest record that is not durable yet becomes it.
  void write_one();
  /// All is written and carried, over a new connection if need be, until both are silent.
  void settle();

  /// The race has begun, and there is a lease.
  bool races() const { return race_ != nullptr && lease_; }
  void find_share();
  std::uint64_t found() const { return found_; }
  /// Of those found: stored, and the miner knows it.
  bool all_stored() const { return desk_.unsent(0) == 0; }
  void pass_t0();
  /// The time passes T_end, and all shares are verified.
  void pass_t_end();

  /// Each share found was accepted, and credited once: by the desk and by the pool's journal.
  void expect_all_credited_once() const;

 private:
  // DeskPorts
  std::uint64_t submit(const std::string& sprint, const stratum::ShareClaim& share,
                       std::uint64_t seq) override {
    return session_->submit(sprint, share, seq);
  }
  void withdraw(const std::string&, std::uint64_t) override {}
  bool recheck(miner::RecheckJob) override { return false; }
  void wrong_digest(std::uint32_t, const std::string&) override {}
  miner::SpoolId keep(std::size_t, miner::SprintKey, const stratum::ShareClaim&,
                      std::uint64_t) override {
    return 0;
  }
  void accepted(std::size_t, const std::string&, const stratum::ShareClaim&,
                std::uint64_t) override {}
  void settled(std::size_t, miner::SpoolId) override {}

  void on(const stratum::client::LoggedIn& event);
  void on(const stratum::client::Announced& event);
  void on(const stratum::client::Started& event);
  void on(const stratum::client::Leased& event);
  void on(const stratum::client::Answered& event);
  void on(const stratum::client::Judged& event) { desk_.judged(event.verdict); }
  void on(const stratum::client::Credited& event) { desk_.credited(event.result); }
  template <class Other>
  void on(const Other&) {}

  stratum::ServerSession& wire() const { return *wires_.at(connection_); }
  base::SteadyTime steady() const { return base::SteadyTime(now_.time_since_epoch()); }
  void make_pool(const pool::Saved& saved);
  void close(std::uint64_t connection);
  void turn_pool();

  pool::Config config_ = rig_config();
  LogBook log_;
  HandChecker checker_;
  HandJournal journal_;
  std::size_t written_ = 0;  // records that are durable
  std::mt19937 random_;
  base::UnixTime now_ = kNoon;
  std::unique_ptr<pool::Pool> pool_;
  std::map<std::uint64_t, std::unique_ptr<stratum::ServerSession>> wires_;
  std::uint64_t connection_ = 0;  // the newest

  std::optional<stratum::ClientSession> session_;
  std::optional<stratum::Resumption> left_;
  miner::ShareDesk desk_{*this, {0}, log_};
  std::shared_ptr<const miner::Race> race_;
  std::optional<poc::ModelSpec> model_;
  std::optional<stratum::Lease> lease_;
  std::uint64_t found_ = 0;
};

}  // namespace tests

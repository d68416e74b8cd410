#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/owner_thread.h"
#include "miner/honest_rates.h"
#include "stratum/messages.h"

namespace miner {

/// Holds what pools credit against our own accepted shares: the sums at once, and by
/// `sprint.status` that shares chosen at random are verified, of their lease's D, and in the tree
/// of the result. What is wrong is one line for the user and counted; mining goes on. Belongs to
/// the network thread.
///
///   open --accepted..--> begin --asked, 4 at a time--> right
///                          |                |----------> wrong      the first thing that is
///                          +--sums----------+----------> unproven   refused, silent, 10 minutes
///
/// One request is open at a time and one is sent a tick at most, so that no share waits for them. A
/// sprint of a pool whose session is lost is gone on with in the next one, as long as its pool
/// keeps proofs.
class CreditCheck {
 public:
  struct Setup {
    /// As ClientSession::request_status, of the open session.
    std::function<void(const std::string& sprint, std::span<const std::uint64_t> nonces)> ask;
    /// A pool's address, for people.
    std::function<std::string(std::size_t pool)> address;
    base::LogSink* sink = nullptr;
    /// 64 random bits a call, for the choice of shares: no pool may foresee them from those before.
    std::function<std::uint64_t()> random;
  };
  explicit CreditCheck(Setup setup);

  /// Of sprints to come: proofs of so many shares at most; 0: of none, the sums alone.
  void set_most_shares(std::size_t shares) { most_shares_ = shares; }

  void session_opened(std::size_t pool);
  void session_lost();

  /// A result came; what it credits of ours is told by `accepted`, and then `begin`. `account`: the
  /// SHA-256 of its name. `t_end` of the sprint or, where that is not known any more, now. `draw`:
  /// what the pool was bound to where it recomputes a sample; nothing too where that is forgotten.
  void open(std::size_t pool, const base::Bytes32& account, const stratum::SprintResult& result,
            base::SteadyTime t_end, const std::optional<stratum::DrawPromise>& draw = std::nullopt);
  /// A share of ours counts as credited. Of a sprint that is not open it is not looked at.
  void accepted(std::size_t pool, const std::string& sprint, const stratum::ShareClaim& share,
                std::uint64_t difficulty);
  /// Checks the sums; returns our accepted shares.
  WeightedCount begin(std::size_t pool, const std::string& sprint);

  void told(const stratum::SprintStatus& status);
  void refused(const std::string& sprint, const stratum::WireError& error, base::SteadyTime now);
  /// Asks what is to be asked next.
  void tick(base::SteadyTime now);
  /// The open session may still tell something.
  bool busy() const;
  /// The pool of the open session had its time: what it did not prove stays so.
  void stop_waiting();
  /// No more is asked: what is not proven stays so.
  void give_up();

  const CreditChecks& counts() const { return counts_; }

 private:
  struct Share {
    std::uint64_t nonce = 0;
    std::uint64_t difficulty = 1;
    poc::Digest digest{};
  };
  /// A sprint under check.
  struct Case {
    std::size_t pool = 0;
    base::Bytes32 account{};
    stratum::SprintResult result;
    base::SteadyTime t_end;
    std::optional<stratum::DrawPromise> draw;
    bool begun = false;
    WeightedCount ours;
    std::uint64_t accepted = 0;
    std::vector<Share> chosen;  // by nonce, once it has begun
    std::size_t proven = 0;     // of the chosen, the first so many
    std::uint64_t leaves = 0;   // of the tree; 0: not told yet
    std::uint64_t next_index = 0;
  };
  using Cases = std::deque<Case>;
  struct Fault {
    std::string what;
    std::optional<std::uint64_t> nonce = std::nullopt;  // of the share that it is about
  };

  Cases::iterator find(std::size_t pool, const std::string& sprint);
  Cases::iterator current();
  void ask(const Case& of, base::SteadyTime now);
  void drop_old(base::SteadyTime now);
  static std::optional<Fault> fault_of_sums(const Case& of);
  static std::optional<Fault> fault_of(Case& of, const stratum::SprintStatus& status);
  static std::optional<std::string> fault_of_share(Case& of, const Share& share,
                                                   const stratum::ShareStatus& told);
  void wrong(Cases::iterator at, const Fault& fault);
  void unproven(Cases::iterator at, const std::string& why);

  const Setup setup_;
  const base::Log log_;
  std::size_t most_shares_ = 0;
  Cases cases_;  // oldest first
  std::optional<std::size_t> session_pool_;
  std::optional<std::string> asked_;  // the sprint of the open request
  base::SteadyTime asked_at_;
  base::SteadyTime not_before_;   // the pool was busy
  std::string no_proofs_;         // why the open session is not asked any more
  std::set<std::size_t> warned_;  // pools of which the user knows that they give no proofs
  CreditChecks counts_;
  base::OwnerThread owner_;
};

}  // namespace miner

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "pool/merkle.h"
#include "stratum/messages.h"
#include "stratum/server_session.h"

namespace tests {

/// What a pool knows and answers, whatever the bytes travel on: logins, leases, shares. Outlives
/// connections. Checks nothing but repeats: what a share is worth is the pool's tests' matter. One
/// thread.
class ScriptedPool {
 public:
  std::string name = "pool";
  std::optional<stratum::WireError> refuse_login;
  std::optional<stratum::WireError> refuse_leases;
  std::optional<stratum::WireError> refuse_status;
  /// The answer to a share that is not a repeat; nothing: it is stored.
  std::function<std::optional<stratum::WireError>(const stratum::server::SubmitWanted&)> judge;
  /// Changes what is told of a sprint's shares; nothing: it is the truth.
  std::function<void(stratum::SprintStatus&)> spoil_status;
  std::uint64_t difficulty = 1;  ///< of the leases to come
  std::uint32_t lease_bits = 32;

  struct Stored {
    stratum::ShareClaim claim;
    std::uint64_t difficulty = 1;
    bool operator==(const Stored&) const = delete;
  };

  /// Answers everything that the session asks.
  void serve(stratum::ServerSession& session);

  /// An announcement of `length` after T0, of the account "alice".
  stratum::Announcement make(const std::string& sprint, base::UnixTime t0, base::Micros length,
                             std::uint8_t model_seed = 1) const;
  /// The result as the stored shares of the sprint are worth; more of them are late from now on.
  stratum::SprintResult result(const std::string& sprint);
  std::size_t stored(const std::string& sprint) const;
  bool has(const std::string& sprint, std::uint64_t nonce) const;

  // What was asked.
  int logins = 0;
  std::vector<stratum::server::ReadyWanted> readies;
  std::vector<stratum::server::LeaseWanted> lease_requests;
  std::vector<stratum::server::SubmitWanted> submits;
  std::vector<stratum::server::WithdrawWanted> withdrawals;
  std::vector<stratum::server::StatusWanted> statuses;
  std::uint64_t repeats = 0;
  bool left = false;

 private:
  using Request = stratum::RequestId;
  void on(stratum::ServerSession& session, const stratum::server::LoginWanted& wanted);
  void on(stratum::ServerSession&, const stratum::server::Resumed&) {}
  void on(stratum::ServerSession&, const stratum::server::Named&) {}
  template <class Unasked>  // what our miner never asks
  void on(stratum::ServerSession& session, const Unasked& wanted) {
    session.refuse(wanted.request, stratum::Code::kOther, "not scripted");
  }
  void on(stratum::ServerSession& session, const stratum::server::ReadyWanted& wanted);
  void on(stratum::ServerSession& session, const stratum::server::LeaseWanted& wanted);
  void on(stratum::ServerSession& session, const stratum::server::SubmitWanted& wanted);
  void on(stratum::ServerSession& session, const stratum::server::WithdrawWanted& wanted);
  void on(stratum::ServerSession& session, const stratum::server::StatusWanted& wanted);
  void on(stratum::ServerSession& session, const stratum::server::Left& wanted);
  pool::MerkleTree tree_of(const std::string& sprint) const;
  void grant(stratum::ServerSession& session, Request request,
             const std::vector<std::uint32_t>& devices);

  std::uint64_t last_lease_ = 0;
  std::map<std::uint64_t, std::uint64_t> difficulties_;            // by lease
  std::map<std::string, std::map<std::uint64_t, Stored>> shares_;  // by sprint, by nonce
  std::map<std::string, stratum::SprintResult> told_;              // by sprint
};

}  // namespace tests

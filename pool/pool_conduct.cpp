// Rigs that send what is no share: they are told, and then kept out for a while.
#include <fmt/format.h>

#include "pool/pool.h"
#include "pool/statistics.h"

namespace pool {
namespace {

using stratum::Code;
namespace server = stratum::server;

constexpr base::Micros kRigBan = std::chrono::minutes(10);

/// One rig, as far as a pool can tell: the worker of an account at an address. So one that is
/// broken keeps out neither the account's other rigs nor its neighbours.
std::string rig_of(const std::string& network, const std::string& login) {
  return network + ' ' + login;
}

}  // namespace

bool Pool::refuse_banned(Connection& from, const server::LoginWanted& wanted, base::UnixTime now) {
  if (from.network.empty()) return false;
  const auto left = bans_.left(rig_of(from.network, stratum::to_text(wanted.login)), now);
  if (!left) return false;
  from.wire.refuse(wanted.request, Code::kBanned,
                   "too many of this rig's shares were invalid: banned for a while",
                   static_cast<std::uint64_t>(*left / std::chrono::milliseconds(1)) + 1);
  return true;
}

void Pool::judge(Connection& from, const GateAnswer& answer, base::UnixTime now) {
  Conduct& conduct = from.session->conduct;
  if (answer.code == Code::kOk) {
    if (!answer.repeat) conduct.good();
  } else if (answer.code == Code::kAboveTarget || answer.code == Code::kNotYourLease) {
    conduct.bad();
    look_at_conduct(from, now);
  }
}

void Pool::look_at_conduct(Connection& from, base::UnixTime now) {
  Session& session = *from.session;
  Conduct& conduct = session.conduct;
  if (conduct.warns()) {
    from.wire.message(fmt::format("{} of the last {} shares of this rig were invalid",
                                  conduct.bad_ones(), Conduct::kWindow));
  }
  if (!conduct.is_hopeless() || from.network.empty()) return;
  conduct = {};
  session.generation += 2;  // beyond the token that was given last: no way around the login
  bans_.ban(rig_of(from.network, session.login), kRigBan, now);
  if (statistics_ != nullptr) statistics_->banned_rig();
  log_.warn("rig is banned for 10 minutes: more than half of its last 50 shares were invalid",
            {{"account", base::Account{session.account}}, {"address", from.network}});
  from.wire.message("more than half of the last 50 shares were invalid: come back in 10 minutes");
  superseded_.push_back(from.id);
}

/// Of the shares that are void by the result, when nobody can doubt them any more. (A verifier that
/// computes wrong is found out before that, or never.)
void Pool::judge(const stratum::Verdict& verdict, const Participant& who, base::UnixTime now) {
  Session& session = sessions_.at(who.session);
  bool any = false;
  for (const stratum::VoidShare& share : verdict.voided) {
    if (share.code != Code::kWrongDigest) continue;
    session.conduct.turned_out_bad();
    any = true;
  }
  const auto connection = connections_.find(session.connection);
  if (any && connection != connections_.end()) look_at_conduct(connection->second, now);
}

}  // namespace pool

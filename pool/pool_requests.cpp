// The pool's answers to what sessions ask.
#include <algorithm>
#include <utility>

#include "pool/pool.h"
#include "pool/statistics.h"

namespace pool {
namespace {

using stratum::Code;
using Phase = Race::Phase;
using State = Share::State;
namespace server = stratum::server;

constexpr std::uint64_t kNoLeaseRetryMs = 1000;
const GateAnswer kBehind{Code::kBusy, "the database is behind", 1000};

/// The rate that a device begins with: the miner's word, which is more exact than a sprint's
/// shares, unless those say that it is off by more than two times. 0: neither is known.
std::uint64_t rate_of(std::uint64_t said, std::uint64_t earned) {
  if (earned == 0 || (said / 2 <= earned && earned / 2 <= said)) return said;
  return earned;
}

}  // namespace

bool Pool::handle(ConnectionId id, base::UnixTime now) {
  owner_.assert_here();
  const auto connection = connections_.find(id);
  if (connection == connections_.end()) return false;
  while (const auto event = connection->second.wire.next_event()) {
    if (std::holds_alternative<server::Left>(*event)) return false;
    if (connection->second.session == nullptr) return false;  // taken up by a newer connection
    std::visit([&](const auto& wanted) { on(connection->second, wanted, now); }, *event);
  }
  return true;
}

/// To a connection that is still there by then.
void Pool::answer(ConnectionId to, std::uint64_t after, Words words) {
  outbox_.say(after, [this, to, words = std::move(words)] {
    const auto connection = connections_.find(to);
    if (connection != connections_.end()) words(connection->second.wire);
  });
}

void Pool::refuse(Connection& from, stratum::RequestId request, const GateAnswer& answer) {
  from.wire.refuse(request, answer.code, answer.text, answer.retry_ms);
}

/// Whoever logs in is welcome: the account is only who is paid.
void Pool::on(Connection& from, const server::LoginWanted& wanted, base::UnixTime now) {
  Session& session = *from.session;
  if (!session.account.empty()) {  // resumed, and logs in all the same
    if (session.account == wanted.login.account) return from.wire.accept(wanted.request);
    return from.wire.refuse(wanted.request, Code::kUnauthorized, "not the account of this session");
  }
  if (refuse_banned(from, wanted, now)) return;
  const auto hash = poc::hash_identity(wanted.login.account);
  if (!hash.ok()) {
    return from.wire.refuse(wanted.request, Code::kUnauthorized, hash.message());
  }
  if (behind()) return refuse(from, wanted.request, kBehind);
  session.account = wanted.login.account;
  session.login = stratum::to_text(wanted.login);
  session.hash = *hash;
  log_.debug("logged in", {{"session", session.id},
                           {"account", base::Account{session.account}},
                           {"agent", wanted.agent}});
  from.wire.accept(wanted.request);
  on(from, server::Resumed{}, now);
}

void Pool::on(Connection& from, const server::Named& named, base::UnixTime) {
  log_.debug("is this program", {{"session", from.session->id}, {"agent", named.agent}});
}

/// Everything that goes on; nothing of the past, where the session is new.
void Pool::on(Connection& from, const server::Resumed&, base::UnixTime now) {
  if (std::exchange(from.session->telling, true)) return;
  outbox_.say(0, [this, session = from.session->id, now] {
    const auto known = sessions_.find(session);
    if (known == sessions_.end()) return;
    known->second.telling = false;
    if (known->second.wire == nullptr) return;
    tell_past(known->second, now);
    for (auto& [number, race] : races_) tell(known->second, number, now);
  });
}

void Pool::on(Connection& from, const server::ReadyWanted& wanted, base::UnixTime now) {
  grant(from, wanted.request, wanted.sprint, wanted.devices, kLeaseBits, now);
}

void Pool::on(Connection& from, const server::LeaseWanted& wanted, base::UnixTime now) {
  const stratum::ReadyDevice device{wanted.device.value_or(0), {}, 0};
  grant(from, wanted.request, wanted.sprint, {&device, 1}, wanted.bits.value_or(kLeaseBits), now);
}

void Pool::grant(Connection& from, stratum::RequestId request, const std::string& sprint,
                 std::span<const stratum::ReadyDevice> devices, std::uint32_t bits,
                 base::UnixTime now) {
  Race* race = find(races_, sprint);
  if (race == nullptr || race->phase() == Phase::kEnded) {
    return refuse(from, request, {Code::kUnknownSprint, "no such sprint, or it is over"});
  }
  if (behind()) return refuse(from, request, kBehind);
  Session& session = *from.session;
  std::vector<stratum::ReadyDevice> ready(devices.begin(), devices.end());
  for (stratum::ReadyDevice& device : ready) {
    const auto earned = session.rates.find(device.device);
    if (earned == session.rates.end()) continue;
    device.rate_per_1000s = rate_of(device.rate_per_1000s, earned->second);
  }
  auto leases = race->grant(participant(session, *race), ready, bits, now);
  if (leases.empty()) {
    return refuse(from, request, {Code::kNoLease, "no lease left", kNoLeaseRetryMs});
  }
  write_down(session);
  std::uint64_t record = 0;
  for (const stratum::Lease& lease : leases) {
    record = write(record::Granted{race->sprint().number, session.id, lease});
  }
  answer(from.id, record, [request, granted = std::move(leases)](stratum::MinerEnd& wire) {
    wire.grant(request, granted);
  });
}

/// Tells devices that found too many shares, or too few, of leases with another difficulty.
void Pool::adjust(Race& race, base::UnixTime now) {
  if (!behind()) tell_adjusted(race, race.adjust(now));
}

void Pool::tell_adjusted(const Race& race, std::vector<Race::Adjusted> changes) {
  const std::uint64_t number = race.sprint().number;
  for (Race::Adjusted& change : changes) {
    log_.debug("difficulty changed", {{"sprint", race.id()},
                                      {"session", change.session},
                                      {"device", change.lease.device},
                                      {"to", change.lease.difficulty}});
    const std::uint64_t record = write(record::Granted{number, change.session, change.lease});
    outbox_.say(record, [this, number, told = std::move(change)] {
      const auto running = races_.find(number);
      if (running == races_.end()) return;
      const auto who = running->second.participants.find(told.session);
      if (who == running->second.participants.end() || who->second.wire == nullptr) return;
      who->second.wire->set_leases(running->second.id(), {&told.lease, 1}, told.close);
    });
  }
}

/// Also refusals wait for what was said before them: `acked` covers everything up to them.
void Pool::answer_submit(Connection& from, const Taken& taken, Words words) {
  answer(
      from.id, taken.record,
      [this, id = from.id, acked = taken.acked, say = std::move(words)](stratum::MinerEnd& wire) {
        Session* session = connections_.at(id).session;
        if (acked && session != nullptr) session->acked = *acked;
        if (acked) wire.set_acked(*acked);
        say(wire);
      });
}

void Pool::on(Connection& from, const server::SubmitWanted& wanted, base::UnixTime now) {
  const Taken taken = take(from, wanted, now);
  count_submits(taken.said.code, 1);
  if (taken.said.code != Code::kOk && behind()) return refuse(from, wanted.request, taken.said);
  answer_submit(from, taken,
                [this, request = wanted.request, said = taken.said,
                 stamp = wanted.stamp](stratum::MinerEnd& wire) {
                  if (said.code == Code::kOk) {
                    count_acknowledged(stamp);
                    return wire.accept(request);
                  }
                  wire.refuse(request, said.code, said.text, said.retry_ms);
                });
  if (Race* race = find(races_, wanted.sprint)) adjust(*race, now);
  tell_late_comer(from, wanted.sprint, now);
}

void Pool::on(Connection& from, const server::BatchWanted& wanted, base::UnixTime now) {
  if (behind()) {
    count_submits(kBehind.code, wanted.shares.size());
    return refuse(from, wanted.request, kBehind);
  }
  std::vector<stratum::VoidShare> bad;
  Taken all;
  std::uint64_t seq = wanted.first_seq;
  for (const stratum::ShareClaim& share : wanted.shares) {
    const Taken taken = take(from, {0, {}, wanted.sprint, share, seq, wanted.stamp}, now);
    count_submits(taken.said.code, 1);
    all.record = std::max(all.record, taken.record);
    if (taken.acked) all.acked = taken.acked;
    if (taken.said.code != Code::kOk) {
      bad.push_back({seq, taken.said.code, std::string(taken.said.text)});
    }
    ++seq;
  }
  const bool any = bad.size() < wanted.shares.size();
  answer_submit(from, all,
                [this, any, request = wanted.request, acked = all.acked.value_or(0),
                 refused = std::move(bad), stamp = wanted.stamp](stratum::MinerEnd& wire) {
                  if (any) count_acknowledged(stamp);
                  wire.answer_batch(request, acked, refused);
                });
  if (Race* race = find(races_, wanted.sprint)) adjust(*race, now);
  tell_late_comer(from, wanted.sprint, now);
}

void Pool::count_submits(Code code, std::size_t shares) {
  if (statistics_ != nullptr) statistics_->submitted(code, shares);
}

void Pool::count_acknowledged(base::UnixTime stamp) {
  if (statistics_ != nullptr) statistics_->acknowledged(stamp);
}

void Pool::count_decided(const ShareBook& book) {
  if (statistics_ == nullptr) return;
  for (const auto state :
       {State::kVerified, State::kWrong, State::kWithdrawn, State::kUnseen, State::kForfeited}) {
    statistics_->decided(state, book.count(state));
  }
}

Pool::Taken Pool::take(Connection& from, const server::SubmitWanted& wanted, base::UnixTime now) {
  Race* race = find(races_, wanted.sprint);
  if (race == nullptr) {
    if (Race* past = find(past_, wanted.sprint)) return take_past(from, wanted, *past);
    ++summary_.refused;
    return {{Code::kUnknownSprint, "no such sprint"}};
  }
  Session& session = *from.session;
  Participant& who = participant(session, *race);
  const bool full = behind() && !race->is_repeat(who, wanted.share);
  Taken taken{full ? kBehind : race->submit(who, wanted, check_of(*race, session))};
  taken.acked = who.acked;
  if (session.login.empty()) session.login = wanted.worker;  // it was resumed after a restart
  judge(from, taken.said, now);
  if (taken.said.code != Code::kOk) {
    ++summary_.refused;
    return taken;
  }
  const std::uint64_t number = race->sprint().number;
  const auto& [lease, nonce, digest] = wanted.share;
  if (!taken.said.repeat) {
    race->name_account(session.hash, session.account);
    write_down(session);
    taken.record =
        write(record::Stored{number, session.id, wanted.seq, nonce, digest, taken.said.difficulty});
    ++summary_.stored;
    race->feed(checker_, now);
  } else if (taken.said.new_session) {
    write_down(session);
    taken.record = write(record::Repeated{number, session.id, wanted.seq, nonce, digest});
  }
  return taken;
}

/// A repeat, or too late.
Pool::Taken Pool::take_past(Connection& from, const server::SubmitWanted& wanted, Race& past) {
  Taken taken{{Code::kUnknownSprint, "the sprint was cancelled"}};
  Participant& who = participant(*from.session, past);
  if (!past.cancelled()) taken.said = past.submit(who, wanted);
  taken.acked = who.acked;
  if (taken.said.code != Code::kOk) {
    ++summary_.refused;
    if (who.idle()) drop_participant(past, who.session);
  }
  return taken;
}

void Pool::on(Connection& from, const server::StatusWanted& wanted, base::UnixTime) {
  Race* race = find(races_, wanted.sprint);
  if (race == nullptr) race = find(past_, wanted.sprint);
  if (race == nullptr) {
    return refuse(from, wanted.request, {Code::kUnknownSprint, "no such sprint"});
  }
  if (behind()) return refuse(from, wanted.request, kBehind);
  answer(from.id, last_record_,
         [request = wanted.request, status = race->status(from.session->hash, wanted.nonces)](
             stratum::MinerEnd& wire) { wire.status(request, status); });
}

void Pool::on(Connection& from, const server::WithdrawWanted& wanted, base::UnixTime) {
  if (behind()) return refuse(from, wanted.request, kBehind);
  Race* race = find(races_, wanted.sprint);
  std::vector<record::Decided> withdrawn;
  if (race != nullptr) withdrawn = race->withdraw(participant(*from.session, *race), wanted);
  std::uint64_t record = 0;
  for (const record::Decided& share : withdrawn) record = write(share);
  summary_.withdrawn += withdrawn.size();
  answer(from.id, record,
         [request = wanted.request, count = withdrawn.size()](stratum::MinerEnd& wire) {
           wire.withdrawn(request, count);
         });
}

}  // namespace pool

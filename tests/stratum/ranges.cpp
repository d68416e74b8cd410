#include "tests/stratum/ranges.h"

#include <algorithm>

namespace stratum {
namespace {

bool printable(const std::string& text, std::size_t limit) {
  return text.size() <= limit &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool is_integer(std::uint64_t value, std::uint64_t min = 0) {
  return value >= min && value <= kMaxInteger;
}

bool is_time(base::UnixTime time) {
  const auto micros = time.time_since_epoch().count();
  return micros >= 0 && is_integer(static_cast<std::uint64_t>(micros));
}

bool is_lease(const Lease& lease) {
  return is_integer(lease.id) && lease.bits >= 16 && lease.bits <= 48 &&
         lease.base % lease.size() == 0 && is_integer(lease.difficulty, 1);
}

bool is_share_status(const ShareStatus& share) {
  if (!printable(share.state, 16) || !is_integer(share.difficulty)) return false;
  const auto& proof = share.proof;
  return !proof ||
         (is_integer(proof->index) && is_integer(proof->leaves, 1) && proof->siblings.size() <= 53);
}

/// The first name whose condition does not hold.
struct Named {
  bool holds;
  const char* name;
};
std::string first_broken(std::initializer_list<Named> conditions) {
  for (const Named& condition : conditions) {
    if (!condition.holds) return condition.name;
  }
  return {};
}

std::string broken(const WireError& error) {
  return first_broken({{printable(error.text, 512), "error's text"},
                       {is_integer(error.retry_ms), "retry_ms"},
                       {error.code != Code::kOk, "error's code"}});
}

struct ClientRanges {
  std::string operator()(const client::LoggedIn&) const { return {}; }
  std::string operator()(const client::LoginRefused& e) const { return broken(e.error); }
  std::string operator()(const client::Announced& e) const {
    const Announcement& a = e.announcement;
    const base::Micros length = a.t_end - a.t0;
    return first_broken(
        {{is_sprint_id(a.sprint), "sprint"},
         {is_ascii_name(a.pool, 64), "pool"},
         {is_ascii_name(a.beacon, 128), "beacon"},
         {!a.draw || is_ascii_name(a.draw->beacon, 128), "draw_beacon"},
         {poc::make_profile(a.profile.layers, a.profile.dim, a.profile.ffn).ok(), "profile"},
         {a.identity.size() <= poc::kMaxIdentityBytes && base::is_utf8(a.identity), "identity"},
         {is_time(a.t0), "t0"},
         {is_time(a.t_end), "t_end"},
         {length >= std::chrono::seconds(1) && length <= std::chrono::hours(1), "length"}});
  }
  std::string operator()(const client::Started& e) const {
    return first_broken({{is_sprint_id(e.notice.sprint), "sprint"},
                         {is_ascii_name(e.notice.beacon, 128), "beacon"},
                         {is_time(e.notice.t0), "t0"},
                         {is_time(e.notice.t_end), "t_end"}});
  }
  std::string operator()(const client::SprintRefused& e) const {
    return first_broken(
        {{printable(e.sprint, 32), "sprint"}, {printable(e.reason, 256), "reason"}});
  }
  std::string operator()(const client::Leased& e) const {
    return first_broken({{is_sprint_id(e.sprint), "sprint"},
                         {e.leases.size() <= kMaxReadyDevices, "leases"},
                         {std::all_of(e.leases.begin(), e.leases.end(), is_lease), "lease"},
                         {std::all_of(e.close.begin(), e.close.end(),
                                      [](std::uint64_t lease) { return is_integer(lease); }),
                          "close"}});
  }
  std::string operator()(const client::LeaseRefused& e) const { return broken(e.error); }
  std::string operator()(const client::Answered& e) const {
    return e.error ? broken(*e.error) : first_broken({{is_integer(e.seq, 1), "seq"}});
  }
  std::string operator()(const client::Withdrawn& e) const {
    return first_broken({{is_integer(e.count), "count"}});
  }
  std::string operator()(const client::StatusTold& e) const {
    const SprintStatus& status = e.status;
    return first_broken(
        {{is_sprint_id(status.sprint), "sprint"},
         {is_integer(status.result.credit), "credit"},
         {is_integer(status.result.total), "total"},
         {status.shares.size() <= 8, "shares"},
         {std::all_of(status.shares.begin(), status.shares.end(), is_share_status), "share"}});
  }
  std::string operator()(const client::StatusRefused& e) const { return broken(e.error); }
  std::string operator()(const client::Judged& e) const {
    const auto& voided = e.verdict.voided;
    return first_broken({{is_sprint_id(e.verdict.sprint), "sprint"},
                         {is_integer(e.verdict.verified), "verified"},
                         {std::all_of(voided.begin(), voided.end(),
                                      [](const VoidShare& v) { return is_integer(v.seq, 1); }),
                          "seq"},
                         {std::all_of(voided.begin(), voided.end(),
                                      [](const VoidShare& v) { return printable(v.text, 256); }),
                          "text"}});
  }
  std::string operator()(const client::Ended& e) const {
    return first_broken({{is_sprint_id(e.sprint), "sprint"}});
  }
  std::string operator()(const client::Cancelled& e) const {
    return first_broken({{is_sprint_id(e.sprint), "sprint"}, {printable(e.reason, 256), "reason"}});
  }
  std::string operator()(const client::Credited& e) const {
    return first_broken({{is_sprint_id(e.result.sprint), "sprint"},
                         {is_integer(e.result.credit), "credit"},
                         {is_integer(e.result.total), "total"},
                         {!e.result.draw || is_ascii_name(e.result.draw->value, 128), "draw"}});
  }
  std::string operator()(const client::Redirected& e) const {
    return first_broken({{parse_pool_url(e.redirect.to.text()).ok(), "address"},
                         {e.redirect.wait <= std::chrono::minutes(1), "wait"}});
  }
  std::string operator()(const client::Message& e) const {
    return first_broken({{printable(e.text, 1024), "text"}});
  }
};

struct ServerRanges {
  std::string operator()(const server::LoginWanted& e) const {
    return first_broken(
        {{!e.login.account.empty() && e.login.account.size() <= kMaxAccountBytes, "account"},
         {e.login.worker.size() <= 256, "worker"},
         {e.password.size() <= 256, "password"},
         {printable(e.agent, 128), "agent"}});
  }
  std::string operator()(const server::ReadyWanted& e) const {
    return first_broken(
        {{is_sprint_id(e.sprint), "sprint"},
         {!e.devices.empty() && e.devices.size() <= kMaxReadyDevices, "devices"},
         {std::all_of(e.devices.begin(), e.devices.end(),
                      [](const ReadyDevice& d) { return printable(d.name, 64); }),
          "name"},
         {std::all_of(e.devices.begin(), e.devices.end(),
                      [](const ReadyDevice& d) { return is_integer(d.rate_per_1000s); }),
          "rate"}});
  }
  std::string operator()(const server::LeaseWanted& e) const {
    return first_broken({{is_sprint_id(e.sprint), "sprint"},
                         {e.device.has_value() != e.bits.has_value(), "n or bits"},
                         {!e.bits || (*e.bits >= 16 && *e.bits <= 48), "bits"}});
  }
  std::string operator()(const server::SubmitWanted& e) const {
    return first_broken({{is_sprint_id(e.sprint), "sprint"},
                         {parse_login(e.worker).has_value(), "worker"},
                         {is_integer(e.share.lease), "lease"},
                         {is_integer(e.seq, 1), "seq"},
                         {is_time(e.stamp), "stamp"}});
  }
  std::string operator()(const server::WithdrawWanted& e) const {
    return first_broken({{is_sprint_id(e.sprint), "sprint"},
                         {!e.seqs.empty() && e.seqs.size() <= 256, "seqs"},
                         {std::all_of(e.seqs.begin(), e.seqs.end(),
                                      [](std::uint64_t seq) { return is_integer(seq, 1); }),
                          "seq"}});
  }
  std::string operator()(const server::BatchWanted& e) const {
    return first_broken({{is_sprint_id(e.sprint), "sprint"},
                         {!e.shares.empty() && e.shares.size() <= 64, "shares"},
                         {is_integer(e.first_seq, 1), "first_seq"},
                         {is_integer(e.first_seq + e.shares.size(), 1), "last seq"},
                         {std::all_of(e.shares.begin(), e.shares.end(),
                                      [](const ShareClaim& s) { return is_integer(s.lease); }),
                          "lease"},
                         {is_time(e.stamp), "stamp"}});
  }
  std::string operator()(const server::StatusWanted& e) const {
    return first_broken({{is_sprint_id(e.sprint), "sprint"}, {e.nonces.size() <= 8, "nonces"}});
  }
  std::string operator()(const server::Resumed&) const { return {}; }
  std::string operator()(const server::Named& e) const {
    return first_broken({{!e.agent.empty() && e.agent.size() <= 128, "agent"}});
  }
  std::string operator()(const server::Left&) const { return {}; }
};

}  // namespace

std::string out_of_range(const ClientEvent& event) {
  return std::visit(ClientRanges(), event);
}

std::string out_of_range(const ServerEvent& event) {
  return std::visit(ServerRanges(), event);
}

}  // namespace stratum

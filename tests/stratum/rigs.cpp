#include "tests/stratum/rigs.h"

#include <fmt/format.h>

#include "base/check.h"
#include "stratum/codec_answers.h"
#include "stratum/codec_notices.h"
#include "stratum/sprint_secret.h"

namespace stratum {
namespace {

using std::chrono::seconds;

std::string text_of(const WireError& error) {
  return fmt::format("error {} '{}' {}", static_cast<int>(error.code), error.text, error.retry_ms);
}

std::string text_of(const std::vector<Lease>& leases) {
  std::string out;
  for (const Lease& l : leases) {
    out += fmt::format("[{} dev {} base {} bits {} diff {}]", l.id, l.device, base::to_hex(l.base),
                       l.bits, l.difficulty);
  }
  return out;
}

template <class Numbers>
std::string list_of(const Numbers& numbers) {
  std::string out;
  for (const auto number : numbers) out += fmt::format(" {}", number);
  return out;
}

std::int64_t micros(base::UnixTime time) {
  return time.time_since_epoch().count();
}

struct ClientText {
  std::string operator()(const client::LoggedIn& e) const {
    return e.resumed ? "LoggedIn resumed" : "LoggedIn";
  }
  std::string operator()(const client::LoginRefused& e) const {
    return "LoginRefused " + text_of(e.error);
  }
  std::string operator()(const client::Announced& e) const {
    const Announcement& a = e.announcement;
    const std::string draw =
        a.draw ? fmt::format(" draw {} {}", base::to_hex(a.draw->commitment), a.draw->beacon) : "";
    return fmt::format("Announced {} {} {},{},{} {} {} {} {} {} {}{}", a.sprint, a.pool,
                       a.profile.layers, a.profile.dim, a.profile.ffn, base::to_hex(a.model_seed),
                       a.identity, micros(a.t0), micros(a.t_end), base::to_hex(a.commitment),
                       a.beacon, draw);
  }
  std::string operator()(const client::Started& e) const {
    const StartNotice& n = e.notice;
    return fmt::format("Started {} {} {} {} {} {}", n.sprint, base::to_hex(n.start_seed),
                       base::to_hex(n.secret), n.beacon, micros(n.t0), micros(n.t_end));
  }
  std::string operator()(const client::SprintRefused& e) const {
    return fmt::format("SprintRefused {}: {}", e.sprint, e.reason);
  }
  std::string operator()(const client::Leased& e) const {
    return fmt::format("Leased {} {} close{}", e.sprint, text_of(e.leases), list_of(e.close));
  }
  std::string operator()(const client::LeaseRefused& e) const {
    return fmt::format("LeaseRefused {} devices{} {}", e.sprint, list_of(e.devices),
                       text_of(e.error));
  }
  std::string operator()(const client::Answered& e) const {
    return fmt::format("Answered {} {} {}", e.sprint, e.seq, e.error ? text_of(*e.error) : "true");
  }
  std::string operator()(const client::Withdrawn& e) const {
    return fmt::format("Withdrawn {} {}", e.sprint, e.count);
  }
  std::string operator()(const client::StatusTold& e) const {
    const SprintResult& r = e.status.result;
    std::string out = fmt::format("StatusTold {} {} {} {} {}", e.status.sprint, e.status.state,
                                  r.credit, r.total, base::to_hex(r.root));
    for (const ShareStatus& s : e.status.shares) {
      out += fmt::format(" [{} {} {}", base::to_hex(s.nonce), s.state, s.difficulty);
      if (s.proof) out += fmt::format(" {} of {}", s.proof->index, s.proof->leaves);
      for (const base::Bytes32& hash : s.proof ? s.proof->siblings : std::vector<base::Bytes32>()) {
        out += " " + base::to_hex(hash);
      }
      out += "]";
    }
    return out;
  }
  std::string operator()(const client::StatusRefused& e) const {
    return fmt::format("StatusRefused {} {}", e.sprint, text_of(e.error));
  }
  std::string operator()(const client::Judged& e) const {
    std::string out = fmt::format("Judged {} {}", e.verdict.sprint, e.verdict.verified);
    for (const VoidShare& v : e.verdict.voided) {
      out += fmt::format(" [{} {} '{}']", v.seq, static_cast<int>(v.code), v.text);
    }
    return out;
  }
  std::string operator()(const client::Ended& e) const { return "Ended " + e.sprint; }
  std::string operator()(const client::Cancelled& e) const {
    return fmt::format("Cancelled {}: {}", e.sprint, e.reason);
  }
  std::string operator()(const client::Credited& e) const {
    const auto& draw = e.result.draw;
    return fmt::format(
        "Credited {} {} {} {}{}", e.result.sprint, e.result.credit, e.result.total,
        base::to_hex(e.result.root),
        draw ? fmt::format(" draw {} {}", base::to_hex(draw->secret), draw->value) : "");
  }
  std::string operator()(const client::Redirected& e) const {
    return fmt::format("Redirected {} in {} ms", e.redirect.to.text(),
                       e.redirect.wait / std::chrono::milliseconds(1));
  }
  std::string operator()(const client::Message& e) const { return "Message " + e.text; }
};

struct ServerText {
  std::string operator()(const server::LoginWanted& e) const {
    return fmt::format("LoginWanted {} '{}' '{}' '{}'", e.login.account, e.login.worker, e.password,
                       e.agent);
  }
  std::string operator()(const server::Resumed&) const { return "Resumed"; }
  std::string operator()(const server::BatchWanted& e) const {
    std::string out =
        fmt::format("BatchWanted {} from {} at {}", e.sprint, e.first_seq, micros(e.stamp));
    for (const ShareClaim& s : e.shares) {
      out += fmt::format(" [{} {} {}]", s.lease, base::to_hex(s.nonce), base::to_hex(s.digest));
    }
    return out;
  }
  std::string operator()(const server::StatusWanted& e) const {
    std::string out = "StatusWanted " + e.sprint;
    for (const std::uint64_t nonce : e.nonces) out += " " + base::to_hex(nonce);
    return out;
  }
  std::string operator()(const server::ReadyWanted& e) const {
    std::string out = "ReadyWanted " + e.sprint;
    for (const ReadyDevice& d : e.devices) {
      out += fmt::format(" [{} '{}' {}]", d.device, d.name, d.rate_per_1000s);
    }
    return out;
  }
  std::string operator()(const server::LeaseWanted& e) const {
    return e.device ? fmt::format("LeaseWanted {} device {}", e.sprint, *e.device)
                    : fmt::format("LeaseWanted {} bits {}", e.sprint, e.bits.value());
  }
  std::string operator()(const server::SubmitWanted& e) const {
    return fmt::format("SubmitWanted {} {} {} {} {} {} at {}", e.worker, e.sprint, e.share.lease,
                       base::to_hex(e.share.nonce), base::to_hex(e.share.digest), e.seq,
                       micros(e.stamp));
  }
  std::string operator()(const server::WithdrawWanted& e) const {
    return fmt::format("WithdrawWanted {}{} at {}", e.sprint, list_of(e.seqs), micros(e.stamp));
  }
  std::string operator()(const server::Named& e) const { return "Named '" + e.agent + "'"; }
  std::string operator()(const server::Left&) const { return "Left"; }
};

void must(const base::Status& status) {
  CHECK(status.ok());
}

void ask_everything(ClientSession& session) {
  const ReadyDevice devices[] = {{0, "first", 0}, {1, "second", 5000}};
  session.ready("s-0001", devices);
  session.request_lease("s-0001", 0);
  const std::uint64_t seqs[] = {session.submit("s-0001", sample_share(7))};
  session.withdraw("s-0001", seqs);
}

}  // namespace

Announcement sample_announcement(const std::string& id) {
  Announcement a;
  a.sprint = id;
  a.pool = "pool.example";
  a.profile = poc::make_profile(2, 128, 256).value();
  a.model_seed.fill(0x22);
  a.identity = "alice";
  a.t0 = kPoolNow + seconds(10);
  a.t_end = kPoolNow + seconds(70);
  base::Bytes32 secret;
  secret.fill(0x11);
  a.commitment = commit_to(secret);
  a.beacon = "none";
  return a;
}

StartNotice sample_start(const Announcement& announcement) {
  StartNotice notice;
  notice.sprint = announcement.sprint;
  notice.secret.fill(0x11);
  notice.beacon = "none";
  notice.start_seed =
      make_start_seed(announcement.pool, announcement.sprint, notice.secret, notice.beacon);
  notice.t0 = announcement.t0;
  notice.t_end = announcement.t_end;
  return notice;
}

Lease sample_lease(std::uint64_t number, std::uint32_t device) {
  return {number, device, number << 32, 32, 1000};
}

ShareClaim sample_share(std::uint64_t nonce) {
  ShareClaim share{1, (std::uint64_t{1} << 32) + nonce, {}};
  share.digest.fill(static_cast<std::uint8_t>(nonce));
  return share;
}

std::string describe(const ClientEvent& event) {
  return std::visit(ClientText(), event);
}

std::string describe(const ServerEvent& event) {
  return std::visit(ServerText(), event);
}

ClientSession make_client(ClientStage stage, const std::string& home) {
  ClientConfig config{"tester/1", "alice.rig", "x"};
  if (!home.empty()) config.redirects = RedirectRule{{home, 3333}, {}};
  ClientSession session(config, kOurNow);
  if (stage >= ClientStage::kWorking) {
    must(session.feed(codec::write_subscribed(1, {kPoolNow}), kOurNow));
    must(session.feed(codec::write_true(2), kOurNow));
  }
  if (stage >= ClientStage::kAnnounced) {
    must(session.feed(codec::write_announcement(sample_announcement()), kOurNow));
    ask_everything(session);
  }
  if (stage >= ClientStage::kStarted) {
    const Lease leases[] = {sample_lease(1)};
    must(session.feed(codec::write_granted(4, leases), kOurNow));
    must(session.feed(codec::write_start(sample_start(sample_announcement())), kOurNow));
  }
  if (stage >= ClientStage::kEnded) {
    must(session.feed(codec::write_end("s-0001", 0), kOurNow));
    const std::uint64_t nonces[] = {sample_share(7).nonce, sample_share(8).nonce};
    session.request_status("s-0001", nonces);
  }
  drain(session);
  take_output(session);
  return session;
}

ServerSession make_server(ServerStage stage) {
  ServerSession session("pool.example");
  if (stage >= ServerStage::kSubscribed) {
    // Who says nothing is one of V1's tools, and is asked what it is after its login.
    const std::string agent =
        stage >= ServerStage::kWorking ? "[\"rig/1\",null,\"SprintStratum/1\"]" : "[]";
    must(session.feed("{\"id\":1,\"method\":\"mining.subscribe\",\"params\":" + agent + "}\n",
                      kPoolNow));
  }
  if (stage >= ServerStage::kLoggingIn) {
    must(session.feed(
        "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"alice.rig\",\"x\"]}\n", kPoolNow));
    const auto event = session.next_event();
    CHECK(event.has_value());
    if (stage >= ServerStage::kWorking) {
      session.accept(std::get<server::LoginWanted>(*event).request);
    }
  }
  if (stage >= ServerStage::kLeft) {
    must(session.feed("{\"id\":3,\"method\":\"mining.bye\",\"params\":[]}\n", kPoolNow));
    drain(session);
  }
  take_output(session);
  return session;
}

}  // namespace stratum

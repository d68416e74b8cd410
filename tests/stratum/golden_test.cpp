// Every line of golden/*.jsonl gets the reaction that stands beside it; golden/README.md has the
// format.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "stratum/codec_notices.h"
#include "stratum/codec_requests.h"
#include "tests/places.h"
#include "tests/stratum/golden_file.h"
#include "tests/stratum/reactions.h"

namespace stratum {
namespace {

template <class Session>
void expect_reaction(const Golden& golden, Session session, const base::Status& status) {
  expect_status(golden, status);
  EXPECT_EQ(drain(session), golden.events);
  expect_answer(golden, take_output(session));
}

TEST(Golden, MinerToPool) {
  const auto all = read_golden(SPRINT_GOLDEN_DIR "/miner_to_pool.jsonl");
  ASSERT_GE(all.size(), 300u);
  for (const Golden& golden : all) {
    SCOPED_TRACE(golden.name);
    auto session = make_server(server_stage(golden.state));
    const auto status = session.feed(golden.line, kPoolNow);
    expect_reaction(golden, std::move(session), status);
  }
}

TEST(Golden, PoolToMiner) {
  const auto all = read_golden(SPRINT_GOLDEN_DIR "/pool_to_miner.jsonl");
  ASSERT_GE(all.size(), 300u);
  for (const Golden& golden : all) {
    SCOPED_TRACE(golden.name);
    auto session = make_client(client_stage(golden.state));
    const auto status = session.feed(golden.line, kOurNow);
    expect_reaction(golden, std::move(session), status);
  }
}

TEST(Golden, NamesAreUnique) {
  for (const char* file : {"miner_to_pool.jsonl", "pool_to_miner.jsonl"}) {
    std::set<std::string> names;
    for (const Golden& golden : read_golden(std::string(SPRINT_GOLDEN_DIR "/") + file)) {
      EXPECT_TRUE(names.insert(golden.name).second) << golden.name;
    }
  }
}

/// Reads a message's parameters and writes the message again.
using Rewrite = std::function<std::string(std::uint64_t id, const json::Field& params)>;

const std::map<std::string, Rewrite>& request_rewrites() {
  using namespace codec;  // NOLINT(google-build-using-namespace): every line here is of it
  static const std::map<std::string, Rewrite> all = {
      {"mining.subscribe",
       [](auto id, auto& p) { return write_subscribe(id, read_subscribe(p).value()); }},
      {"mining.authorize",
       [](auto id, auto& p) { return write_authorize(id, read_authorize(p).value()); }},
      {"sprint.ready",
       [](auto id, auto& p) {
         const Ready ready = read_ready(p).value();
         return write_ready(id, ready.sprint, ready.devices);
       }},
      {"mining.lease",
       [](auto id, auto& p) { return write_lease_request(id, read_lease_request(p).value()); }},
      {"mining.submit", [](auto id, auto& p) { return write_submit(id, read_submit(p).value()); }},
      {"mining.withdraw",
       [](auto id, auto& p) {
         const Withdraw withdraw = read_withdraw(p).value();
         return write_withdraw(id, withdraw.sprint, withdraw.seqs);
       }},
      {"sprint.status",
       [](auto id, auto& p) { return write_status_request(id, read_status_request(p).value()); }},
      {"mining.time",
       [](auto id, auto& p) { return write_time_request(id, read_time_request(p).value()); }},
      {"mining.ping", [](auto id, auto&) { return write_bare_request(id, "mining.ping"); }},
      {"mining.bye", [](auto id, auto&) { return write_bare_request(id, "mining.bye"); }},
  };
  return all;
}

const std::map<std::string, Rewrite>& notice_rewrites() {
  using namespace codec;  // NOLINT(google-build-using-namespace): every line here is of it
  static const std::map<std::string, Rewrite> all = {
      {"sprint.announce",
       [](auto, auto& p) { return write_announcement(read_announcement(p).value()); }},
      {"mining.notify", [](auto, auto& p) { return write_start(read_start(p).value()); }},
      {"mining.set_lease",
       [](auto, auto& p) {
         const SetLease notice = read_set_lease(p).value();
         return write_set_lease(notice.sprint, notice.granted.leases, notice.close);
       }},
      {"mining.set_difficulty",
       [](auto, auto& p) { return write_set_difficulty(p.at(0, "D").integer().value()); }},
      {"sprint.end",
       [](auto, auto& p) {
         return write_end(read_end(p).value(), p.at("acked").integer().value());
       }},
      {"sprint.cancel",
       [](auto, auto& p) {
         const Cancel cancel = read_cancel(p).value();
         return write_cancel(cancel.sprint, cancel.reason);
       }},
      {"sprint.verdict",
       [](auto, auto& p) {
         const Verdict verdict = read_verdict(p).value();
         return write_verdict(verdict.sprint, verdict.verified, verdict.voided);
       }},
      {"sprint.result", [](auto, auto& p) { return write_result(read_result(p).value()); }},
      {"client.show_message", [](auto, auto& p) { return write_message(read_message(p).value()); }},
      {"mining.ping", [](auto id, auto&) { return codec::write_bare_request(id, "mining.ping"); }},
  };
  return all;
}

/// Asserts that each method in `rewrites` has a line, and each such line is written as it was read.
void expect_rewritten(const std::string& file, const std::map<std::string, Rewrite>& rewrites) {
  std::set<std::string> seen;
  for (const Golden& golden : read_golden(std::string(SPRINT_GOLDEN_DIR "/") + file)) {
    if (!golden.written) continue;
    SCOPED_TRACE(golden.name);
    json::Document document;
    ASSERT_TRUE(document.parse(golden.line).ok());
    const json::Field root = document.root();
    const std::string method = root.at("method").text(100).value();
    seen.insert(method);
    const auto id = root.at("id").integer();
    const Rewrite& rewrite = rewrites.at(method);
    EXPECT_EQ(rewrite(id ? *id : 0, root.at("params")), golden.line);
  }
  EXPECT_EQ(seen.size(), rewrites.size());
}

TEST(Golden, OurMinerWritesItsLinesSo) {
  expect_rewritten("miner_to_pool.jsonl", request_rewrites());
}

TEST(Golden, OurPoolWritesItsLinesSo) {
  expect_rewritten("pool_to_miner.jsonl", notice_rewrites());
}

}  // namespace
}  // namespace stratum

#include "tests/pool/node_rig.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <utility>

namespace tests {

base::SteadyTime steady_of(base::UnixTime time) {
  return base::SteadyTime(std::chrono::hours(1)) + (time - kNoon);
}

NodeRig::NodeRig(const pool::Config& config, HandJournal* journal, const pool::Saved& saved,
                 base::UnixTime at)
    : rig(config, journal, saved, at),
      service({rig.pool, [this] { return ++last_id_; }, [this] { to_settle = true; }, "run0"}) {}

std::string NodeRig::call(const std::string& body) {
  const auto answer = std::make_shared<std::string>();
  service.handle(body, rig.now, steady_of(rig.now),
                 [answer](const pool::NodeReply& reply) { *answer = reply.body; });
  settle();
  return *answer;
}

std::string NodeRig::call(const std::string& method, const std::string& params) {
  return call(
      fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"{}","params":{}}})", method, params));
}

void NodeRig::at(base::UnixTime time) {
  rig.at(time);
  to_settle = true;
  settle();
}

void NodeRig::verify() {
  rig.verify();
  settle();
}

void NodeRig::settle() {
  while (std::exchange(to_settle, false)) service.settle(rig.now, steady_of(rig.now));
}

void NodeRig::written() {
  rig.pool.written(rig.journal->records.size(), rig.now);
  settle();
}

NodeMiner::NodeMiner(NodeRig& rig, const std::string& login, const std::string& client)
    : bridge(client),
      session({"tester/1", login, "token"}, steady_of(rig.rig.now)),
      rig_(&rig),
      lines_{std::make_shared<Line>(), std::make_shared<Line>()} {}

void NodeMiner::talk() {
  const base::SteadyTime now = steady_of(rig_->rig.now);
  if (over.ok()) over = session.tick(now);
  for (bool busy = true; busy && over.ok();) {
    const std::string said(session.output());
    session.consume(said.size());
    over = bridge.feed(said, now);
    busy = serve(stratum::Lane::kPoll);
    busy = serve(stratum::Lane::kWork) || busy;
    const std::string heard(bridge.output());
    bridge.consume(heard.size());
    if (over.ok()) over = session.feed(heard, now);
    busy = busy || !said.empty() || !heard.empty();
  }
}

/// Makes a call, or takes the answer to one.
bool NodeMiner::serve(stratum::Lane lane) {
  const base::SteadyTime now = steady_of(rig_->rig.now);
  const std::shared_ptr<Line> line = lines_.at(static_cast<std::size_t>(lane));
  if (line->reply) {
    const pool::NodeReply reply = *std::exchange(line->reply, std::nullopt);
    line->busy = false;
    const base::Status taken = bridge.answer(lane, {reply.status, {}, reply.body}, now);
    if (over.ok()) over = taken;
    return true;
  }
  if (line->busy) return false;
  const auto call = bridge.next_call(lane, now);
  if (!call) return false;
  line->busy = true;
  rig_->service.handle(call->body, rig_->rig.now, now,
                       [line](pool::NodeReply reply) { line->reply = std::move(reply); });
  rig_->settle();
  return true;
}

}  // namespace tests

#include "pool/miner_door.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/pool/line_client.h"
#include "tests/pool/rig.h"

// What miners are told by a pool that stops: the test is its thread.
namespace pool {
namespace {

using tests::kNoon;
using tests::LineClient;
using tests::milliseconds;
using tests::seconds;

class MinerDoorTest : public testing::Test {
 protected:
  MinerDoorTest() { EXPECT_TRUE(door.bind("127.0.0.1", 0, nullptr).ok()); }

  /// Turns the pool's context until the client has heard it.
  void run_until(LineClient& client, const std::string& text) {
    for (int tries = 0; tries < 3000; ++tries) {
      io.restart();
      io.run_for(milliseconds(5));
      if (client.received().find(text) != std::string::npos || client.closed()) return;
      client.receive(milliseconds(5));
    }
    ADD_FAILURE() << "never heard " << text << " but " << client.received();
  }

  const std::string name = "rig";
  boost::asio::io_context io;
  base::SystemClock clock;
  base::SteadyWallClock wall{clock};
  tests::HandJournal journal;  // nothing is ever durable
  tests::PoolRig rig{tests::rig_config(), &journal, {}, kNoon};
  Statistics statistics{journal, rig.checker, wall};
  Pool::ConnectionId last_id = 0;
  bool empty = false;
  MinerDoor door{{io,
                  rig.pool,
                  statistics,
                  name,
                  {100, {}},
                  [this] { return ++last_id; },
                  clock,
                  wall,
                  rig.log,
                  [this] { door.flush(); },
                  [this] { empty = true; }}};
};

TEST_F(MinerDoorTest, APoolThatStopsAsksItsMinersToComeBackAndTakesNothingMore) {
  door.sweep();  // accepts from now on
  LineClient miner(door.listeners().front()->port());
  miner.send(
      "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"t\",null,\"SprintStratum/1\"]}\n"
      "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"alice.rig\",\"\"]}\n");
  run_until(miner, "\"id\":2,\"result\":true");
  door.finish(true);
  door.flush();
  miner.send(
      R"({"id":3,"method":"mining.submit","params":["alice.rig","1-00",1,)"
      R"("0000000000000001","0000000000000000000000000000000000000000000000000000000000000000",1]})"
      "\n");
  run_until(miner, "\"id\":3");
  EXPECT_NE(miner.received().find(R"("client.reconnect","params":["",0,)"), std::string::npos);
  EXPECT_NE(miner.received().find(R"({"id":3,"result":null,"error":[40,)"), std::string::npos)
      << miner.received();
  EXPECT_TRUE(door.has_connections());
  door.say_goodbye();
  for (int tries = 0; tries < 3000 && !empty; ++tries) {
    miner.receive(milliseconds(1));
    if (miner.closed()) miner.end_output();
    io.restart();
    io.run_for(milliseconds(2));
  }
  EXPECT_TRUE(miner.closed());
  EXPECT_TRUE(empty) << "nobody is connected any more, and the owner is told";
}

TEST_F(MinerDoorTest, CountsWhomItBansAndTurnsAway) {
  door.sweep();
  const std::uint16_t port = door.listeners().front()->port();
  for (std::uint64_t times = 1; times <= 3; ++times) {
    EXPECT_EQ(statistics.counters().address_bans, 0U);
    LineClient hostile(port);
    hostile.send("{\"id\":1,\n");
    run_until(hostile, "never said");
    EXPECT_TRUE(hostile.closed());
    EXPECT_EQ(statistics.counters().connections, times);
  }
  EXPECT_EQ(statistics.counters().address_bans, 1U);
  EXPECT_EQ(statistics.counters().turned_away, 0U);
  LineClient again(port);
  run_until(again, "never said");
  EXPECT_TRUE(again.closed());
  EXPECT_EQ(statistics.counters().turned_away, 1U);
  EXPECT_EQ(statistics.counters().connections, 3U);
}

}  // namespace
}  // namespace pool

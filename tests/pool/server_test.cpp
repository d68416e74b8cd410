#include "pool/server.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <thread>

#include "poc/verifier.h"
#include "pool/pool_view.h"
#include "tests/pool/line_client.h"
#include "tests/pool/rig.h"

// A pool on a real loopback socket.
namespace pool {
namespace {

using tests::LineClient;
using tests::milliseconds;
using tests::seconds;
using tests::TinyMiner;

constexpr const char* kLogin =
    "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}\n"
    "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"watcher\",\"\"]}\n";

Config short_sprints(std::uint64_t sprints) {
  Config config = tests::rig_config();
  config.port = 0;
  config.sprint_length = seconds(2);
  config.lead = seconds(60);
  config.start_when_ready = true;
  config.withdraw_grace = milliseconds(200);
  config.sprints = sprints;
  return config;
}

/// A server and the thread that it runs on.
class Running {
 public:
  Running(const Config& config, const base::Clock& clock) {
    auto made = Server::listen(config, std::make_unique<poc::ReferenceVerifier>(2), log, clock);
    if (!made.ok()) {
      ADD_FAILURE() << made.message();
      return;
    }
    server = std::move(made).value();
    thread_ = std::thread([this] { server->run(); });
  }
  explicit Running(const Config& config) : Running(config, system_clock()) {}
  ~Running() {
    if (server == nullptr) return;
    server->stop();
    join();
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  tests::LogBook log;
  std::unique_ptr<Server> server;

 private:
  static const base::Clock& system_clock() {
    static const base::SystemClock clock;
    return clock;
  }
  std::thread thread_;
};

void expect_sums(const Summary& summary) {
  EXPECT_EQ(summary.stored, summary.verified + summary.wrong + summary.withdrawn);
}

TEST(Server, EveryAcknowledgedShareIsCredited) {
  Config config = short_sprints(2);
  config.difficulty = 3;
  Running pool(config);
  const TinyMiner::Counts counts = TinyMiner(pool.server->port(), "alice").mine(2);
  pool.join();  // by itself, after two sprints
  const Summary summary = pool.server->summary();
  EXPECT_EQ(counts.results, 2U);
  EXPECT_GT(counts.acked, 0U);
  EXPECT_EQ(counts.voided, 0U);
  EXPECT_EQ(counts.credit, 3 * counts.acked);
  EXPECT_EQ(summary.sprints, 2U);
  EXPECT_EQ(summary.stored, counts.acked);
  EXPECT_EQ(summary.refused, counts.refused);
  EXPECT_EQ(summary.credit, counts.credit);
  expect_sums(summary);
}

TEST(Server, AWrongDigestIsFoundToldAndNotCredited) {
  Running pool(short_sprints(1));
  const TinyMiner::Counts counts = TinyMiner(pool.server->port(), "mallory", true).mine(1);
  pool.join();
  const Summary summary = pool.server->summary();
  EXPECT_GT(counts.voided, 0U);
  EXPECT_EQ(counts.voided, summary.wrong);
  EXPECT_EQ(counts.credit, counts.acked - counts.voided);
  EXPECT_EQ(summary.verified, counts.credit);
  expect_sums(summary);
}

TEST(Server, HostileClientsCostAnHonestMinerNothing) {
  Running pool(short_sprints(2));
  const std::uint16_t port = pool.server->port();
  auto honest = std::async(std::launch::async, [&] { return TinyMiner(port, "alice").mine(2); });
  const std::string_view nonsense[] = {
      "GET / HTTP/1.1\r\nHost: pool\r\n\r\n",
      std::string_view("{\"id\":1,\"method\":\"mining.ping\0\"}\n", 33),
      "{\"id\":1,\n",
      "[[[[[[[[[[[[[[[[\n",
      "\xff\xfe\x80\n",
  };
  for (const std::string_view bytes : nonsense) {
    LineClient hostile(port);
    ASSERT_TRUE(hostile.connected());
    hostile.send(bytes);
    EXPECT_TRUE(hostile.wait_for_close()) << bytes;
  }
  LineClient long_line(port);
  long_line.send(std::string(5000, 'x'));
  EXPECT_TRUE(long_line.wait_for_close());
  EXPECT_NE(long_line.received().find("34"), std::string::npos) << long_line.received();
  for (int i = 0; i < 20; ++i) LineClient(port).send(std::string_view(kLogin).substr(0, 60));
  const TinyMiner::Counts counts = honest.get();
  EXPECT_EQ(counts.results, 2U);
  EXPECT_GT(counts.acked, 0U);
  EXPECT_EQ(counts.credit, counts.acked);
}

TEST(Server, ClosesWhoAsksAndDoesNotRead) {
  Running pool(short_sprints(0));
  LineClient greedy(pool.server->port());
  greedy.send(kLogin);
  std::string pings;
  for (int i = 0; i < 1000; ++i)
    pings += R"({"id":7,"method":"mining.ping","params":[]})"
             "\n";
  int sent = 0;
  while (sent < 2000 && greedy.send(pings)) ++sent;
  EXPECT_LT(sent, 2000) << "80 MB were answered into the void";
}

TEST(Server, AnswersByeAndCloses) {
  Running pool(short_sprints(0));
  LineClient client(pool.server->port());
  client.send(std::string(kLogin) + R"({"id":3,"method":"mining.bye","params":[]})" + "\n");
  EXPECT_TRUE(client.wait_for_close());
  EXPECT_NE(client.received().find(R"({"id":3,"result":true)"), std::string::npos)
      << client.received();
}

TEST(Server, ClosesWhoDoesNotLogInWithinFifteenSeconds) {
  base::ManualClock clock;
  Running pool(short_sprints(0), clock);
  LineClient quiet(pool.server->port());
  LineClient polite(pool.server->port());
  polite.send(kLogin);
  quiet.send("{\"id\":1,\"method\":\"mining.ping\",\"params\":[]}\n");
  ASSERT_TRUE(quiet.wait_for("\"id\":1"));
  ASSERT_TRUE(polite.wait_for("sprint.announce"));
  clock.advance(seconds(16));
  EXPECT_TRUE(quiet.wait_for_close());
  polite.send("{\"id\":77,\"method\":\"mining.ping\",\"params\":[]}\n");
  EXPECT_TRUE(polite.wait_for("\"id\":77"));
}

TEST(Server, T6_ClosesWhoIsSilentForTwoMinutes) {
  base::ManualClock clock;
  Running pool(short_sprints(0), clock);
  LineClient client(pool.server->port());
  client.send(kLogin);
  ASSERT_TRUE(client.wait_for("sprint.announce"));
  clock.advance(seconds(119));
  client.send("{\"id\":77,\"method\":\"mining.ping\",\"params\":[]}\n");
  ASSERT_TRUE(client.wait_for("\"id\":77"));
  clock.advance(seconds(119));
  client.send("{\"id\":78,\"method\":\"mining.ping\",\"params\":[]}\n");
  ASSERT_TRUE(client.wait_for("\"id\":78"));
  clock.advance(seconds(121));
  EXPECT_TRUE(client.wait_for_close());
}

Config of_strangers(std::size_t per_address) {
  Config config = short_sprints(0);
  config.limits = {per_address, {}};
  return config;
}

/// Whether the pool talks to a new connection, and does not close it at once.
bool is_let_in(std::uint16_t port) {
  LineClient client(port);
  return client.send(kLogin) && client.wait_for("\"result\":true");
}

TEST(Server, WhoTalksNonsenseThreeTimesIsKeptOut) {
  Running pool(of_strangers(100));
  const std::uint16_t port = pool.server->port();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(is_let_in(port));
    LineClient hostile(port);
    hostile.send("{\"id\":1,\n");
    EXPECT_TRUE(hostile.wait_for_close());
  }
  EXPECT_FALSE(is_let_in(port));
  EXPECT_EQ(pool.log.warnings("address is banned"), 1U);
}

TEST(Server, WhoTriesTlsFirstIsNotKeptOut) {
  Running pool(of_strangers(100));
  for (int i = 0; i < 5; ++i) {
    LineClient hello(pool.server->port());
    hello.send(std::string_view("\x16\x03\x01\x00\xf4\x01\x00\x00\xf0\x03\x03\n", 12));
    EXPECT_TRUE(hello.wait_for_close());
  }
  EXPECT_TRUE(is_let_in(pool.server->port()));
}

TEST(Server, OneAddressHasSoManyConnections) {
  Running pool(of_strangers(2));
  const std::uint16_t port = pool.server->port();
  LineClient first(port);
  first.send(kLogin);
  EXPECT_TRUE(first.wait_for("\"result\":true"));
  {
    LineClient second(port);
    second.send(kLogin);
    EXPECT_TRUE(second.wait_for("\"result\":true"));
    EXPECT_FALSE(is_let_in(port));
    second.send("{\"id\":3,\"method\":\"mining.bye\",\"params\":[]}\n");
    EXPECT_TRUE(second.wait_for_close());
  }
  // Its place is free once the pool has seen that it is gone.
  bool again = false;
  for (int tries = 0; tries < 300 && !again; ++tries) {
    again = is_let_in(port);
    if (!again) std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_TRUE(again);
}

TEST(Server, StopsAtOnceAndCancelsWhatRuns) {
  Running pool(short_sprints(0));
  LineClient client(pool.server->port());
  client.send(kLogin);
  ASSERT_TRUE(client.wait_for("sprint.announce"));
  LineClient stuck(pool.server->port());  // never says good-bye
  const auto began = std::chrono::steady_clock::now();
  pool.server->stop();
  pool.server->stop();
  pool.join();
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(5));
  EXPECT_TRUE(client.wait_for_close());
  EXPECT_NE(client.received().find("sprint.cancel"), std::string::npos);
}

TEST(Server, StoppedBeforeItRunsItDoesNotRun) {
  tests::LogBook log;
  const base::SystemClock clock;
  auto server =
      Server::listen(short_sprints(0), std::make_unique<poc::ReferenceVerifier>(), log, clock);
  ASSERT_TRUE(server.ok());
  (*server)->stop();
  (*server)->run();
  EXPECT_EQ((*server)->summary().sprints, 0U);
}

TEST(Server, ShowsItsVerifiers) {
  Running pool(short_sprints(1));
  std::promise<View> asked;
  pool.server->ask({true, {}}, [&asked](View view) { asked.set_value(std::move(view)); });
  const View view = asked.get_future().get();
  ASSERT_TRUE(view.pool);
  std::vector<std::string> names;
  for (const auto& verifier : view.pool->verification.verifiers) names.push_back(verifier.name);
  EXPECT_EQ(names, (std::vector<std::string>{"verifier", "reference"}));
  EXPECT_EQ(view.pool->verification.answered, 0U);
}

TEST(Server, NamesTheAddressThatIsTaken) {
  Running pool(short_sprints(0));
  tests::LogBook log;
  const base::SystemClock clock;
  Config config = short_sprints(0);
  config.port = pool.server->port();
  const auto second =
      Server::listen(config, std::make_unique<poc::ReferenceVerifier>(), log, clock);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.message().find(fmt::format("127.0.0.1:{}", config.port)), std::string::npos)
      << second.message();
}

}  // namespace
}  // namespace pool

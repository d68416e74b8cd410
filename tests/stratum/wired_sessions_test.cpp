// Both sessions wired together, the byte streams between them cut at random places: what they tell
// their owners must not depend on the cuts.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "tests/stratum/rigs.h"

namespace stratum {
namespace {

/// How many of the bytes that wait are carried at once.
using Cut = std::function<std::size_t(std::size_t waiting)>;

/// A pool and a miner who act on events only, so that a run depends on nothing but what arrives.
class Wire {
 public:
  explicit Wire(Cut cut) : cut_(std::move(cut)) {}

  /// Until both are silent.
  void run() {
    while (carry_to_server() || carry_to_client()) {
    }
  }

  const std::vector<std::string>& pool_saw() const { return pool_saw_; }
  const std::vector<std::string>& miner_saw() const { return miner_saw_; }
  std::size_t unanswered() const { return miner_.unanswered(); }

 private:
  bool carry_to_server() {
    if (miner_.output().empty()) return false;
    const std::size_t count = cut_(miner_.output().size());
    EXPECT_TRUE(pool_.feed(miner_.output().substr(0, count), kPoolNow).ok());
    miner_.consume(count);
    while (const auto event = pool_.next_event()) {
      pool_saw_.push_back(describe(*event));
      std::visit([this](const auto& e) { on(e); }, *event);
    }
    return true;
  }

  bool carry_to_client() {
    if (pool_.output().empty()) return false;
    const std::size_t count = cut_(pool_.output().size());
    EXPECT_TRUE(miner_.feed(pool_.output().substr(0, count), kOurNow).ok());
    pool_.consume(count);
    while (const auto event = miner_.next_event()) {
      miner_saw_.push_back(describe(*event));
      std::visit([this](const auto& e) { on(e); }, *event);
    }
    return true;
  }

  void on(const server::LoginWanted& e) {
    pool_.accept(e.request);
    pool_.announce(sample_announcement("a"));
    pool_.announce(sample_announcement("b"));
  }
  void on(const server::ReadyWanted& e) {
    std::vector<Lease> leases;
    for (const ReadyDevice& d : e.devices) leases.push_back(sample_lease(d.device, d.device));
    pool_.grant(e.request, leases);
    pool_.start(sample_start(sample_announcement(e.sprint)));
    if (e.sprint == "b") pool_.ping();
  }
  void on(const server::LeaseWanted& e) {
    const Lease leases[] = {sample_lease(100, *e.device)};
    pool_.grant(e.request, leases);
    const std::uint64_t close[] = {1};
    pool_.set_leases(e.sprint, {}, close);
  }
  void on(const server::BatchWanted&) { ADD_FAILURE() << "our miner sends no batches"; }
  void on(const server::StatusWanted&) { ADD_FAILURE() << "our miner asks for no status"; }
  void on(const server::Resumed&) { ADD_FAILURE() << "nobody keeps sessions here"; }
  void on(const server::SubmitWanted& e) {
    if (e.seq % 3 == 0) return pool_.refuse(e.request, Code::kBusy, "later", 10);
    pool_.accept(e.request);
  }
  void on(const server::WithdrawWanted& e) {
    pool_.withdrawn(e.request, e.seqs.size());
    pool_.end(e.sprint, 9);
    pool_.verdict({e.sprint, 4, {{2, Code::kWrongDigest, "wrong"}}});
    if (e.sprint == "a") return pool_.result({e.sprint, 4000, 4000, {}});
    pool_.cancel(e.sprint, "over");
  }
  void on(const server::Named&) {}
  void on(const server::Left&) {}

  void on(const client::Announced& e) {
    const ReadyDevice devices[] = {{0, "zero", 1}, {1, "one", 2}};
    miner_.ready(e.announcement.sprint, devices);
  }
  void on(const client::Started& e) {
    for (std::uint64_t i = 0; i < 9; ++i) miner_.submit(e.notice.sprint, sample_share(i));
    miner_.request_lease(e.notice.sprint, 1);
  }
  void on(const client::Answered& e) {
    const std::uint64_t seqs[] = {1, 5};
    if (e.seq == 9) miner_.withdraw(e.sprint, seqs);
  }
  void on(const client::Cancelled&) { miner_.bye(); }
  template <class Other>
  void on(const Other&) {}

  Cut cut_;
  ClientSession miner_{{"tester/1", "alice.rig", "x"}, kOurNow};
  ServerSession pool_{"pool.example"};
  std::vector<std::string> pool_saw_;
  std::vector<std::string> miner_saw_;
};

/// The run in which nothing is cut.
const Wire& uncut() {
  static const Wire* const wire = [] {
    auto* made = new Wire([](std::size_t waiting) { return waiting; });
    made->run();
    return made;
  }();
  return *wire;
}

void expect_as_uncut(const Wire& wire) {
  ASSERT_EQ(wire.pool_saw(), uncut().pool_saw());
  ASSERT_EQ(wire.miner_saw(), uncut().miner_saw());
  ASSERT_EQ(wire.unanswered(), 0u);
}

TEST(WiredSessions, TheUncutRunIsComplete) {
  const auto count = [](const std::vector<std::string>& events, const std::string& start) {
    return std::count_if(events.begin(), events.end(),
                         [&](const std::string& e) { return e.starts_with(start); });
  };
  const auto& miner = uncut().miner_saw();
  for (const auto& [start, times] : {std::pair{"LoggedIn", 1},
                                     {"Announced ", 2},
                                     {"Started ", 2},
                                     {"Leased ", 6},
                                     {"Answered ", 18},
                                     {"Withdrawn ", 2},
                                     {"Ended ", 2},
                                     {"Judged ", 2},
                                     {"Credited a", 1},
                                     {"Cancelled b", 1},
                                     {"Message", 0},
                                     {"SprintRefused", 0}}) {
    EXPECT_EQ(count(miner, start), times) << start;
  }
  EXPECT_EQ(count(uncut().pool_saw(), "SubmitWanted "), 18);
  EXPECT_EQ(uncut().pool_saw().back(), "Left");
  EXPECT_EQ(uncut().unanswered(), 0u);
}

TEST(WiredSessions, ByteByByte) {
  Wire wire([](std::size_t) { return 1; });
  wire.run();
  expect_as_uncut(wire);
}

TEST(WiredSessions, RandomCuts) {
  for (unsigned seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::minstd_rand random(seed);
    const std::size_t longest = 1 + random() % 700;
    Wire wire([&](std::size_t waiting) {
      return std::min<std::size_t>(waiting, 1 + random() % longest);
    });
    wire.run();
    expect_as_uncut(wire);
    if (testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace stratum

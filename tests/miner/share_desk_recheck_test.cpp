#include "tests/miner/share_desk_fixture.h"

// What is recomputed, and what comes of it.
namespace miner {
namespace {

using stratum::Code;

TEST_F(ShareDeskTest, RecheckIsToldAllThatItNeeds) {
  find(7, 3);
  ASSERT_EQ(ports_.jobs.size(), 1u);
  const auto race = make_race(3);
  EXPECT_EQ(ports_.jobs[0].model, race->spec.model);
  EXPECT_EQ(ports_.jobs[0].key, poc::input_key(race->spec, 7));
  EXPECT_EQ(ports_.jobs[0].claimed, tests::bytes_of(7));
}

TEST_F(ShareDeskTest, RecheckThatComesLateChangesNoFate) {
  open();
  find(7);
  answer(1);
  credit();
  recheck(0, false);
  EXPECT_EQ(desk_.counts(), (ShareCounts{.accepted = 1}));
  EXPECT_TRUE(take_withdrawals().empty());
  EXPECT_EQ(ports_.wrong, (std::vector<std::uint32_t>{0})) << "but it counts against the device";
  recheck(0, false);                // told again
  desk_.rechecked({12345, false});  // nobody's
  check();
  EXPECT_EQ(ports_.wrong.size(), 1u);
}

TEST_F(ShareDeskTest, RecheckIsOfUseUntilTheShareCanNoLongerBeWithdrawn) {
  open();
  find(7);
  ASSERT_EQ(ports_.jobs.size(), 1u);
  EXPECT_EQ(ports_.jobs[0].deadline, make_race(1)->t_end + std::chrono::seconds(5));
}

class ShareDeskVoids : public ShareDeskTest {
 protected:
  /// Finds and stores nonces 1 .. count, and has the pool call them all wrong.
  void void_all(std::uint64_t count, bool sampled) {
    ports_.checks = sampled;
    open();
    std::vector<stratum::VoidShare> voided;
    for (std::uint64_t nonce = 1; nonce <= count; ++nonce) {
      find(nonce);
      answer(nonce);
      voided.push_back({nonce, Code::kWrongDigest, "wrong"});
    }
    ports_.checks = true;
    desk_.judged({"s-1", count, voided});
    check();
    EXPECT_EQ(desk_.counts(), (ShareCounts{.rejected = count}));
    EXPECT_TRUE(ports_.wrong.empty()) << "on the pool's word alone";
  }
};

TEST_F(ShareDeskVoids, VoidedShareIsCheckedWhateverTheSampling) {
  void_all(1, false);
  ASSERT_EQ(ports_.jobs.size(), 1u);
  EXPECT_EQ(ports_.jobs[0].claimed, tests::bytes_of(1));
  EXPECT_EQ(ports_.jobs[0].deadline, std::nullopt);
  recheck(0, false);
  EXPECT_EQ(ports_.wrong, (std::vector<std::uint32_t>{0})) << "we agree";
}

TEST_F(ShareDeskVoids, PoolThatIsWrongCostsNoDevice) {
  void_all(1, false);
  recheck(0, true);
  EXPECT_TRUE(ports_.wrong.empty());
  EXPECT_TRUE(sink_.has("the pool voided wrongly: the share is right by our own re-check"));
}

TEST_F(ShareDeskVoids, ShareThatIsBeingCheckedIsNotCheckedTwice) {
  void_all(1, true);
  ASSERT_EQ(ports_.jobs.size(), 1u);
  recheck(0, true);
  EXPECT_TRUE(sink_.has("the pool voided wrongly"));
}

TEST_F(ShareDeskVoids, CheckThatCannotBeMadeSaysNothing) {
  void_all(1, false);
  recheck(0, std::nullopt);
  EXPECT_TRUE(ports_.wrong.empty());
}

TEST_F(ShareDeskVoids, PoolCannotKeepTheRecheckBusy) {
  void_all(100, false);
  EXPECT_EQ(ports_.jobs.size(), 3u) << "as many as pause a device";
}

TEST(ShareDeskSampling, OneInSoManyOfEachDevice) {
  FakeDeskPorts ports;
  tests::CollectingSink sink;
  ShareDesk desk(ports, {16, 0, 1, 5}, sink);
  const auto race = make_race(1);
  for (std::uint64_t nonce = 0; nonce < 1600; ++nonce) {
    for (std::uint32_t device = 0; device < 4; ++device) {
      const std::uint64_t own = nonce * 4 + device;
      desk.found(device, {race, tests::make_lease(1, device, 0), {own, {}}}, 0,
                 tests::at(base::Micros(0)));
    }
  }
  std::map<std::uint64_t, std::uint64_t> checked;  // by device
  std::map<poc::InputKey, std::uint64_t> device_of;
  for (std::uint64_t own = 0; own < 6400; ++own)
    device_of[poc::input_key(race->spec, own)] = own % 4;
  for (const RecheckJob& job : ports.jobs) ++checked[device_of.at(job.key)];
  EXPECT_EQ(checked[0], 100u);
  EXPECT_EQ(checked[1], 0u);
  EXPECT_EQ(checked[2], 1600u);
  EXPECT_EQ(checked[3], 320u);
}

}  // namespace
}  // namespace miner

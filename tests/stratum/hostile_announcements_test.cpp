// A pool that announces and starts what cannot be: each nonsense is refused once, with its reason.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "stratum/codec_notices.h"
#include "stratum/sprint_secret.h"
#include "tests/stratum/rigs.h"

namespace stratum {
namespace {

using base::Micros;
using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  CHECK(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

/// An announcement's line with `from` in it made `to`.
std::string announced_with(std::string_view from, std::string_view to) {
  return replaced(codec::write_announcement(sample_announcement()), from, to);
}

struct Nonsense {
  std::string line;
  std::string reason;
};

std::string times(base::UnixTime t0, Micros length) {
  Announcement a = sample_announcement();
  a.t0 = t0;
  a.t_end = t0 + length;
  return codec::write_announcement(a);
}

std::string identity(const std::string& text) {
  Announcement a = sample_announcement();
  a.identity = text;
  return codec::write_announcement(a);
}

std::vector<Nonsense> announcements() {
  const std::string seed(64, '2');
  return {
      {announced_with("s-0001", "S 1"), "sprint: not a sprint's id, 1..32 of [a-z0-9-]"},
      {announced_with("\"sprint\":", "\"spirit\":"), "sprint: missing"},
      {announced_with("pool.example", ""), "pool: not 1..64 printable ASCII characters"},
      {announced_with("\"pool\":\"pool.example\"", "\"pool\":7"),
       "pool: not 1..64 printable ASCII characters"},
      {announced_with("[2,128,256]", "[2,129,256]"), "dim"},
      {announced_with("[2,128,256]", "[0,128,256]"), "layers"},
      {announced_with("[2,128,256]", "[2,128,65536]"), "ffn"},
      {announced_with("[2,128,256]", "[2,128]"), "profile's ffn: missing"},
      {announced_with("[2,128,256]", "[2,128.0,256]"), "profile's dim: not an integer"},
      {announced_with("[2,128,256]", "\"nano\""), "profile's layers: missing"},
      {announced_with(seed, std::string(64, 'F')), "model_seed: not 64 lower-case"},
      {announced_with("\"t0\":", "\"t0\":-"), "t0: not an integer"},
      {announced_with("\"t_end\":", "\"t_end\":9"), "t_end: not an integer"},
      {announced_with("\"t_end\":", "\"x\":"), "t_end: missing"},
      {announced_with("\"commitment\":\"66", "\"commitment\":\"6"), "commitment: not 64"},
      {announced_with("\"none\"", "\"\""), "beacon: not 1..128 printable ASCII characters"},
      {announced_with("\"none\"", "\"" + std::string(129, 'b') + "\""), "beacon: not 1..128"},
      {times(kPoolNow, seconds(1) - Micros(1)), "t_end: not 1 s to 3600 s after t0"},
      {times(kPoolNow, seconds(3600) + Micros(1)), "t_end: not 1 s to 3600 s after t0"},
      {times(kPoolNow + seconds(9), -seconds(5)), "t_end: not 1 s to 3600 s after t0"},
      {times(kPoolNow + hours(24) + Micros(1), seconds(60)), "t0: more than 24 h ahead"},
      {times(kPoolNow + hours(24 * 3650), seconds(60)), "t0: more than 24 h ahead"},
      {times(kPoolNow - seconds(60), seconds(60)), "t_end: already past"},
      {identity("bob"), "identity: does not contain our account"},
      {identity(""), "identity: does not contain our account"},
      {identity("alice" + std::string(124, 'x')), "identity: longer than 128 bytes"},
      {"{\"id\":null,\"method\":\"sprint.announce\",\"params\":[]}\n", "sprint: missing"},
      {"{\"id\":null,\"method\":\"sprint.announce\"}\n", "sprint: missing"},
  };
}

TEST(HostileAnnouncements, EachNonsensicalAnnouncementIsRefusedOnceWithItsReason) {
  for (const Nonsense& nonsense : announcements()) {
    auto session = make_client(ClientStage::kWorking);
    ASSERT_TRUE(session.feed(nonsense.line, kOurNow).ok()) << nonsense.line;
    const auto events = drain(session);
    ASSERT_EQ(events.size(), 1u) << nonsense.line;
    EXPECT_THAT(events[0], testing::StartsWith("SprintRefused ")) << nonsense.line;
    EXPECT_THAT(events[0], HasSubstr(nonsense.reason)) << nonsense.line;
    ASSERT_TRUE(session.feed(codec::write_announcement(sample_announcement()), kOurNow).ok());
    EXPECT_THAT(drain(session), ElementsAre(HasSubstr("Announced s-0001")));
  }
}

TEST(HostileAnnouncements, TheBordersOfTimesAreTaken) {
  for (const std::string& line : {times(kPoolNow, seconds(1)), times(kPoolNow, seconds(3600)),
                                  times(kPoolNow + hours(24), seconds(60)),
                                  times(kPoolNow - seconds(60) + Micros(1), seconds(60)),
                                  identity("pays alice" + std::string(118, 'x'))}) {
    auto session = make_client(ClientStage::kWorking);
    ASSERT_TRUE(session.feed(line, kOurNow).ok());
    EXPECT_THAT(drain(session), ElementsAre(HasSubstr("Announced s-0001"))) << line;
  }
}

TEST(HostileAnnouncements, ThePoolsClockDecidesWhatIsPast) {
  auto session = make_client(ClientStage::kWorking);
  const auto later = kOurNow + seconds(70);
  ASSERT_TRUE(session.feed(codec::write_announcement(sample_announcement()), later).ok());
  EXPECT_THAT(drain(session), ElementsAre("SprintRefused s-0001: t_end: already past"));
}

TEST(HostileAnnouncements, AnIdIsUsedOnce) {
  auto session = make_client(ClientStage::kStarted);
  Announcement other = sample_announcement();
  other.model_seed[0] ^= 1;
  const std::string again = codec::write_announcement(sample_announcement());
  ASSERT_TRUE(
      session
          .feed(codec::write_announcement(other) + codec::write_cancel("s-0001", "no") + again,
                kOurNow)
          .ok());
  EXPECT_THAT(drain(session),
              ElementsAre("SprintRefused s-0001: its id was used before", "Cancelled s-0001: no",
                          "SprintRefused s-0001: its id was used before"));
}

TEST(HostileAnnouncements, ARepeatInTheSameWordsIsIgnored) {
  for (const ClientStage stage : {ClientStage::kAnnounced, ClientStage::kStarted}) {
    auto session = make_client(stage);
    const std::string again = codec::write_announcement(sample_announcement());
    ASSERT_TRUE(session.feed(again + again, kOurNow).ok());
    EXPECT_THAT(drain(session), IsEmpty());
  }
}

TEST(HostileAnnouncements, OnlyABadStartEndsASprintThatWasTaken) {
  auto session = make_client(ClientStage::kAnnounced);
  Announcement other = sample_announcement();
  other.t_end += seconds(1);
  StartNotice notice = sample_start(sample_announcement());
  notice.start_seed[0] ^= 1;
  ASSERT_TRUE(
      session.feed(codec::write_announcement(other) + codec::write_start(notice), kOurNow).ok());
  std::vector<bool> taken_before;
  while (const auto event = session.next_event()) {
    taken_before.push_back(std::get<client::SprintRefused>(*event).taken_before);
  }
  EXPECT_THAT(taken_before, ElementsAre(false, true));
}

TEST(HostileAnnouncements, FourSprintsAtOnce) {
  auto session = make_client(ClientStage::kWorking);
  for (const char* id : {"a", "b", "c", "d", "e"}) {
    ASSERT_TRUE(session.feed(codec::write_announcement(sample_announcement(id)), kOurNow).ok());
  }
  auto events = drain(session);
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(events[4], "SprintRefused e: more than 4 sprints announced at once");
  ASSERT_TRUE(session.feed(codec::write_end("b", 0), kOurNow).ok());
  ASSERT_TRUE(session.feed(codec::write_announcement(sample_announcement("e")), kOurNow).ok());
  EXPECT_THAT(drain(session), ElementsAre("Ended b", HasSubstr("Announced e")));
}

TEST(HostileAnnouncements, ASprintThatNobodyEndsMakesRoomAtItsEnd) {
  auto session = make_client(ClientStage::kWorking);
  for (const char* id : {"a", "b", "c", "d"}) {
    ASSERT_TRUE(session.feed(codec::write_announcement(sample_announcement(id)), kOurNow).ok());
  }
  drain(session);
  Announcement next = sample_announcement("e");
  next.t_end += seconds(60);
  ASSERT_TRUE(session.feed(codec::write_announcement(next), kOurNow + seconds(71)).ok());
  EXPECT_THAT(drain(session), ElementsAre(HasSubstr("Announced e")));
}

TEST(HostileAnnouncements, AnAnnouncementBeforeTheLoginIsRefused) {
  auto session = make_client(ClientStage::kNew);
  ASSERT_TRUE(session.feed(codec::write_announcement(sample_announcement()), kOurNow).ok());
  EXPECT_THAT(drain(session),
              ElementsAre("SprintRefused s-0001: announced before the login was answered"));
}

TEST(HostileAnnouncements, ManyAnnouncementsAtOnceMakeFourSprints) {
  auto session = make_client(ClientStage::kWorking);
  int taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto line = codec::write_announcement(sample_announcement(fmt::format("s-{}", i)));
    ASSERT_TRUE(session.feed(line, kOurNow).ok());
    for (const std::string& event : drain(session)) taken += event.starts_with("Announced");
  }
  EXPECT_EQ(taken, 4);
}

TEST(HostileAnnouncements, SprintsAndTheirIdsAreForgottenInTheEnd) {
  auto session = make_client(ClientStage::kWorking);
  const auto announce = [&](int i) {
    const std::string id = fmt::format("s-{}", i);
    const auto line = codec::write_announcement(sample_announcement(id));
    EXPECT_TRUE(session.feed(line + codec::write_end(id, 0), kOurNow).ok());
    return drain(session).front();
  };
  for (int i = 0; i < 11'000; ++i) ASSERT_THAT(announce(i), testing::StartsWith("Announced"));
  EXPECT_THAT(announce(5'000), HasSubstr("used before"));
  EXPECT_THAT(announce(0), testing::StartsWith("Announced"));
}

using Spoil = std::function<void(StartNotice&)>;

TEST(HostileAnnouncements, AStartThatDoesNotMatchIsRefusedAndTheSprintWithIt) {
  const std::pair<Spoil, std::string> cases[] = {
      {[](StartNotice& n) { n.secret[0] = 0x12; }, "the secret does not match the commitment"},
      {[](StartNotice& n) { n.start_seed[31] ^= 1; }, "the start seed does not follow"},
      {[](StartNotice& n) { n.beacon = "drand"; }, "a beacon although none was announced"},
      {[](StartNotice& n) { n.t_end += Micros(1); }, "not as long as announced"},
      {[](StartNotice& n) { n.t0 += Micros(1); }, "not as long as announced"},
      {[](StartNotice& n) { n.t0 -= seconds(80), n.t_end -= seconds(80); }, "already past"},
      {[](StartNotice& n) { n.t0 += hours(25), n.t_end += hours(25); }, "more than 24 h ahead"},
  };
  for (const auto& [spoil, reason] : cases) {
    auto session = make_client(ClientStage::kAnnounced);
    StartNotice notice = sample_start(sample_announcement());
    spoil(notice);
    const std::string good = codec::write_start(sample_start(sample_announcement()));
    ASSERT_TRUE(session.feed(codec::write_start(notice) + good, kOurNow).ok());
    EXPECT_THAT(drain(session),
                ElementsAre(testing::AllOf(HasSubstr("SprintRefused s-0001: at its start: "),
                                           HasSubstr(reason))));
  }
}

TEST(HostileAnnouncements, AStartMayMoveWithItsLengthKept) {
  auto session = make_client(ClientStage::kAnnounced);
  StartNotice notice = sample_start(sample_announcement());
  notice.t0 -= seconds(5);
  notice.t_end -= seconds(5);
  ASSERT_TRUE(session.feed(codec::write_start(notice), kOurNow).ok());
  EXPECT_THAT(drain(session), ElementsAre(HasSubstr("Started s-0001")));
}

TEST(HostileAnnouncements, AStartWithAFieldThatCannotBeReadIsRefused) {
  auto session = make_client(ClientStage::kAnnounced);
  const std::string line = codec::write_start(sample_start(sample_announcement()));
  ASSERT_TRUE(session.feed(replaced(line, "\"secret\":\"11", "\"secret\":\"1F"), kOurNow).ok());
  EXPECT_THAT(drain(session),
              ElementsAre("SprintRefused s-0001: at its start: secret: not 64 lower-case "
                          "hexadecimal digits"));
}

TEST(HostileAnnouncements, StartsOfNothingAreIgnored) {
  auto session = make_client(ClientStage::kStarted);
  const std::string again = codec::write_start(sample_start(sample_announcement()));
  const std::string unknown = codec::write_start(sample_start(sample_announcement("s-0002")));
  ASSERT_TRUE(session.feed(again + unknown, kOurNow).ok());
  EXPECT_THAT(drain(session), IsEmpty());
}

TEST(HostileAnnouncements, ADeclaredBeaconMayHaveAnyValue) {
  auto session = make_client(ClientStage::kWorking);
  Announcement a = sample_announcement();
  a.beacon = "drand:4711";
  StartNotice notice = sample_start(a);
  notice.beacon = "c0ffee";
  notice.start_seed = make_start_seed(a.pool, a.sprint, notice.secret, notice.beacon);
  ASSERT_TRUE(
      session.feed(codec::write_announcement(a) + codec::write_start(notice), kOurNow).ok());
  EXPECT_THAT(drain(session), ElementsAre(HasSubstr("Announced"), HasSubstr("Started")));
}

TEST(HostileAnnouncements, ADeclaredBeaconIsNotLeftOut) {
  auto session = make_client(ClientStage::kWorking);
  Announcement a = sample_announcement();
  a.beacon = "drand:4711";
  ASSERT_TRUE(
      session.feed(codec::write_announcement(a) + codec::write_start(sample_start(a)), kOurNow)
          .ok());
  EXPECT_THAT(drain(session),
              ElementsAre(HasSubstr("Announced"), HasSubstr("no beacon although one was")));
}

}  // namespace
}  // namespace stratum

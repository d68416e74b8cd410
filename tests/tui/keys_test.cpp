#include "tui/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/tui/sample.h"

// Every key: what it opens, asks and orders.
namespace tui {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Keys : public ::testing::Test {
 protected:
  Keys() { log_.append(log_lines(1, 100)); }

  std::vector<Order> press(Key key) {
    return tui::press(key, {snapshot_, settings_, Size{80, 40}, view_, log_, "/etc/a.json"});
  }
  std::vector<Order> press(Key::Code code) { return press(Key{code}); }
  /// The orders of the last key.
  std::vector<Order> type(const std::string& text) {
    std::vector<Order> orders;
    for (const char c : text) orders = press(Key::of(c));
    return orders;
  }
  template <class T>
  static const T* only(const std::vector<Order>& orders) {
    return orders.size() == 1 ? std::get_if<T>(&orders[0]) : nullptr;
  }

  miner::Snapshot snapshot_ = racing_rig(12);
  std::vector<miner::SettingRow> settings_ = {
      {"devices", "[]", "a list", "only these", "default", false},
      {"recheck-every", "16", "0..1000000", "recompute 1 in N shares", "default", true}};
  ViewState view_;
  LogTail log_;
};

TEST_F(Keys, EachPageHasItsKeyWhichAlsoClosesIt) {
  const struct {
    char key;
    Page page;
  } pages[] = {{'P', Page::kPools},      {'G', Page::kDevices}, {'g', Page::kDevices},
               {'S', Page::kSettings},   {'h', Page::kRates},   {'s', Page::kResults},
               {'c', Page::kConnection}, {'e', Page::kHealth},  {'?', Page::kHelp}};
  for (const auto& [key, page] : pages) {
    EXPECT_THAT(type({key}), IsEmpty());
    EXPECT_EQ(view_.page, page) << key;
    press(Key::Code::kEscape);
    EXPECT_EQ(view_.page, Page::kMain) << key;
  }
  for (const char key : {'h', 'c', '?'}) {
    type({key, key});
    EXPECT_EQ(view_.page, Page::kMain) << key;
  }
  type("D");
  EXPECT_EQ(view_.page, Page::kDisplay);
  press(Key::Code::kHelp);
  EXPECT_EQ(view_.page, Page::kHelp) << "F1, from any page";
}

TEST_F(Keys, QuitAsksAndOnlyYesQuits) {
  for (const char key : {'q', 'Q'}) {
    type({key});
    ASSERT_TRUE(view_.prompt);
    EXPECT_THAT(type("n"), IsEmpty());
    EXPECT_FALSE(view_.prompt) << "any other key goes on";
    type({key});
    EXPECT_NE(only<order::Quit>(type("y")), nullptr);
  }
}

TEST_F(Keys, PauseAllAsksAndResumeAllDoesNot) {
  snapshot_.devices[4].state = miner::DeviceState::kOff;
  EXPECT_THAT(type("p"), IsEmpty());
  EXPECT_THAT(type("y"), SizeIs(11)) << "one is given up";
  EXPECT_THAT(view_.message, HasSubstr("11 devices"));
  EXPECT_THAT(type("r"), SizeIs(11)) << "the snapshot may be older than the pause";
}

TEST_F(Keys, ResumeAllLeavesFaultyDevicesOut) {
  for (auto& device : snapshot_.devices) device.state = miner::DeviceState::kPaused;
  snapshot_.devices[5].pause_cause = miner::PauseCause::kWrongDigests;
  snapshot_.devices[5].reason = "3 wrong digests";
  const auto orders = type("r");
  ASSERT_THAT(orders, SizeIs(11));
  for (const Order& order : orders) EXPECT_NE(std::get<order::Resume>(order).device, 5U);
  type("5");
  press(Key::Code::kEnter);
  ASSERT_TRUE(view_.prompt) << "its own key does, after a question";
  EXPECT_EQ(view_.prompt->kind, Prompt::Kind::kResumeDevice);
}

TEST_F(Keys, DeviceThatIsPausedBeforeItIsOpenCanBeResumed) {
  snapshot_.devices[2].state = miner::DeviceState::kStarting;
  snapshot_.devices[2].paused_by_user = true;
  type("2");
  press(Key::Code::kEnter);
  ASSERT_TRUE(view_.prompt);
  EXPECT_EQ(view_.prompt->kind, Prompt::Kind::kResumeDevice);
}

TEST_F(Keys, NumberTogglesADeviceAfterAQuestion) {
  type("1");
  ASSERT_TRUE(view_.prompt) << "twelve devices have numbers of two digits";
  type("1");
  EXPECT_THAT(press(Key::Code::kEnter), IsEmpty());
  ASSERT_TRUE(view_.prompt);
  EXPECT_EQ(view_.prompt->kind, Prompt::Kind::kPauseDevice);
  const auto orders = type("y");
  ASSERT_NE(only<order::Pause>(orders), nullptr);
  EXPECT_EQ(only<order::Pause>(orders)->device, 11U);
}

TEST_F(Keys, OneDigitIsEnoughForTenDevices) {
  snapshot_ = racing_rig(10);
  snapshot_.devices[9].state = miner::DeviceState::kPaused;
  type("9");
  ASSERT_TRUE(view_.prompt);
  EXPECT_EQ(view_.prompt->kind, Prompt::Kind::kResumeDevice);
  EXPECT_NE(only<order::Resume>(type("y")), nullptr);
}

TEST_F(Keys, NumberOfNoDeviceIsAMessage) {
  type("99");
  EXPECT_THAT(press(Key::Code::kEnter), IsEmpty());
  EXPECT_THAT(view_.message, HasSubstr("no device 99"));
  snapshot_.devices[3].state = miner::DeviceState::kOff;
  type("3");
  press(Key::Code::kEnter);
  EXPECT_FALSE(view_.prompt);
  EXPECT_THAT(view_.message, HasSubstr("given up"));
  snapshot_.devices.clear();
  type("0");
  EXPECT_FALSE(view_.prompt);
}

TEST_F(Keys, TypedNumberCanBeMendedAndLeft) {
  type("7");
  press(Key::Code::kBackspace);
  type("x4");
  EXPECT_EQ(view_.prompt->typed, "4") << "letters are no digits";
  press(Key::Code::kEscape);
  EXPECT_FALSE(view_.prompt);
}

TEST_F(Keys, PoolsAreSwitchedEnabledAndDisabled) {
  snapshot_.sprint.phase = miner::SprintPhase::kAnnounced;
  type("P");
  press(Key::Code::kDown);
  const auto switched = type("S");
  ASSERT_NE(only<order::PreferPool>(switched), nullptr);
  EXPECT_EQ(only<order::PreferPool>(switched)->pool, 1U);
  std::swap(snapshot_.pools[0], snapshot_.pools[1]);
  snapshot_.pools[0].standing = miner::PoolStanding::kInUse;
  snapshot_.pools[1].standing = miner::PoolStanding::kStandby;
  EXPECT_THAT(type("S"), IsEmpty()) << "the choice has moved with its pool";
  EXPECT_THAT(view_.message, HasSubstr("in use"));
  press(Key::Code::kEnd);
  const auto enabled = type("e");
  ASSERT_NE(only<order::EnablePool>(enabled), nullptr);
  EXPECT_EQ(only<order::EnablePool>(enabled)->pool, 2U);
  EXPECT_THAT(type("d"), IsEmpty()) << "asks first";
  const auto disabled = type("y");
  ASSERT_NE(only<order::EnablePool>(disabled), nullptr);
  EXPECT_FALSE(only<order::EnablePool>(disabled)->enabled);
}

TEST_F(Keys, SwitchInMidRaceAsks) {
  type("P");
  press(Key::Code::kDown);
  EXPECT_THAT(type("S"), IsEmpty());
  ASSERT_TRUE(view_.prompt);
  EXPECT_NE(only<order::PreferPool>(type("y")), nullptr);
}

TEST_F(Keys, LastPoolThatCanBeUsedIsNotDisabled) {
  snapshot_.pools[1].standing = miner::PoolStanding::kDisabled;
  snapshot_.pools[2].standing = miner::PoolStanding::kRefused;
  type("P");
  EXPECT_THAT(type("d"), IsEmpty());
  EXPECT_FALSE(view_.prompt);
  EXPECT_THAT(view_.message, HasSubstr("stays"));
}

TEST_F(Keys, PoolsKeysDoNothingWithoutPools) {
  snapshot_.pools.clear();
  type("P");
  EXPECT_THAT(press(Key::Code::kEnter), IsEmpty());
  EXPECT_FALSE(view_.prompt);
}

TEST_F(Keys, DevicesPageEnablesAndDisables) {
  type("G");
  press(Key::Code::kDown);
  press(Key::Code::kDown);
  EXPECT_THAT(type("E"), IsEmpty());
  EXPECT_THAT(view_.message, HasSubstr("enabled already"));
  type("D");
  const auto orders = type("y");
  ASSERT_NE(only<order::Pause>(orders), nullptr);
  EXPECT_EQ(only<order::Pause>(orders)->device, 2U);
  snapshot_.devices[2].paused_by_user = true;
  type("E");
  EXPECT_NE(only<order::Resume>(type("y")), nullptr);
  snapshot_.devices[2].state = miner::DeviceState::kOff;
  for (const char key : {'E', 'D'}) {
    EXPECT_THAT(type({key}), IsEmpty());
    EXPECT_FALSE(view_.prompt);
    EXPECT_THAT(view_.message, HasSubstr("given up"));
  }
}

TEST_F(Keys, SelectionStaysWithinThePage) {
  type("G");
  press(Key::Code::kUp);
  EXPECT_EQ(view_.selected, 0);
  for (int i = 0; i < 50; ++i) press(Key::Code::kDown);
  EXPECT_EQ(view_.selected, 11);
  press(Key::Code::kHome);
  EXPECT_EQ(view_.selected, 0);
}

TEST_F(Keys, LiveSettingIsChangedAndOthersAreExplained) {
  type("S");
  EXPECT_THAT(press(Key::Code::kEnter), IsEmpty());
  EXPECT_THAT(view_.message, HasSubstr("next start"));
  press(Key::Code::kDown);
  press(Key::Code::kEnter);
  ASSERT_TRUE(view_.prompt);
  EXPECT_EQ(view_.prompt->typed, "") << "a default may be words";
  press(Key::Code::kEscape);
  settings_[1].source = "file";
  press(Key::Code::kEnter);
  EXPECT_EQ(view_.prompt->typed, "16") << "begins with what it is";
  press(Key::Code::kBackspace);
  press(Key::Code::kBackspace);
  type("4q");
  const auto orders = press(Key::Code::kEnter);
  ASSERT_NE(only<order::ChangeSetting>(orders), nullptr);
  EXPECT_EQ(only<order::ChangeSetting>(orders)->key, "recheck-every");
  EXPECT_EQ(only<order::ChangeSetting>(orders)->value, "4q")
      << "whether that is right the miner says";
}

TEST_F(Keys, SettingsAreWrittenAfterAQuestion) {
  type("S");
  EXPECT_THAT(type("W"), IsEmpty());
  EXPECT_EQ(view_.prompt->key, "/etc/a.json") << "the question names the file";
  EXPECT_NE(only<order::WriteSettings>(type("y")), nullptr);
}

TEST_F(Keys, DisplayPageSwitchesBoxes) {
  type("D");
  press(Key::Code::kEnter);
  EXPECT_FALSE(view_.boxes.graph);
  press(Key::Code::kDown);
  type(" ");
  EXPECT_FALSE(view_.boxes.log);
  press(Key::Code::kDown);
  press(Key::Code::kEnter);
  EXPECT_EQ(view_.graph, GraphUnit::kNonces);
}

TEST_F(Keys, LogIsScrolledAndFollowsAtItsEnd) {
  EXPECT_EQ(log_.below(), 0U);
  press(Key::Code::kUp);
  EXPECT_EQ(log_.below(), 1U);
  log_.append(log_lines(101, 110));
  EXPECT_EQ(log_.below(), 11U) << "new lines do not move what is read";
  press(Key::Code::kPageDown);
  press(Key::Code::kPageDown);
  press(Key::Code::kPageDown);
  EXPECT_EQ(log_.below(), 0U);
  press(Key::Code::kHome);
  EXPECT_GT(log_.below(), 80U);
  press(Key::Code::kEnd);
  EXPECT_EQ(log_.below(), 0U);
}

TEST_F(Keys, SearchGoesFromTheNewestMatchUpAndBack) {
  type("/LINE 4");
  press(Key::Code::kEnter);
  EXPECT_EQ(log_.matches(), 11U) << "4 and 40 to 49, whatever the case";
  const std::size_t newest = log_.below();
  EXPECT_GT(newest, 40U) << "line 49 is in view";
  type("n");
  EXPECT_EQ(log_.below(), newest + 1);
  type("N");
  EXPECT_EQ(log_.below(), newest);
  type("N");
  EXPECT_THAT(view_.message, HasSubstr("no match below"));
  press(Key::Code::kEscape);
  EXPECT_EQ(log_.matches(), 0U);
  EXPECT_EQ(log_.below(), 0U);
}

TEST_F(Keys, SearchForWhatIsNotThereSaysSo) {
  type("/zebra");
  press(Key::Code::kEnter);
  EXPECT_THAT(view_.message, HasSubstr("zebra"));
  type("n");
  EXPECT_THAT(view_.message, HasSubstr("no match"));
}

TEST_F(Keys, RepaintIsOrderedFromAnywhere) {
  EXPECT_NE(only<order::Repaint>(press(Key::Code::kRepaint)), nullptr);
  type("q");
  EXPECT_NE(only<order::Repaint>(press(Key::Code::kRepaint)), nullptr);
}

TEST_F(Keys, AnySequenceOfKeysLeavesAScreenThatCanBeDrawn) {
  std::uint32_t state = 1;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 1'664'525 + 1'013'904'223;
    const auto pick = state >> 16;
    const Key key = pick % 3 == 0 ? Key{static_cast<Key::Code>(1 + pick / 3 % 11)}
                                  : Key::of(static_cast<char>(' ' + pick / 3 % 95));
    press(key);
    const bool has_rows = view_.page != Page::kSettings || view_.selected < 2;
    ASSERT_TRUE(view_.selected >= 0 && view_.selected < 12 && has_rows);
    ASSERT_LE(log_.end(), log_.lines().size());
  }
}

}  // namespace
}  // namespace tui

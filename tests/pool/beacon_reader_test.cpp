// The thread that asks for values.
#include "pool/beacon_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>

#include "tests/pool/rig.h"

namespace pool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::milliseconds;
using tests::seconds;

const base::SystemClock kClock;

/// The system's, which a test lets jump ahead.
class JumpyClock final : public base::Clock {
 public:
  base::SteadyTime now() const override { return kClock.now() + ahead_.load(); }
  void advance(base::Micros by) { ahead_ = ahead_.load() + by; }

 private:
  std::atomic<base::Micros> ahead_{base::Micros(0)};
};

/// Gives what a test puts into it; `block`: waits until it is given up.
class ScriptedSource final : public BeaconSource {
 public:
  std::optional<std::string> name(std::uint64_t sprint, BeaconUse, base::UnixTime) const override {
    return "s:" + std::to_string(sprint);
  }
  base::Status open(const BeaconPatience& patience) override {
    if (block_open) wait_out(patience);
    const std::lock_guard lock(mutex_);
    if (closed_ == 0) return base::Ok{};
    --closed_;
    return base::io_error("closed");
  }
  bool goes_by_time_of_day() const override { return by_time_of_day; }
  base::UnixTime published(const BeaconQuestion& question) const override {
    return question.at + later;
  }
  base::Result<std::string> ask(const BeaconQuestion& question,
                                const BeaconPatience& patience) override {
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(question.name);
      patience_until_[question.name] = patience.until;
      changed_.notify_all();
      if (const auto found = values_.find(question.name); found != values_.end()) {
        return found->second;
      }
    }
    if (block) wait_out(patience);
    return base::unavailable("not yet");
  }
  base::Micros pause() const override { return milliseconds(1); }

  void set(const std::string& name, base::Result<std::string> value) {
    const std::lock_guard lock(mutex_);
    values_.insert_or_assign(name, std::move(value));
  }
  void close_for(int tries) { closed_ = tries; }
  /// Waits until a name was asked for so often.
  void wait_until_asked(const std::string& name, std::ptrdiff_t times = 1) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return std::count(asked_.begin(), asked_.end(), name) >= times; });
  }

  std::ptrdiff_t times_asked(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return std::count(asked_.begin(), asked_.end(), name);
  }
  /// Until when it had time when it was asked for a name last.
  base::SteadyTime patience_until(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return patience_until_[name];
  }

  bool by_time_of_day = false;
  bool block = false;
  bool block_open = false;
  base::Micros later{0};

 private:
  static void wait_out(const BeaconPatience& patience) {
    pollfd ending{patience.ending, POLLIN, 0};
    poll(&ending, 1, patience.left_ms(600'000));
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, base::Result<std::string>> values_;
  std::vector<std::string> asked_;
  std::map<std::string, base::SteadyTime> patience_until_;
  int closed_ = 0;
};

class BeaconReaderTest : public testing::Test {
 protected:
  BeaconReaderTest() { source = owned_.get(); }
  void start() {
    reader_ = std::make_unique<BeaconReader>(
        std::move(owned_),
        [this](BeaconValue value) {
          const std::lock_guard lock(mutex_);
          values_.push_back(value.name + "=" + value.value);
          changed_.notify_all();
        },
        wall_, [this] { return wall_.now(); }, log_);
  }
  void want(std::uint64_t sprint, base::Micros at = base::Micros(0),
            base::Micros until = seconds(600)) {
    want(sprint, BeaconUse::kStart, at, until);
  }
  void want(std::uint64_t sprint, BeaconUse use, base::Micros at, base::Micros until) {
    const base::UnixTime now = wall_.now();
    reader_->want(sprint, use, "s:" + std::to_string(sprint), now + at, now + until);
  }
  std::vector<std::string> wait_for_values(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return values_.size() >= count; });
    return values_;
  }
  void wait_for_log(std::string_view text) {
    while (log_.count(text) == 0) std::this_thread::sleep_for(milliseconds(5));
  }

  std::unique_ptr<ScriptedSource> owned_ = std::make_unique<ScriptedSource>();
  ScriptedSource* source = nullptr;
  tests::LogBook log_;
  JumpyClock clock_;
  const base::SteadyWallClock wall_{clock_};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> values_;
  std::unique_ptr<BeaconReader> reader_;  // the first to go
};

TEST_F(BeaconReaderTest, AsksUntilTheValueIsThereAndTellsItOnce) {
  start();
  want(1);
  source->wait_until_asked("s:1", 3);
  source->set("s:1", std::string("v1"));
  source->set("s:2", std::string("v2"));
  wait_for_values(1);
  want(2);
  EXPECT_THAT(wait_for_values(2), ElementsAre("s:1=v1", "s:2=v2"));
  EXPECT_EQ(log_.warnings(""), 0U) << "nothing was wrong";
}

TEST_F(BeaconReaderTest, DoesNotAskBeforeItCanBePublished) {
  source->set("s:1", std::string("v1"));
  source->later = milliseconds(150);
  start();
  const base::UnixTime began = wall_.now();
  want(1, milliseconds(150));
  wait_for_values(1);
  EXPECT_GE(wall_.now() - began, milliseconds(300));
}

TEST_F(BeaconReaderTest, GivesUpInTime) {
  start();
  want(1);
  source->wait_until_asked("s:1");
  clock_.advance(seconds(600));
  wait_for_log("beacon did not come in time");
  EXPECT_EQ(log_.warnings("reason=\"not yet\""), 1U);
  source->set("s:1", std::string("v1"));
  source->set("s:2", std::string("v2"));
  want(2);
  EXPECT_THAT(wait_for_values(1), ElementsAre("s:2=v2"));
}

TEST_F(BeaconReaderTest, TroubleIsToldOnce) {
  source->set("s:1", base::io_error("broken"));
  start();
  want(1);
  source->wait_until_asked("s:1", 5);
  EXPECT_EQ(log_.warnings("reason=broken"), 1U);
  source->set("s:1", base::io_error("broken after 501 ms"));
  source->wait_until_asked("s:1", 10);
  EXPECT_EQ(log_.warnings("broken"), 1U) << "whatever it says";
  source->set("s:1", std::string("v1"));
  EXPECT_THAT(wait_for_values(1), ElementsAre("s:1=v1"));
}

TEST_F(BeaconReaderTest, TroubleOfSeveralIsToldEach30Seconds) {
  source->set("s:1", base::io_error("broken"));
  source->set("s:2", base::io_error("broken too"));
  start();
  want(1);
  source->wait_until_asked("s:1", 2);
  want(2);
  source->wait_until_asked("s:2", 5);
  EXPECT_EQ(log_.warnings("broken"), 1U);
  clock_.advance(seconds(30));
  wait_for_log("reason=\"broken too\"");
}

TEST_F(BeaconReaderTest, WhatIsNoValueIsTrouble) {
  source->set("s:1", std::string("a b"));
  start();
  want(1);
  wait_for_log("printable ASCII characters without spaces");
  source->set("s:1", std::string("v1"));
  EXPECT_THAT(wait_for_values(1), ElementsAre("s:1=v1"));
}

/// A reader whose clock stands still, and which nothing is wanted of.
class BeaconClockTest : public BeaconReaderTest {
 protected:
  ~BeaconClockTest() override { reader_.reset(); }
  void start() {
    reader_ = std::make_unique<BeaconReader>(
        std::move(owned_), [](const BeaconValue&) {}, still_,
        [this] { return still_.now() + off_; }, log_);
  }
  auto name() const { return reader_->name(1, BeaconUse::kStart, still_.now()); }

  const base::ManualClock standing_;
  const base::SteadyWallClock still_{standing_};
  base::Micros off_{0};  // everybody else's clock, from the pool's
};

TEST_F(BeaconClockTest, NothingIsNamedWhileThePoolsClockIsOff) {
  source->by_time_of_day = true;
  start();
  EXPECT_EQ(name(), "s:1");
  for (const int way : {1, -1}) {
    off_ = way * (seconds(1) + base::Micros(1));
    EXPECT_FALSE(name());
    EXPECT_FALSE(name());
    off_ = way * seconds(1);
    EXPECT_EQ(name(), "s:1");
  }
  EXPECT_EQ(log_.warnings("the pool's clock is off: start it again"), 2U);
  EXPECT_EQ(log_.warnings("off_s=-1"), 1U);
}

TEST_F(BeaconClockTest, ItDoesNotMatterWhereNamesDoNotGoByTheTimeOfDay) {
  off_ = seconds(100);
  start();
  EXPECT_EQ(name(), "s:1");
}

TEST_F(BeaconReaderTest, ADrawHoldsNoStartUp) {
  start();
  want(4);
  source->wait_until_asked("s:4");
  EXPECT_GT(source->patience_until("s:4"), kClock.now() + seconds(300)) << "a start has its time";
  source->set("s:4", std::string("v4"));
  wait_for_values(1);
  want(1, BeaconUse::kDraw, base::Micros(0), seconds(600));
  source->wait_until_asked("s:1");
  EXPECT_GT(source->patience_until("s:1"), kClock.now() + seconds(300));
  const auto ask_again = [&] {
    source->wait_until_asked("s:1", source->times_asked("s:1") + 2);  // one may be under way
    return source->patience_until("s:1") - kClock.now();
  };
  want(2, BeaconUse::kStart, seconds(300), seconds(600));
  EXPECT_GT(ask_again(), seconds(100)) << "a start that is not near";
  want(3, BeaconUse::kStart, seconds(9), seconds(600));
  EXPECT_LE(ask_again(), seconds(2));
}

TEST_F(BeaconReaderTest, ANameOfAnotherSourceIsNotAsked) {
  start();
  const base::UnixTime now = wall_.now();
  reader_->want(1, BeaconUse::kStart, "drand:7", now, now + seconds(600));
  wait_for_log("this source has no such beacon");
  source->set("s:2", std::string("v2"));
  want(2);
  EXPECT_THAT(wait_for_values(1), ElementsAre("s:2=v2"));
}

TEST_F(BeaconReaderTest, ASourceThatDoesNotAnswerIsOpenedAgain) {
  source->close_for(1);
  source->set("s:1", std::string("v1"));
  start();
  want(1);
  wait_for_values(1);
  EXPECT_EQ(log_.warnings("does not answer"), 1U);
  EXPECT_EQ(log_.count("the beacon's source answers"), 1U);
}

TEST_F(BeaconReaderTest, EndsWhateverItWaitsFor) {
  start();
  reader_.reset();  // for something to be wanted
  for (const bool opens : {true, false}) {
    owned_ = std::make_unique<ScriptedSource>();
    source = owned_.get();
    source->block = true;
    source->block_open = !opens;
    start();
    want(1);
    if (opens) source->wait_until_asked("s:1");
    reader_.reset();
  }
  owned_ = std::make_unique<ScriptedSource>();
  start();
  want(1, seconds(500));
  reader_.reset();  // for the time to come
}

}  // namespace
}  // namespace pool

// Programs that print a beacon's value, or do not.
#include "pool/beacon_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <thread>

#include "tests/pool/rig.h"
#include "tests/support/temp_folder.h"

namespace pool {
namespace {

using testing::HasSubstr;
using tests::kNoon;
using tests::milliseconds;
using tests::seconds;

const base::SystemClock kClock;

class BeaconCommandTest : public testing::Test {
 protected:
  /// What comes of a script; it is `sh`'s.
  base::Result<std::string> ask(const std::string& script, base::Micros limit = seconds(60)) {
    const std::string path = folder_.write("beacon.sh", "#!/bin/sh\n" + script, 0700);
    BeaconCommand command({path, "given"}, "command:{n}", limit);
    return command.ask({1, BeaconUse::kStart, "command:1", kNoon},
                       {kClock.now() + seconds(60), ending_});
  }
  /// The process whose number a script wrote is gone, or will be soon.
  bool is_gone(const std::string& file) {
    const pid_t pid = std::stoi(tests::read_file(folder_.path(file)));
    for (int i = 0; i < 500; ++i) {  // init takes it over before it is gone
      if (kill(pid, 0) != 0 || state_of_process(pid) == 'Z') return true;
      std::this_thread::sleep_for(milliseconds(10));
    }
    return false;
  }
  static char state_of_process(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(file, text);
    const std::size_t end = text.rfind(") ");
    return end == std::string::npos ? 'Z' : text[end + 2];
  }

  tests::TempFolder folder_;
  int ending_ = -1;
};

TEST_F(BeaconCommandTest, IsGivenNameAndTimeAndItsLineIsTheValue) {
  EXPECT_EQ(*ask("echo $1-$2-$3"), "given-command:1-1800000000");
  EXPECT_EQ(*ask("printf v"), "v") << "without a newline";
  EXPECT_EQ(*ask("cat; echo end"), "end") << "it has no input";
  EXPECT_EQ(*ask("sleep 0.2; echo v; echo note >&2"), "v");
}

TEST_F(BeaconCommandTest, AnotherStatusMeansNotYet) {
  const auto said = ask("echo 'no block yet' >&2; echo more >&2; echo v; exit 3");
  EXPECT_EQ(said.error().fault, base::Fault::kUnavailable);
  EXPECT_THAT(said.message(), HasSubstr("exited with 3, and said: no block yet"));
  EXPECT_THAT(ask("printf '\\033[31mred'; exit 1").message(), HasSubstr("said: \\x1b[31mred"));
  EXPECT_THAT(ask("kill -9 $$").message(), HasSubstr("exited with 137"));
}

TEST_F(BeaconCommandTest, RefusesMoreThanALine) {
  EXPECT_THAT(ask("echo a; echo b").message(), HasSubstr("more than one line"));
  EXPECT_THAT(ask("while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done").message(),
              HasSubstr("more than 4 KiB"));
  EXPECT_EQ(*ask("head -c 100000 /dev/zero >&2; echo v"), "v") << "what is said beside it is cut";
  EXPECT_FALSE(check_beacon_value(*ask("true")).ok());
}

TEST_F(BeaconCommandTest, ThatDoesNotEndIsGivenUp) {
  const auto said = ask("echo v; sleep 600", milliseconds(100));
  EXPECT_THAT(said.message(), HasSubstr("was not done in time"));
  EXPECT_EQ(said.error().fault, base::Fault::kIo);
}

TEST_F(BeaconCommandTest, ThatNeverStopsWritingIsGivenUp) {
  EXPECT_THAT(ask("exec cat /dev/zero >&2", milliseconds(100)).message(),
              HasSubstr("was not done in time"));
}

TEST_F(BeaconCommandTest, WhoseStatusIsLostHasEndedWithoutAValue) {
  const auto before = signal(SIGCHLD, SIG_IGN);
  const auto said = ask("echo v");
  signal(SIGCHLD, before);
  ASSERT_FALSE(said.ok());
  EXPECT_THAT(said.message(), HasSubstr("its exit status is lost"));
  EXPECT_EQ(said.error().fault, base::Fault::kIo);
}

TEST_F(BeaconCommandTest, EndsWithThePoolAndAllThatItStarted) {
  ending_ = eventfd(0, EFD_CLOEXEC);
  std::thread pool([this] {
    while (!std::filesystem::exists(folder_.path("child"))) {
      std::this_thread::sleep_for(milliseconds(5));
    }
    eventfd_write(ending_, 1);
  });
  const auto said = ask("sleep 600 & echo $! > \"$0.pid\"; mv \"$0.pid\" \"${0%/*}/child\"; wait");
  pool.join();
  close(ending_);
  EXPECT_THAT(said.message(), HasSubstr("was not done in time"));
  EXPECT_TRUE(is_gone("child"));
}

TEST_F(BeaconCommandTest, WhatItLeavesBehindHoldsNothingUp) {
  EXPECT_EQ(*ask("sleep 600 & echo $! > \"${0%/*}/child\"; echo v"), "v");
  EXPECT_TRUE(is_gone("child"));
}

TEST_F(BeaconCommandTest, ThatIsNotThereIsNamed) {
  BeaconCommand command({"/nowhere/beacon"}, "command:{n}");
  const auto said =
      command.ask({1, BeaconUse::kStart, "command:1", kNoon}, {kClock.now() + seconds(60), -1});
  EXPECT_EQ(said.message(), "/nowhere/beacon: No such file or directory");
  EXPECT_EQ(said.error().fault, base::Fault::kIo);
}

}  // namespace
}  // namespace pool

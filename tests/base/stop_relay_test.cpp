#include "base/stop_relay.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(StopRelay, CallsWhoCanBeStoppedNow) {
  StopRelay relay;
  int first = 0;
  int second = 0;
  relay.set([&] { ++first; });
  relay.set([&] { ++second; });
  EXPECT_FALSE(relay.fired());
  relay.fire();
  EXPECT_TRUE(relay.fired());
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, 1);
}

TEST(StopRelay, AnEarlyStopIsNotForgotten) {
  StopRelay relay;
  relay.fire();
  int calls = 0;
  relay.set([&] { ++calls; });
  EXPECT_EQ(calls, 1);
  relay.set({});
  relay.fire();
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace base

#include "miner/energy_meter.h"

#include "tests/miner/support.h"

namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using tests::at;

TEST(EnergyMeter, KnowsNothingBeforeTheSecondReading) {
  EnergyMeter meter;
  EXPECT_EQ(meter.joules(), std::nullopt);
  meter.add(at(seconds(1)), 100);
  EXPECT_EQ(meter.joules(), std::nullopt);
  EXPECT_EQ(meter.covered(), base::Micros(0));
}

TEST(EnergyMeter, SumsUpWhatIsDrawnBetweenReadings) {
  EnergyMeter meter;
  meter.add(at(seconds(1)), 100);
  meter.add(at(seconds(2)), 100);
  EXPECT_EQ(meter.joules(), 100);
  meter.add(at(seconds(4)), 200);
  EXPECT_EQ(meter.joules(), 100 + 2 * 150) << "it rose meanwhile";
  meter.add(at(milliseconds(4500)), 0);
  EXPECT_EQ(meter.joules(), 400 + 50);
  EXPECT_EQ(meter.covered(), milliseconds(3500));
}

TEST(EnergyMeter, AZeroThatWasReadIsKnown) {
  EnergyMeter meter;
  meter.add(at(seconds(1)), 0);
  meter.add(at(seconds(2)), 0);
  EXPECT_EQ(meter.joules(), 0);
}

TEST(EnergyMeter, WhatWasDrawnWhileNobodyLookedIsNotGuessed) {
  EnergyMeter meter;
  meter.add(at(seconds(0)), 100);
  meter.add(at(seconds(1)), 100);
  meter.add(at(seconds(7)), 100);
  EXPECT_EQ(meter.joules(), 100);
  EXPECT_EQ(meter.covered(), seconds(1));
  meter.add(at(seconds(12)), 100);
  EXPECT_EQ(meter.joules(), 600) << "five seconds are bridged";
  EXPECT_EQ(meter.covered(), seconds(6));
}

TEST(EnergyMeter, AReadingFromBeforeTheLastIsLeftOut) {
  EnergyMeter meter;
  meter.add(at(seconds(2)), 100);
  meter.add(at(seconds(1)), 900);
  meter.add(at(seconds(2)), 900);
  meter.add(at(seconds(3)), 100);
  EXPECT_EQ(meter.joules(), 100);
}

}  // namespace
}  // namespace miner

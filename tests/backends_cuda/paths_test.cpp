#include "backends/cuda/paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/backends_cuda/bench.h"

namespace backends::cuda {
namespace {

/// A card of that capability, with the shared memory that the maker gives it.
Properties card(std::uint32_t major, std::uint32_t minor, std::uint32_t shared_kib) {
  Properties properties;
  properties.name = "Card";
  properties.major = major;
  properties.minor = minor;
  properties.shared_bytes = shared_kib * 1024;
  properties.processors = 10;
  properties.clock_khz = 1'000'000;
  return properties;
}

std::string chosen(const Properties& properties, std::string_view wanted = "auto") {
  const auto path = choose_path(properties, wanted);
  return path.ok() ? std::string(path->name) : failure(path);
}

const Properties kTuring = card(7, 5, 64);
const Properties kA100 = card(8, 0, 163);
const Properties kAda = card(8, 9, 99);
const Properties kHopper = card(9, 0, 227);
const Properties kB200 = card(10, 0, 227);
const Properties kBlackwell = card(12, 0, 99);

TEST(ChoosePath, IsATableOfCapabilities) {
  EXPECT_EQ(chosen(kTuring), "mma8");
  EXPECT_EQ(chosen(kA100), "mma16");
  EXPECT_EQ(chosen(card(8, 6, 99)), "mma16");
  EXPECT_EQ(chosen(kAda), "mma16");
  EXPECT_EQ(chosen(kHopper), "wgmma");
  EXPECT_EQ(chosen(kB200), "mma16deep");
  EXPECT_EQ(chosen(kBlackwell), "mma16");
}

TEST(ChoosePath, LeavesOlderCardsToOthers) {
  EXPECT_EQ(chosen(card(7, 0, 96)),
            "unavailable: Card (compute capability 7.0) is older than 7.5: left to OpenCL");
  EXPECT_EQ(chosen(card(6, 1, 48), "dot4"),
            "unavailable: Card (compute capability 6.1) is older than 7.5: left to OpenCL");
}

TEST(ChoosePath, TakesALowerOneThatIsAskedFor) {
  for (const Properties& properties : {kTuring, kA100, kAda, kHopper, kB200, kBlackwell}) {
    EXPECT_EQ(chosen(properties, "dot4"), "dot4");
    EXPECT_EQ(chosen(properties, "mma8"), "mma8");
  }
  EXPECT_EQ(chosen(kHopper, "mma16"), "mma16");
  EXPECT_EQ(chosen(kHopper, "mma16deep"), "mma16deep");
}

TEST(ChoosePath, RefusesOneThatDoesNotRunAndNamesWhatWould) {
  EXPECT_EQ(chosen(kTuring, "mma16"),
            "unavailable: path 'mma16' does not run on Card (compute capability 7.5); mma8, dot4 "
            "would");
  EXPECT_EQ(chosen(kAda, "wgmma"),
            "unavailable: path 'wgmma' does not run on Card (compute capability 8.9); mma16, mma8, "
            "dot4 would");
  EXPECT_EQ(chosen(kB200, "wgmma").find("unavailable"), 0U);
  EXPECT_EQ(chosen(kA100, "mma16deep").find("unavailable"), 0U) << "its shared memory is too small";
}

TEST(ChoosePath, EveryPathIsNamedAndLaunchable) {
  for (const std::string& name : path_names()) {
    const auto path = choose_path(kHopper, name);
    ASSERT_TRUE(path.ok()) << path.message();
    EXPECT_EQ(path->name, name);
    EXPECT_GT(path->threads, 0U);
    EXPECT_LE(path->shared_bytes, kHopper.shared_bytes);
  }
  for (const gpu::ProductPath& path : gpu::shared_paths()) {
    EXPECT_THAT(path_names(), testing::Contains(path.name));
  }
}

TEST(ChoosePath, WhatWasNotBuiltIsNotChosen) {
  const auto without_wgmma = choose_path(kHopper, "auto", {.turing = true, .wgmma = false});
  ASSERT_TRUE(without_wgmma.ok());
  EXPECT_EQ(without_wgmma->name, "mma16deep");
  EXPECT_FALSE(choose_path(kHopper, "wgmma", {.turing = true, .wgmma = false}).ok());
  const auto turing = choose_path(kTuring, "auto", {.turing = false, .wgmma = true});
  ASSERT_FALSE(turing.ok());
  EXPECT_EQ(turing.error().fault, base::Fault::kUnavailable);
  EXPECT_NE(turing.message().find("no code"), std::string::npos) << turing.message();
}

TEST(EstimatedSpeed, IsAShareOfWhatTheMakerStates) {
  const auto estimate = [](const Properties& properties, std::string_view name) {
    return estimated_macs_per_second(properties, *choose_path(properties, name));
  };
  // 10 processors at 1 GHz.
  EXPECT_DOUBLE_EQ(estimate(kHopper, "wgmma"), 0.6 * 4096 * 10 * 1e9);
  EXPECT_DOUBLE_EQ(estimate(kA100, "mma16"), 0.6 * 2048 * 10 * 1e9);
  EXPECT_DOUBLE_EQ(estimate(kAda, "mma16"), 0.6 * 1024 * 10 * 1e9);
  EXPECT_DOUBLE_EQ(estimate(kTuring, "dot4"), 0.6 * 256 * 10 * 1e9);
}

}  // namespace
}  // namespace backends::cuda

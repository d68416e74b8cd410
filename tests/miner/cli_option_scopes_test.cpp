#include <gtest/gtest.h>

#include "miner/selection.h"
#include "tests/miner/cli_fakes.h"

// To whom an --opt goes.
namespace miner {
namespace {

using backends::DeviceKind;
using backends::OptionAssignment;
using fakes::device;
using fakes::FakeModules;
using Options = std::vector<OptionAssignment>;

constexpr const char* kCard = "0000:01:00.0";

/// Two backends that share the key "rate"; "count" holds for the whole of a.
FakeModules two_backends() {
  FakeModules modules;
  auto& a = modules.add("a");
  a.specs = {fakes::number("rate"), fakes::number("count", true)};
  a.devices = {device("a", 0, DeviceKind::kGpu, kCard), device("a", 1, DeviceKind::kGpu)};
  auto& b = modules.add("b");
  b.specs = {fakes::number("rate"), fakes::number("extra")};
  b.devices = {device("b", 0, DeviceKind::kCpu)};
  return modules;
}

Options parse(const std::vector<std::string>& texts) {
  Options options;
  for (const std::string& text : texts) {
    const auto assignment = backends::parse_assignment(text);
    EXPECT_TRUE(assignment.ok()) << text;
    options.push_back(*assignment);
  }
  return options;
}

/// "rate" of a:0, a:1 and b:0, by blanks; or the error.
std::string rates(const std::vector<std::string>& texts) {
  FakeModules modules = two_backends();
  const Options options = parse(texts);
  const auto list = list_devices(modules.modules, options);
  if (!list.ok()) return list.message();
  std::string all;
  for (const ListedDevice& listed : list->devices) {
    const auto values = device_options(listed, options);
    if (!values.ok()) return values.message();
    if (!all.empty()) all += ' ';
    all += std::to_string(values->integer("rate"));
  }
  return all;
}

TEST(OptionScopes, GoToAllToABackendOrToADevice) {
  EXPECT_EQ(rates({}), "7 7 7");
  EXPECT_EQ(rates({"rate=1"}), "1 1 1");
  EXPECT_EQ(rates({"a.rate=1"}), "1 1 7");
  EXPECT_EQ(rates({"a:1.rate=1"}), "7 1 7");
  EXPECT_EQ(rates({"0000:01:00.0.rate=1"}), "1 7 7");
  EXPECT_EQ(rates({"01:00.0.rate=1"}), "1 7 7");
  EXPECT_EQ(rates({"B.rate=1"}), "7 7 1");
}

TEST(OptionScopes, TheLastOneCounts) {
  EXPECT_EQ(rates({"a:0.rate=2", "rate=1", "b.rate=3"}), "1 1 3");
  EXPECT_EQ(rates({"rate=1", "a:0.rate=2", "a:0.rate=4"}), "4 1 1");
}

TEST(OptionScopes, AKeyWithoutScopeGoesWhereItIsKnown) {
  EXPECT_EQ(rates({"extra=1"}), "7 7 7");  // a has no such key, and is not asked
}

TEST(OptionScopes, ABackendIsConfiguredWithItsOwn) {
  FakeModules modules = two_backends();
  const Options options = parse({"count=2", "a.count=3", "a:0.rate=9"});
  ASSERT_TRUE(list_devices(modules.modules, options).ok());
  const auto& a = static_cast<fakes::FakeBackend&>(*modules.modules[0].backend);
  ASSERT_TRUE(a.configured.has_value());
  EXPECT_EQ(a.configured->integer("count"), 3);
  EXPECT_EQ(a.configured->integer("rate"), 7);
}

TEST(OptionScopes, WhatNobodyTakesIsAnError) {
  EXPECT_EQ(rates({"rats=1"}), "--opt rats=1: no backend has this option; did you mean rate?");
  EXPECT_EQ(rates({"frobnicate=1"}),
            "--opt frobnicate=1: no backend has this option; see sprintminer options");
  EXPECT_EQ(rates({"a.extra=1"}), "--opt a.extra=1: a has no such option; see sprintminer options");
  EXPECT_EQ(rates({"a:0.extra=1"}),
            "--opt a:0.extra=1: a has no such option; see sprintminer options");
  EXPECT_EQ(rates({"quick.rate=1"}),
            "--opt quick.rate=1: there is no such backend or device; see sprintminer options");
  EXPECT_EQ(rates({"12.rate=1"}),
            "--opt 12.rate=1: there is no such backend or device; see sprintminer options");
  EXPECT_EQ(rates({"01:00.0.zzz=1"}),
            "--opt 01:00.0.zzz=1: no backend has this option; see sprintminer options");
  EXPECT_EQ(rates({"a:0.count=1"}),
            "--opt a:0.count=1: this holds for the whole backend; write --opt a.count=...");
}

TEST(OptionScopes, AValueOutOfRangeIsAnErrorWhereverItGoes) {
  const std::string refused = ": option rate: '101' is not a whole number in 0..100";
  EXPECT_EQ(rates({"rate=101"}), "a" + refused);
  EXPECT_EQ(rates({"b.rate=101"}), "b" + refused);
  EXPECT_EQ(rates({"a:1.rate=101"}), "a" + refused);
  EXPECT_EQ(rates({"0000:01:00.0.rate=101"}), "a" + refused);
}

TEST(OptionScopes, ADeviceThatIsNotHereIsNotedOnly) {
  FakeModules modules = two_backends();
  const auto list = list_devices(
      modules.modules, parse({"a:2.rate=1", "a:2.rate=2", "0000:09:00.0.rate=1", "a:0.rate=1"}));
  ASSERT_TRUE(list.ok()) << list.message();
  ASSERT_EQ(list->missing.size(), 2U);
  EXPECT_EQ(list->missing[0].name, "a:2");
  EXPECT_EQ(list->missing[0].reason, "not here; its --opt values are unused");
  EXPECT_EQ(list->missing[1].name, "0000:09:00.0");
}

TEST(OptionScopes, AModuleThatRefusesItsValuesEndsItButOneThatFailsCostsItself) {
  FakeModules refusing = two_backends();
  static_cast<fakes::FakeBackend&>(*refusing.modules[0].backend).configure_error =
      base::invalid("option count: 7 is odd");
  const auto refused = list_devices(refusing.modules, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.message(), "a: option count: 7 is odd");

  FakeModules failing = two_backends();
  static_cast<fakes::FakeBackend&>(*failing.modules[0].backend).configure_error =
      base::unavailable("the driver is gone");
  const auto list = list_devices(failing.modules, {});
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(fakes::ids(list->devices), "b:0");
  ASSERT_EQ(list->missing.size(), 1U);
  EXPECT_EQ(list->missing[0].reason, "the driver is gone");
}

}  // namespace
}  // namespace miner

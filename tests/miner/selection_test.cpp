#include "miner/selection.h"

#include <gtest/gtest.h>

#include "miner/device_name.h"
#include "tests/miner/cli_fakes.h"

namespace miner {
namespace {

using backends::DeviceKind;
using fakes::device;
using fakes::FakeModules;
using fakes::ids;

constexpr const char* kFirst = "0000:01:00.0";
constexpr const char* kSecond = "0000:0a:00.0";

/// Two cards that "fast" and "slow" both see, one more of "slow", a CPU and a simulation.
FakeModules rig() {
  FakeModules rig;
  rig.add("fast").devices = {device("fast", 0, DeviceKind::kGpu, kFirst),
                             device("fast", 1, DeviceKind::kGpu, kSecond)};
  rig.add("slow").devices = {device("slow", 2, DeviceKind::kGpu, kSecond),
                             device("slow", 0, DeviceKind::kGpu, "0000:0b:00.0"),
                             device("slow", 1, DeviceKind::kGpu, kFirst)};
  rig.add("cpu").devices = {device("cpu", 0, DeviceKind::kCpu)};
  rig.add("sim").devices = {device("sim", 0, DeviceKind::kSimulated),
                            device("sim", 1, DeviceKind::kSimulated)};
  rig.add("gone").probe_error = base::unavailable("no driver");
  rig.add("empty");
  return rig;
}

DeviceList list_of(FakeModules& rig) {
  auto list = list_devices(rig.modules, {});
  EXPECT_TRUE(list.ok());
  return std::move(list).value();
}

std::string selected(const DeviceList& list, const Selection& selection) {
  const auto devices = select_devices(list, selection);
  return devices.ok() ? ids(*devices) : "error: " + devices.message();
}

TEST(ListDevices, EachCardOnceByRankThenIndex) {
  FakeModules modules = rig();
  const DeviceList list = list_of(modules);
  EXPECT_EQ(ids(list.devices), "fast:0 fast:1 slow:0 cpu:0 sim:0 sim:1");
  EXPECT_EQ(ids(list.alternatives), "slow:1 slow:2");
  for (std::uint32_t i = 0; i < list.devices.size(); ++i) EXPECT_EQ(list.devices[i].number, i);
  EXPECT_EQ(list.alternatives[0].number, 6U);
  EXPECT_EQ(list.devices[2].backend, modules.modules[1].backend.get());
  ASSERT_EQ(list.missing.size(), 2U);
  EXPECT_EQ(list.missing[0].name, "gone");
  EXPECT_EQ(list.missing[0].reason, "no driver");
  EXPECT_EQ(list.missing[1].name, "empty");
  EXPECT_EQ(list.missing[1].reason, "no device");
}

TEST(ListDevices, DevicesWithoutPciAddressAreNeverTheSame) {
  FakeModules modules;
  modules.add("a").devices = {device("a", 0, DeviceKind::kCpu), device("a", 1, DeviceKind::kCpu)};
  modules.add("b").devices = {device("b", 0, DeviceKind::kCpu)};
  EXPECT_EQ(ids(list_of(modules).devices), "a:0 a:1 b:0");
}

TEST(ListDevices, AModuleWithSensorsOnlyIsNoBackend) {
  FakeModules modules;
  modules.modules.push_back({"sensors", "", 0, nullptr, nullptr});
  modules.add("cpu").devices = {device("cpu", 0, DeviceKind::kCpu)};
  const DeviceList list = list_of(modules);
  EXPECT_EQ(ids(list.devices), "cpu:0");
  EXPECT_TRUE(list.missing.empty());
}

TEST(SelectDevices, ByKindWhenNothingIsNamed) {
  FakeModules all = rig();
  EXPECT_EQ(selected(list_of(all), {}), "fast:0 fast:1 slow:0");

  FakeModules no_gpu;
  no_gpu.add("sim").devices = {device("sim", 0, DeviceKind::kSimulated)};
  no_gpu.add("cpu").devices = {device("cpu", 0, DeviceKind::kCpu)};
  EXPECT_EQ(selected(list_of(no_gpu), {}), "cpu:0");

  FakeModules only_sim;
  only_sim.add("sim").devices = {device("sim", 0, DeviceKind::kSimulated)};
  EXPECT_EQ(selected(list_of(only_sim), {}),
            "error: no device to use: those that are here must be named (--backend sim)");

  FakeModules none;
  none.add("a").probe_error = base::unavailable("no driver");
  none.add("b");
  EXPECT_EQ(selected(list_of(none), {}), "error: no device is here: a: no driver; b: no device");
}

TEST(SelectDevices, BackendsNameAllOfTheirs) {
  FakeModules modules = rig();
  const DeviceList list = list_of(modules);
  EXPECT_EQ(selected(list, {{"cpu"}, {}}), "cpu:0");
  EXPECT_EQ(selected(list, {{"sim"}, {}}), "sim:0 sim:1");
  EXPECT_EQ(selected(list, {{"sim", "fast"}, {}}), "fast:0 fast:1 sim:0 sim:1");
  EXPECT_EQ(selected(list, {{"slow"}, {}}), "slow:0 slow:1 slow:2");
  EXPECT_EQ(selected(list, {{"slow", "fast"}, {}}), "fast:0 fast:1 slow:0");
}

TEST(SelectDevices, DevicesByNumberIdAndPciAddress) {
  FakeModules modules = rig();
  const DeviceList list = list_of(modules);
  EXPECT_EQ(selected(list, {{}, {"3"}}), "cpu:0");
  EXPECT_EQ(selected(list, {{}, {"sim:1", "0"}}), "sim:1 fast:0");
  EXPECT_EQ(selected(list, {{}, {"CPU:0"}}), "cpu:0");
  EXPECT_EQ(selected(list, {{}, {"0000:0A:00.0"}}), "fast:1");
  EXPECT_EQ(selected(list, {{}, {"0a:00.0"}}), "fast:1");
  EXPECT_EQ(selected(list, {{}, {"0", "fast:0", kFirst, "0"}}), "fast:0");
  EXPECT_EQ(selected(list, {{}, {"slow:2"}}), "slow:2");
  EXPECT_EQ(selected(list, {{"slow"}, {kFirst}}), "slow:1");
  EXPECT_EQ(selected(list, {{"fast", "slow"}, {"slow:1"}}), "slow:1");
}

TEST(SelectDevices, OneCardIsNotUsedTwice) {
  FakeModules modules = rig();
  EXPECT_EQ(selected(list_of(modules), {{}, {"fast:0", "slow:1"}}),
            "error: devices fast:0 and slow:1 are the same card, 0000:01:00.0");
}

struct Absent {
  Selection selection;
  base::Fault fault;
  std::string error;
};

TEST(SelectDevices, WhatIsNotHereIsAnErrorThatSaysWhatIs) {
  FakeModules modules;
  modules.add("cpu").devices = {device("cpu", 0, DeviceKind::kCpu)};
  modules.add("sim").devices = {device("sim", 0, DeviceKind::kSimulated, kFirst)};
  modules.add("gone").probe_error = base::unavailable("no driver");
  const DeviceList list = list_of(modules);
  const std::string here = "; here: 0 (cpu:0), 1 (sim:0 at 0000:01:00.0)";
  const std::vector<Absent> cases = {
      {{{"gone"}, {}}, base::Fault::kUnavailable, "backend gone: no driver"},
      {{{"cqu"}, {}}, base::Fault::kInvalid, "there is no backend 'cqu'; did you mean cpu?"},
      {{{"warp"}, {}}, base::Fault::kInvalid, "there is no backend 'warp'; here: cpu, sim"},
      {{{}, {"2"}}, base::Fault::kUnavailable, "device '2' is not here" + here},
      {{{}, {"cpu:1"}}, base::Fault::kUnavailable, "device 'cpu:1' is not here" + here},
      {{{}, {"gone:0"}},
       base::Fault::kUnavailable,
       "device 'gone:0' is not here (backend gone: no driver)" + here},
      {{{}, {"02:00.0"}}, base::Fault::kUnavailable, "device '02:00.0' is not here" + here},
      {{{}, {"cpu"}},
       base::Fault::kInvalid,
       "device 'cpu' is neither a number, an id like cpu:0 nor a PCI address" + here},
      {{{}, {"-1"}},
       base::Fault::kInvalid,
       "device '-1' is neither a number, an id like cpu:0 nor a PCI address" + here},
      {{{"cpu"}, {"1"}}, base::Fault::kUnavailable, "device '1' is not here; here: 0 (cpu:0)"},
  };
  for (const Absent& absent : cases) {
    const auto devices = select_devices(list, absent.selection);
    ASSERT_FALSE(devices.ok()) << absent.error;
    EXPECT_EQ(devices.message(), absent.error);
    EXPECT_EQ(devices.error().fault, absent.fault) << absent.error;
  }
}

TEST(DeviceName, TakesThreeFormsAndNothingElse) {
  const auto form = [](std::string_view text) { return parse_device_name(text)->form; };
  EXPECT_EQ(form("0"), DeviceName::Form::kNumber);
  EXPECT_EQ(form("cpu:0"), DeviceName::Form::kId);
  EXPECT_EQ(form("my_backend-2:12"), DeviceName::Form::kId);
  EXPECT_EQ(form("01:00.0"), DeviceName::Form::kPci);
  EXPECT_EQ(parse_device_name("0F:1e.7")->pci_address, "0000:0f:1e.7");
  EXPECT_EQ(parse_device_name("10000:0f:1e.7"), std::nullopt);
  EXPECT_EQ(parse_device_name("00010000:0f:1e.7")->pci_address, "00010000:0f:1e.7");
  for (const char* text : {"", ":", "cpu", "cpu:", ":0", "cpu:x", "cpu:-1", "cpu:4294967296",
                           "4294967296", " 0", "0 ", "01:00", "01:00.", "g1:00.0", "cpu:0:1"}) {
    EXPECT_FALSE(parse_device_name(text).has_value()) << text;
  }
}

std::string missing_names(const DeviceList& list, const Selection& selection) {
  std::string names;
  for (const auto& missing : missing_for(list, selection)) names += missing.name + " ";
  return names;
}

TEST(MissingFor, OnlyThoseThatWereAskedFor) {
  DeviceList list;
  list.missing = {{"gone", "no driver"}, {"slow", "no card"}, {"fast:2", "not here"}};
  EXPECT_EQ(missing_names(list, {}), "gone slow fast:2 ");
  Selection selection;
  selection.backends = {"slow"};
  EXPECT_EQ(missing_names(list, selection), "slow fast:2 ");
  selection.backends = {"fast"};
  EXPECT_EQ(missing_names(list, selection), "fast:2 ");
}

}  // namespace
}  // namespace miner

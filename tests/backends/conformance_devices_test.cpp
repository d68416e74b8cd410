// Modules and devices: what they say of themselves, options, several devices at once.

#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <thread>

#include "backends/api/self_test.h"
#include "tests/backends/conformance.h"

namespace tests {
namespace {

using backends::OptionSpec;
using backends::RangeResult;

TEST(ConformanceModules, AllThatWereBuiltLoad) {
  for (const auto& failed : loaded_modules().failed) {
    ADD_FAILURE() << failed.name << ": " << failed.reason;
  }
  EXPECT_FALSE(loaded_modules().modules.empty());
}

/// A sensor says something that can be, or nothing.
void expect_plausible(const char* what, std::optional<double> value, double least, double most) {
  if (!value) return;
  EXPECT_TRUE(std::isfinite(*value)) << what;
  EXPECT_GE(*value, least) << what;
  EXPECT_LE(*value, most) << what;
}

TEST(ConformanceModules, SensorsSayWhatCanBeOrNothing) {
  for (const auto& module : loaded_modules().modules) {
    if (module.telemetry == nullptr) continue;
    SCOPED_TRACE(module.name);
    const auto cards = module.telemetry->cards();
    if (!cards.ok()) {
      EXPECT_FALSE(cards.message().empty());
      continue;
    }
    for (const auto& card : *cards) {
      const auto sample = module.telemetry->sample(card.label);
      ASSERT_TRUE(sample.ok()) << sample.message();
      expect_plausible("core", sample->core_celsius, -50, 150);
      expect_plausible("hotspot", sample->hotspot_celsius, -50, 150);
      expect_plausible("memory", sample->memory_celsius, -50, 150);
      expect_plausible("fan", sample->fan_percent, 0, 200);
      expect_plausible("power", sample->power_watts, 0, 5000);
      expect_plausible("load", sample->load_percent, 0, 100);
    }
    EXPECT_FALSE(module.telemetry->sample("no such card").ok());
  }
}

/// The address with a # for each lower-case hexadecimal digit.
std::string shape_of(std::string address) {
  for (char& c : address) {
    if (std::string_view("0123456789abcdef").find(c) != std::string_view::npos) c = '#';
  }
  return address;
}

class ConformanceDevices : public Conformance {
 protected:
  /// Another device of the module, or this one again; the reason when neither can be.
  base::Result<std::unique_ptr<backends::Device>> open_another() {
    const auto found = GetParam().backend->probe();
    if (!found.ok()) return found.error();
    for (const auto& info : *found) {
      if (info.index != GetParam().index) return open(info.index);
    }
    return open(GetParam().index);
  }
};

TEST_P(ConformanceDevices, SaysWhatItIs) {
  const backends::DeviceInfo& info = device_->info();
  EXPECT_EQ(info.backend, GetParam().backend->name());
  EXPECT_EQ(info.index, GetParam().index);
  EXPECT_FALSE(info.name.empty());
  EXPECT_FALSE(info.path.empty());
  EXPECT_GT(info.memory_bytes, 0U);
  if (!info.pci_address.empty()) {
    EXPECT_EQ(shape_of(info.pci_address), "####:##:##.#") << info.pci_address;
  }
  EXPECT_GE(device_->group_size(), 1U);
}

TEST_P(ConformanceDevices, AnUnknownIndexIsAnError) {
  const auto device = open(std::numeric_limits<std::uint32_t>::max());
  ASSERT_FALSE(device.ok());
  EXPECT_FALSE(device.message().empty());
}

TEST_P(ConformanceDevices, OptionsAreComplete) {
  std::set<std::string> keys;
  for (const OptionSpec& spec : GetParam().backend->options()) {
    EXPECT_TRUE(keys.insert(spec.key).second) << spec.key << " twice";
    EXPECT_FALSE(spec.key.empty());
    EXPECT_EQ(spec.key.find_first_of(".=,: "), std::string::npos) << spec.key;
    EXPECT_FALSE(spec.meaning.empty()) << spec.key;
    EXPECT_EQ(spec.type == OptionSpec::Type::kChoice, !spec.choices.empty()) << spec.key;
    if (spec.type == OptionSpec::Type::kInteger) {
      EXPECT_LE(spec.min, spec.max) << spec.key;
    }
  }
  EXPECT_TRUE(backends::resolve_options(GetParam().backend->options(), {}).ok());
}

TEST_P(ConformanceDevices, BadOptionsAreErrorsThatNameTheKey) {
  const auto specs = GetParam().backend->options();
  const auto expect_refused = [&](const std::string& key, const std::string& value) {
    const std::vector<backends::OptionAssignment> assignments = {{"", key, value}};
    const auto values = backends::resolve_options(specs, assignments);
    ASSERT_FALSE(values.ok()) << key << "=" << value;
    EXPECT_NE(values.message().find(key), std::string::npos) << values.message();
  };
  expect_refused("no_such_option", "1");
  for (const OptionSpec& spec : specs) {
    if (spec.type == OptionSpec::Type::kText) continue;
    expect_refused(spec.key, "no such value");
    if (spec.type == OptionSpec::Type::kChoice) continue;
    if (spec.max < INT64_MAX) expect_refused(spec.key, std::to_string(spec.max + 1));
    if (spec.min > INT64_MIN) expect_refused(spec.key, std::to_string(spec.min - 1));
    expect_refused(spec.key, "99999999999999999999999");
  }
}

/// What one device computes on a thread of its own; judged afterwards.
struct Raced {
  poc::RaceSpec race;
  std::vector<RangeResult> results;
  std::string fault;
};

void race_five_ranges(backends::Device& device, Raced& out) {
  const auto ready = backends::prepare_fully(device, out.race.model);
  const auto started = ready.ok() ? device.start(out.race) : ready;
  if (!started.ok()) out.fault = started.message();
  for (std::uint64_t i = 0; i < 5 && out.fault.empty(); ++i) {
    const auto queued =
        device.enqueue({i << 32, device.group_size() + 3, poc::Target::from_difficulty(2)});
    const auto result = queued.ok() ? device.collect() : queued.error();
    if (result.ok()) {
      out.results.push_back(*result);
    } else {
      out.fault = result.message();
    }
  }
}

TEST_P(ConformanceDevices, TwoWorkAtOnceOnTwoThreads) {
  auto another = open_another();
  if (!another.ok()) GTEST_SKIP() << "no second device: " << another.message();
  Raced mine{race_of(kNano, 90), {}, {}};
  Raced theirs{race_of({1, 256, 384}, 91), {}, {}};
  std::thread other([&] { race_five_ranges(**another, theirs); });
  race_five_ranges(*device_, mine);
  other.join();
  for (const Raced& raced : {mine, theirs}) {
    EXPECT_EQ(raced.fault, "");
    EXPECT_EQ(raced.results.size(), 5U);
    for (const RangeResult& result : raced.results) expect_exact(raced.race, result);
  }
}

TEST_P(ConformanceDevices, ACancelOfOneIsNothingToTheOther) {
  auto another = open_another();
  if (!another.ok()) GTEST_SKIP() << "no second device: " << another.message();
  const poc::RaceSpec race = race_of(kTiny, 92);
  ASSERT_NO_FATAL_FAILURE(start(race));
  (*another)->cancel();
  expect_exact(race, run({0, 5, poc::Target::from_difficulty(1)}));
}

TEST_P(ConformanceDevices, ClosedInMidWorkAndOpenedAgain) {
  const poc::RaceSpec race = race_of(kTiny, 93);
  ASSERT_NO_FATAL_FAILURE(start(race));
  ASSERT_NO_FATAL_FAILURE(enqueue({0, device_->group_size(), poc::Target::none()}));
  ASSERT_NO_FATAL_FAILURE(enqueue({99, device_->group_size(), poc::Target::none()}));
  device_.reset();
  auto again = open(GetParam().index);
  ASSERT_TRUE(again.ok()) << again.message();
  device_ = std::move(again).value();
  expect_works(race);
}

INSTANTIATE_TEST_SUITE_P(Devices, ConformanceDevices, testing::ValuesIn(subjects()),
                         subject_test_name);

}  // namespace
}  // namespace tests

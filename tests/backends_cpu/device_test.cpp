#include "backends/cpu/device.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "backends/api/self_test.h"
#include "backends/cpu/backend.h"
#include "tests/backends_cpu/models.h"
#include "tests/backends_cpu/paths.h"
#include "tests/support/sanitizers.h"

namespace backends::cpu {
namespace {

using testing::HasSubstr;

using Settings = std::vector<OptionAssignment>;

OptionValues options_of(const Backend& backend, const Settings& settings) {
  return resolve_options(backend.options(), settings).value();
}

std::unique_ptr<Device> open(Backend& backend, const Settings& settings = {}) {
  return backend.open(0, options_of(backend, settings)).value();
}

poc::RaceSpec race_on(const poc::ModelSpec& model) {
  poc::RaceSpec race{model, {}, {}};
  race.start_seed.fill(5);
  race.identity_hash.fill(6);
  return race;
}

/// Ready to take ranges.
void start(Device& device, const poc::RaceSpec& race) {
  ASSERT_TRUE(prepare_fully(device, race.model).ok());
  ASSERT_TRUE(device.start(race).ok());
}

RangeResult compute(Device& device, const NonceRange& range) {
  EXPECT_TRUE(device.enqueue(range).ok());
  return device.collect().value();
}

std::vector<Candidate> sorted(std::vector<Candidate> candidates) {
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.nonce < b.nonce; });
  return candidates;
}

TEST(CpuBackend, HasOneDeviceThatDescribesItself) {
  CpuBackend backend;
  const auto devices = backend.probe().value();
  ASSERT_EQ(devices.size(), 1U);
  const DeviceInfo& info = devices[0];
  EXPECT_EQ(info.id(), "cpu:0");
  EXPECT_EQ(info.label(), "cpu:0");
  EXPECT_EQ(info.kind, DeviceKind::kCpu);
  EXPECT_FALSE(info.name.empty());
  EXPECT_GT(info.memory_bytes, 0U);
  EXPECT_EQ(info.path, runnable_paths().front()->name);
  EXPECT_EQ(open(backend)->info().path, info.path);
}

TEST(CpuBackend, RefusesWhatTheMachineLacks) {
  CpuBackend backend(Machine{"old", 1 << 30, 1 << 20, 2, CpuFeatures{}}, available_memory);
  EXPECT_EQ(backend.probe().value()[0].path, "scalar");
  EXPECT_EQ(open(backend, {{"", "path", "scalar"}})->info().path, "scalar");
#if defined(__x86_64__)
  const auto refused = backend.open(0, options_of(backend, {{"", "path", "avx2"}}));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.message(), HasSubstr("'avx2' does not run on this processor"));
#endif
  const auto no_such = backend.open(1, options_of(backend, {}));
  ASSERT_FALSE(no_such.ok());
  EXPECT_THAT(no_such.message(), HasSubstr("cpu:1"));
}

TEST(CpuBackend, OptionsAreChecked) {
  CpuBackend backend;
  for (const auto& [key, value] :
       std::vector<std::pair<const char*, const char*>>{{"path", "mmx"},
                                                        {"threads", "1025"},
                                                        {"threads", "-1"},
                                                        {"group", "65"},
                                                        {"tile", "1"}}) {
    EXPECT_FALSE(resolve_options(backend.options(), Settings{{"", key, value}}).ok()) << key;
  }
}

TEST(CpuBackend, BindsItsThreadsWhereAsked) {
  CpuBackend backend;
  for (const auto& [affinity, message] : std::vector<std::pair<const char*, const char*>>{
           {"0,x", "option affinity: 'x' is no processor and no range of them"},
           {"65535",
            "option affinity: processor 65535 does not exist here, or the program may not use "
            "it"}}) {
    const auto options = resolve_options(backend.options(), Settings{{"", "affinity", affinity}});
    ASSERT_FALSE(options.ok()) << affinity;
    EXPECT_EQ(options.message(), message);
  }
  cpu_set_t allowed;
  sched_getaffinity(0, sizeof(allowed), &allowed);
  std::size_t processor = 0;
  while (!CPU_ISSET(processor, &allowed)) ++processor;
  const auto one = open(backend, {{"", "affinity", std::to_string(processor)}, {"", "group", "3"}});
  EXPECT_EQ(one->group_size(), 3U) << "a thread for each processor named";
  const auto status = self_test(*one);
  EXPECT_TRUE(status.ok()) << status.message();
}

TEST(CpuDevice, GroupSizeIsAllThreadsGroups) {
  CpuBackend backend(Machine{"x", 1 << 30, 1 << 20, 3, CpuFeatures{}}, available_memory);
  EXPECT_EQ(open(backend, {{"", "group", "5"}, {"", "threads", "2"}})->group_size(), 10U);
  const auto device = open(backend);
  EXPECT_EQ(device->group_size(), 48U);
  start(*device, race_on(model_spec("1,8192,128")));  // 128 KiB a nonce: 6 in 3/4 of 1 MiB
  EXPECT_EQ(device->group_size(), 18U);
}

class Devices : public EachPath {
 protected:
  std::unique_ptr<Device> open_with(const std::string& threads, const std::string& group) {
    return open(backend_, {{"", "path", std::string(kernels().name)},
                           {"", "threads", threads},
                           {"", "group", group}});
  }
  CpuBackend backend_;
};
INSTANTIATE_EACH_PATH(Devices);

TEST_P(Devices, PassTheSelfTest) {
  const auto status = self_test(*open_with("2", "0"));
  EXPECT_TRUE(status.ok()) << status.message();
}

TEST_P(Devices, FindExactlyTheReferencesCandidatesHoweverTheyAreSetUp) {
  const poc::RaceSpec race = race_on(model_spec("nano"));
  const poc::ReferenceModel reference = reference_model(race.model);
  const poc::Target target = poc::Target::from_difficulty(3);
  constexpr std::uint64_t kFirst = 0xfffffffffffffff0 - 37;
  std::vector<Candidate> expected;
  for (std::uint64_t nonce = kFirst; nonce < kFirst + 37; ++nonce) {
    const poc::InputKey key = poc::input_key(race, nonce);
    const poc::Digest digest = poc::evaluate(reference, key);
    if (target.met_by(poc::make_ticket(key, digest))) expected.push_back({nonce, digest});
  }
  ASSERT_FALSE(expected.empty());
  for (const auto& [threads, group] : std::vector<std::pair<const char*, const char*>>{
           {"1", "1"}, {"1", "0"}, {"2", "0"}, {"3", "4"}, {"5", "64"}}) {
    const auto device = open_with(threads, group);
    start(*device, race);
    const RangeResult result = compute(*device, {kFirst, 37, target});
    EXPECT_EQ(result.evaluated, 37U);
    EXPECT_EQ(result.range.first, kFirst);
    const auto found = sorted(result.candidates);
    ASSERT_EQ(found.size(), expected.size()) << threads << " threads, group " << group;
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].nonce, expected[i].nonce);
      EXPECT_EQ(found[i].digest, expected[i].digest);
    }
  }
}

TEST_P(Devices, EvaluateAnyNumberOfKeysInOrderAlsoBetweenRanges) {
  const poc::ModelSpec other = model_spec("1,256,384", 3);
  const poc::ReferenceModel reference = reference_model(other);
  const auto device = open_with("3", "4");
  start(*device, race_on(model_spec("nano")));
  const auto before = compute(*device, {7, 5, poc::Target::from_difficulty(1)});
  ASSERT_TRUE(prepare_fully(*device, other).ok());
  for (const std::size_t count : {0U, 1U, 2U, 13U, 29U}) {
    const auto keys = some_keys(count);
    const auto digests = device->evaluate(other, keys).value();
    ASSERT_EQ(digests.size(), count);
    for (std::size_t i = 0; i < count; ++i)
      EXPECT_EQ(digests[i], poc::evaluate(reference, keys[i]));
  }
  const auto after = compute(*device, {7, 5, poc::Target::from_difficulty(1)});
  ASSERT_EQ(after.candidates.size(), 5U);
  EXPECT_EQ(sorted(after.candidates)[4].digest, sorted(before.candidates)[4].digest);
}

TEST_P(Devices, ShareOneCopyOfTheWeights) {
  const auto mining = open_with("1", "0");
  const auto verifying = open_with("1", "0");
  const poc::ModelSpec model = model_spec("micro");
  ASSERT_TRUE(prepare_fully(*mining, model).ok());
  EXPECT_TRUE(verifying->prepare(model).value().ready());  // in one call: nothing is left to make
  mining->rest();
  EXPECT_TRUE(verifying->prepare(model).value().ready());
  verifying->rest();
  EXPECT_LT(mining->prepare(model_spec("1,2048,6144")).value().done_bytes, 55'000'000U);
}

TEST_P(Devices, CancelledBeforeAndAfterEnqueueCountNothing) {
  const auto device = open_with("2", "4");
  start(*device, race_on(model_spec("nano")));
  ASSERT_TRUE(device->enqueue({0, 1000, poc::Target::from_difficulty(1)}).ok());
  device->cancel();
  ASSERT_TRUE(device->enqueue({1000, 1000, poc::Target::from_difficulty(1)}).ok());
  for (int i = 0; i < 2; ++i) {
    const RangeResult result = device->collect().value();
    EXPECT_EQ(result.evaluated, 0U);
    EXPECT_TRUE(result.candidates.empty());
  }
  // Another model's verification is not cancelled by it; the race is, until its next start.
  EXPECT_TRUE(device->evaluate(model_spec("nano"), some_keys(3)).ok());
  EXPECT_EQ(compute(*device, {0, 9, poc::Target::none()}).evaluated, 0U);
  ASSERT_TRUE(device->start(race_on(model_spec("nano"))).ok());
  EXPECT_EQ(compute(*device, {0, 9, poc::Target::none()}).evaluated, 9U);
}

// Far more nonces than any machine computes in the time of this test: only the cancel ends them.
TEST_P(Devices, CancelEndsARangeUnderWayAndCountsWholeGroupsOnly) {
  const auto device = open_with("2", "3");
  start(*device, race_on(model_spec("nano")));
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    device->cancel();
  });
  const RangeResult result =
      compute(*device, {0, std::uint64_t{1} << 60, poc::Target::from_difficulty(1)});
  canceller.join();
  EXPECT_LT(result.evaluated, std::uint64_t{1} << 60);
  EXPECT_EQ(result.evaluated % 3, 0U);
  EXPECT_EQ(result.candidates.size(), result.evaluated);
}

TEST_P(Devices, CancelEndsAnEvaluationUnderWay) {
  const auto device = open_with("2", "0");
  const poc::ModelSpec model = model_spec("nano");
  ASSERT_TRUE(prepare_fully(*device, model).ok());
  const std::vector<poc::InputKey> keys(2'000'000);
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    device->cancel();
  });
  const auto digests = device->evaluate(model, keys);
  canceller.join();
  ASSERT_FALSE(digests.ok());
  EXPECT_EQ(digests.error().fault, base::Fault::kUnavailable);
  EXPECT_TRUE(device->evaluate(model, some_keys(2)).ok());
}

TEST(CpuDevice, NoMemoryCostsTheModelNotTheRace) {
  std::uint64_t available = 8'000'000'000;
  CpuBackend backend(read_machine(), [&] { return available; });
  const auto device = open(backend, {{"", "threads", "2"}});
  start(*device, race_on(model_spec("nano")));
  available = 210'000'000;
  const auto refused = device->prepare(model_spec("base"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, base::Fault::kNoMemory);
  EXPECT_THAT(refused.message(), HasSubstr("profile base needs 874 MB, 10 MB can be taken"));
  EXPECT_EQ(compute(*device, {0, 9, poc::Target::none()}).evaluated, 9U);
  EXPECT_TRUE(prepare_fully(*device, model_spec("nano", 2)).ok());  // this one fits
}

TEST(CpuDevice, GroupsAreAsLargeAsMemoryAllows) {
  std::uint64_t available = 8'000'000'000;
  CpuBackend backend(read_machine(), [&] { return available; });
  const auto device = open(backend, {{"", "threads", "3"}, {"", "group", "64"}});
  const poc::RaceSpec race = race_on(model_spec("1,2048,6144"));
  ASSERT_TRUE(prepare_fully(*device, race.model).ok());
  available = 250'000'000;  // 18,432 bytes a row, 1024 rows, 3 threads: 57 MB, and 50 MB are free
  ASSERT_TRUE(device->start(race).ok());
  EXPECT_EQ(device->group_size(), 3U * 32);
  EXPECT_EQ(device->plan(),
            "3 threads with groups of 32 nonces, not 64, for want of memory: 28 MB "
            "beside weights of 54 MB");
  EXPECT_EQ(compute(*device, {0, 200, poc::Target::none()}).evaluated, 200U);
  available = 8'000'000'000;
  ASSERT_TRUE(device->start(race).ok());
  EXPECT_EQ(device->group_size(), 3U * 64);
  available = 0;  // what is taken is not asked for again
  ASSERT_TRUE(device->start(race).ok());
  EXPECT_EQ(device->group_size(), 3U * 64);
  EXPECT_EQ(compute(*device, {0, 2, poc::Target::none()}).evaluated, 2U);
}

TEST(CpuDevice, WhereNotEvenGroupsOfOneFitTheRefusalNamesNumbers) {
  std::uint64_t available = 8'000'000'000;
  CpuBackend backend(read_machine(), [&] { return available; });
  const auto device = open(backend, {{"", "threads", "3"}});
  const poc::RaceSpec race = race_on(model_spec("1,2048,6144"));
  ASSERT_TRUE(prepare_fully(*device, race.model).ok());
  available = 200'500'000;
  const auto refused = device->start(race);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, base::Fault::kNoMemory);
  EXPECT_THAT(refused.message(), HasSubstr("groups of 1 on 3 threads, profile 1,2048,6144 needs "
                                           "1 MB, 0 MB can be taken"));
  available = 8'000'000'000;
  EXPECT_TRUE(device->start(race).ok());
}

/// Memory of this process that is in use, in bytes.
std::uint64_t resident_bytes() {
  std::uint64_t pages = 0;
  std::ifstream file("/proc/self/statm");
  file >> pages >> pages;
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

TEST(CpuDevice, TakesOfTheMachineWhatItsModelsNeed) {
#if defined(SPRINT_ADDRESS_SANITIZER) || defined(SPRINT_THREAD_SANITIZER)
  GTEST_SKIP() << "the sanitizers take memory of their own";
#endif
  CpuBackend backend;
  const auto device = open(backend, {{"", "threads", "2"}});
  const poc::RaceSpec race = race_on(model_spec("6,2048,6144"));  // 327 MB: a copy would show
  const std::uint64_t before = resident_bytes();
  start(*device, race);
  EXPECT_EQ(compute(*device, {0, 4, poc::Target::none()}).evaluated, 4U);
  const auto taken = static_cast<double>(resident_bytes() - before);
  const auto weights = static_cast<double>(race.model.profile.weights_bytes());
  EXPECT_GE(taken, weights);
  EXPECT_LE(taken, 1.1 * weights + 200e6);
  device->rest();
  EXPECT_LE(static_cast<double>(resident_bytes()), static_cast<double>(before) + 200e6);
}

// Weights are held once, in a byte each; the rest is small beside them.
TEST(CpuDevice, AModelTakesItsWeightsAndATenthAtMost) {
  for (const char* name : {"micro", "base", "large", "128,8192,32768"}) {
    const poc::Profile profile = poc::parse_profile(name).value();
    const auto weights = static_cast<double>(profile.weights_bytes());
    EXPECT_LE(static_cast<double>(PackedModel::memory_needed(profile)), 1.1 * weights + 200e6);
    // And the groups that eight threads compute with 2 MiB of L2 cache each.
    const std::uint32_t group = auto_group(profile, 2 << 20);
    EXPECT_LE(8 * static_cast<double>(Forward::memory_needed(profile, group)), 200e6) << name;
  }
}

TEST(CpuDevice, PreparesTheNextModelWhileRangesAreInFlight) {
  CpuBackend backend;
  const auto device = open(backend, {{"", "threads", "2"}});
  const poc::ModelSpec next = model_spec("nano", 2);
  start(*device, race_on(model_spec("nano", 1)));
  ASSERT_TRUE(device->enqueue({0, 8, poc::Target::none()}).ok());
  ASSERT_TRUE(device->enqueue({8, 8, poc::Target::none()}).ok());
  ASSERT_TRUE(prepare_fully(*device, next).ok());
  EXPECT_EQ(device->collect().value().evaluated, 8U);
  EXPECT_EQ(device->collect().value().range.first, 8U);
  EXPECT_TRUE(device->start(race_on(next)).ok());
}

TEST(CpuDeviceDeathTest, RefusesWhatOnlyABugWouldAsk) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  CpuBackend backend;
  const auto device = open(backend, {{"", "threads", "1"}});
  EXPECT_DEATH((void)device->collect(), "check failed");
  EXPECT_DEATH((void)device->enqueue({}), "check failed");
  EXPECT_DEATH((void)device->start(race_on(model_spec("nano"))), "check failed");
}

}  // namespace
}  // namespace backends::cpu

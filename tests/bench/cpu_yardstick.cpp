// How fast the CPU module is, beside oneDNN's products of the same shapes on the same machine in
// the same minutes: the two take turns, and the ratio is that of neighbours, since the speed of a
// shared machine drifts.
//
//   cpu_yardstick [PATH [PROFILE [ROUNDS]]]
//
// One line of JSON. ONEDNN_MAX_CPU_ISA holds the library to the instructions of a path.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <stdexcept>

#include "backends/api/loader.h"
#include "backends/api/self_test.h"
#include "miner/json_line.h"
#include "poc/reference.h"
#include "tests/bench/yardstick.h"
#include "tests/places.h"

namespace bench {
namespace {

constexpr std::size_t kVerifyGroup = 8;

template <class T>
T need(base::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.message());
  return std::move(result).value();
}
void need_ok(const base::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.message());
}

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

backends::Backend& cpu_backend(std::vector<backends::LoadedModule>& modules) {
  for (backends::LoadedModule& module : modules) {
    if (module.backend != nullptr && module.backend->name() == "cpu") return *module.backend;
  }
  throw std::runtime_error("there is no cpu module in " SPRINT_MODULE_DIR);
}

std::unique_ptr<backends::Device> open_device(backends::Backend& backend, const std::string& path) {
  const auto specs = backend.options();
  const auto options = need(backends::resolve_options(specs, {{{"", "path", path}}}));
  return need(backend.open(0, options));
}

std::vector<poc::InputKey> keys_of(const poc::RaceSpec& race, std::size_t count) {
  std::vector<poc::InputKey> keys;
  for (std::size_t i = 0; i < count; ++i) keys.push_back(poc::input_key(race, i));
  return keys;
}

/// No rate before the result is right.
void check(backends::Device& device, const poc::RaceSpec& race) {
  const auto keys = keys_of(race, kVerifyGroup);
  const auto digests = need(device.evaluate(race.model, keys));
  const auto model = need(poc::ReferenceModel::make(race.model));
  if (digests.back() != poc::evaluate(model, keys.back())) {
    throw std::runtime_error("the device computes wrong");
  }
}

/// Rates of all rounds, in multiply-accumulates per second.
struct Rounds {
  std::vector<double> device, yardstick, ratio, verify;
};

Rounds measure(backends::Device& device, const poc::RaceSpec& race, Yardstick& yardstick,
               int count) {
  const double each = static_cast<double>(race.model.profile.mac_per_nonce());
  const std::uint64_t group = device.group_size();
  const auto keys = keys_of(race, kVerifyGroup);
  Rounds rounds;
  for (int i = -1; i < count; ++i) {  // the first one warms up
    const std::uint64_t first = static_cast<std::uint64_t>(i + 1) * group;
    const double device_time = seconds_of([&] {
      need_ok(device.enqueue({first, group, poc::Target::none()}));
      need(device.collect());
    });
    const double yardstick_time = seconds_of([&] { yardstick.run(); });
    const double verify_time = seconds_of([&] { need(device.evaluate(race.model, keys)); });
    if (i < 0) continue;
    rounds.device.push_back(static_cast<double>(group) * each / device_time);
    rounds.yardstick.push_back(yardstick.macs() / yardstick_time);
    rounds.ratio.push_back(rounds.device.back() / rounds.yardstick.back());
    rounds.verify.push_back(static_cast<double>(kVerifyGroup) * each / verify_time);
  }
  return rounds;
}

void run(const std::string& path, const std::string& profile_name, int rounds) {
  auto loaded = backends::load_modules(SPRINT_MODULE_DIR);
  const auto device = open_device(cpu_backend(loaded.modules), path);
  const poc::Profile profile = need(poc::parse_profile(profile_name));
  const poc::RaceSpec race{{profile, {}}, {}, {}};
  const double weights =
      seconds_of([&] { need(backends::prepare_fully(*device, race.model, [] { return false; })); });
  check(*device, race);
  need_ok(device->start(race));
  Yardstick yardstick(profile, device->group_size() * POC_TOKENS);
  const Rounds all = measure(*device, race, yardstick, rounds);
  const double rate = median(all.device);
  miner::JsonLine json;
  json.begin_object().key("device").text(device->info().name);
  json.key("path").text(device->info().path).key("profile").text(poc::to_string(profile));
  json.key("nonces_per_second").number(rate / static_cast<double>(profile.mac_per_nonce()));
  json.key("mac_per_second").number(rate).key("weights_seconds").number(weights);
  json.key("verify_8_of_rate").number(median(all.verify) / rate);
  json.key("yardstick").text(yardstick.description());
  json.key("yardstick_mac_per_second").number(median(all.yardstick));
  json.key("ratio").number(median(all.ratio)).key("rounds").integer(all.ratio.size());
  std::puts(json.end_object().str().c_str());
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    const int rounds = argc > 3 ? std::atoi(argv[3]) : 20;
    if (rounds < 1) throw std::runtime_error("rounds: at least 1");
    bench::run(argc > 1 ? argv[1] : "auto", argc > 2 ? argv[2] : "base", rounds);
    return 0;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "cpu_yardstick: %s\n", fault.what());
    return 1;
  }
}

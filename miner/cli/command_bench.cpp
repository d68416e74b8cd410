#include <fmt/format.h>

#include "miner/cli/bench_device.h"
#include "miner/cli/commands.h"
#include "miner/cli/device_setup.h"
#include "miner/cli/text_output.h"
#include "miner/json_line.h"

namespace miner {
namespace {

poc::Profile profile_for(const BenchArguments& bench, const backends::DeviceInfo& info) {
  if (bench.profile) return *bench.profile;
  const bool gpu = info.kind == backends::DeviceKind::kGpu;
  const auto profile = poc::parse_profile(gpu ? "base" : "micro");
  CHECK(profile.ok());
  return *profile;
}

std::optional<double> mac_rate(const BenchResult& result, const poc::Profile& profile) {
  if (!result.nonces_per_second) return std::nullopt;
  return *result.nonces_per_second * static_cast<double>(profile.mac_per_nonce());
}

std::string as_json(const backends::DeviceInfo& info, const poc::Profile& profile,
                    const BenchResult& result) {
  JsonLine json;
  json.begin_object().key("backend").text(info.backend).key("device").text(info.id());
  json.key("path").text(info.path).key("profile").text(poc::to_string(profile));
  json.key("nonces_per_second").number(result.nonces_per_second);
  json.key("mac_per_second").number(mac_rate(result, profile));
  json.key("weights_seconds").number(result.weights_seconds);
  json.key("bus_bytes_per_second").number(result.bus_bytes_per_second);
  json.key("checked").integer(result.checked).key("mismatches").integer(result.mismatches);
  return json.end_object().str();
}

std::string as_text(const backends::DeviceInfo& info, const poc::Profile& profile,
                    const BenchResult& result) {
  const std::string who =
      fmt::format("{} ({}), {}: ", info.id(), info.path, poc::to_string(profile));
  if (!result.nonces_per_second) {
    return fmt::format("{}no rate, {} of {} digests are wrong", who, result.mismatches,
                       result.checked);
  }
  const std::string bus =
      result.bus_bytes_per_second
          ? fmt::format("; {:.1f} kB/s over the bus", *result.bus_bytes_per_second / 1e3)
          : "";
  const std::string plan = result.plan.empty() ? "" : "; " + result.plan;
  return fmt::format("{}{}, {}; weights in {}{}; {} checked against the reference, all right{}",
                     who, show_rate(*result.nonces_per_second),
                     show_mac_rate(*mac_rate(result, profile)),
                     show_seconds(result.weights_seconds), bus, result.checked, plan);
}

/// What all devices of one bench share.
struct Bench {
  const Arguments& arguments;
  const Console& console;
  const std::vector<backends::OptionAssignment>& options;
  base::SystemClock clock;
  AnswerBook book;
};

/// Measures one device and writes its line. An error when there is no rate.
base::Status bench_one(Bench& bench, const ListedDevice& listed) {
  ProgressLine line(bench.console, bench.clock);
  const poc::Profile profile = profile_for(bench.arguments.bench, listed.info);
  ASSIGN_OR_RETURN(const RightAnswers* answers, bench.book.answers(profile, line));
  ASSIGN_OR_RETURN(const auto device, open_device(listed, bench.options, line));
  ASSIGN_OR_RETURN(
      const BenchResult result,
      bench_device(*device, *answers, std::chrono::seconds(bench.arguments.bench.seconds),
                   bench.clock, line));
  line.wipe();
  bench.console.out << (bench.arguments.bench.json ? as_json(device->info(), profile, result)
                                                   : as_text(device->info(), profile, result))
                    << std::endl;
  if (result.mismatches == 0) return base::Ok{};
  return base::wrong_result(
      fmt::format("{} of {} digests are wrong", result.mismatches, result.checked));
}

}  // namespace

Outcome run_bench(const Arguments& arguments, const Console& console) {
  const auto setup = set_up_devices(arguments.devices);
  if (!setup.ok()) return outcome_of(setup.error());
  const auto selected = select_devices(setup->list, arguments.devices.selection);
  if (!selected.ok()) return outcome_of(selected.error());
  Bench bench{arguments, console, setup->options, {}, {}};
  Outcome outcome;
  for (const ListedDevice& listed : *selected) {
    const base::Status status = bench_one(bench, listed);
    if (status.ok()) continue;
    const Outcome failed = outcome_of(at_device(listed, status.error()));
    console.progress << "bench: " << failed.reason << std::endl;
    // A device that computes wrong, or fails, weighs more than one that cannot be used.
    if (outcome.code != ExitCode::kInternal) outcome = failed;
  }
  return outcome;
}

}  // namespace miner

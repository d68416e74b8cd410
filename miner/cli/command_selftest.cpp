#include <fmt/format.h>

#include <algorithm>

#include "backends/api/self_test.h"
#include "base/bytes.h"
#include "miner/cli/commands.h"
#include "miner/cli/device_setup.h"
#include "miner/cli/text_output.h"
#include "miner/json_line.h"

namespace miner {
namespace {

/// How one device did.
struct TestResult {
  std::string path;
  double seconds = 0;
  base::Status status = base::Ok{};
};

/// Those named; else every device that mines without being named, and the CPU.
base::Result<std::vector<ListedDevice>> devices_to_test(const DeviceList& list,
                                                        const Selection& selection) {
  if (!selection.backends.empty() || !selection.devices.empty()) {
    return select_devices(list, selection);
  }
  std::vector<ListedDevice> real;
  for (const ListedDevice& device : list.devices) {
    const auto kind = device.info.kind;
    if (kind == backends::DeviceKind::kGpu || kind == backends::DeviceKind::kCpu) {
      real.push_back(device);
    }
  }
  if (!real.empty()) return real;
  return select_devices(list, selection);  // an error that says why
}

TestResult test_device(const ListedDevice& listed,
                       const std::vector<backends::OptionAssignment>& options,
                       const base::Clock& clock, ProgressLine& line) {
  TestResult result;
  result.path = listed.info.path;
  const base::SteadyTime start = clock.now();
  const auto device = open_device(listed, options, line);
  if (device.ok()) {
    result.path = (*device)->info().path;
    result.status = backends::self_test(**device);
  } else {
    result.status = device.error();
  }
  result.seconds = std::chrono::duration<double>(clock.now() - start).count();
  return result;
}

std::string as_json(const backends::DeviceInfo& info, const TestResult& result) {
  JsonLine json;
  json.begin_object().key("backend").text(info.backend).key("device").text(info.id());
  json.key("path").text(result.path).key("passed").boolean(result.status.ok());
  json.key("seconds").number(result.seconds).key("error");
  result.status.ok() ? json.null() : json.text(result.status.message());
  return json.end_object().str();
}

std::string as_text(const backends::DeviceInfo& info, const TestResult& result) {
  const std::string who = fmt::format("{} ({}): ", info.id(), result.path);
  if (result.status.ok()) return who + "passed in " + show_seconds(result.seconds);
  return who + "FAILED: " + base::printable(result.status.message(), 400);
}

Outcome outcome_of_all(std::size_t tested, const std::vector<base::Error>& failures) {
  if (failures.empty()) return {};
  const std::string reason =
      fmt::format("{} of {} devices failed; {}", failures.size(), tested, failures.front().message);
  if (failures.size() < tested) return {ExitCode::kInternal, reason};
  const bool no_room = std::all_of(failures.begin(), failures.end(), [](const base::Error& error) {
    return error.fault == base::Fault::kNoMemory;
  });
  return {no_room ? ExitCode::kNoDevice : ExitCode::kSelfTestFailed, reason};
}

}  // namespace

Outcome run_self_test(const Arguments& arguments, const Console& console) {
  const auto setup = set_up_devices(arguments.devices);
  if (!setup.ok()) return outcome_of(setup.error());
  const auto devices = devices_to_test(setup->list, arguments.devices.selection);
  if (!devices.ok()) return outcome_of(devices.error());
  const base::SystemClock clock;
  std::vector<base::Error> failures;
  for (const ListedDevice& listed : *devices) {
    ProgressLine line(console, clock);
    if (console.live) line.announce(listed.info.id() + ": testing");
    const TestResult result = test_device(listed, setup->options, clock, line);
    line.wipe();
    console.out << (arguments.json ? as_json(listed.info, result) : as_text(listed.info, result))
                << std::endl;
    if (!result.status.ok()) {
      failures.push_back(at_device(listed, result.status.error()));
    }
  }
  return outcome_of_all(devices->size(), failures);
}

}  // namespace miner

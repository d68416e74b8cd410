#include "miner/cli/status_lines.h"

#include <algorithm>
#include <utility>

namespace miner {
namespace {

constexpr const char* kPart = "status";

}  // namespace

StatusLines::StatusLines(Voice status, Voice devices, base::LogSink& sink, base::LogSink& file,
                         base::SteadyTime start)
    : status_(std::move(status)),
      devices_(std::move(devices)),
      log_(sink, kPart),
      file_log_(file, kPart),
      times_(start) {}

void StatusLines::look(const Snapshot& snapshot, base::SteadyTime now, bool showing) {
  const bool loading =
      std::any_of(snapshot.devices.begin(), snapshot.devices.end(),
                  [](const DeviceSnapshot& d) { return d.state == DeviceState::kLoading; });
  const auto due = times_.look(now, loading, showing);
  const base::Log& log = showing ? file_log_ : log_;
  if (due.status && status_) status_(snapshot, log);
  if (due.devices && devices_) devices_(snapshot, log);
}

}  // namespace miner

#include "tests/checker/report.h"

#include <chrono>
#include <cstdio>

namespace checker {
namespace {

using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point began) {
  return std::chrono::duration<double>(SteadyClock::now() - began).count();
}

Line line_of(const Check& check, const Checked& checked, double seconds) {
  Line line{std::string(check.name), "FAILED", seconds, {}};
  if (!checked.ok()) {
    line.note = checked.message();
    return line;
  }
  line.outcome = checked->skipped ? "skipped" : "ok";
  line.note = checked->note;
  return line;
}

}  // namespace

void Report::begin(const backends::DeviceInfo& info, std::uint32_t group) {
  sections_.push_back({info, group, {}});
  std::printf("%s: %s, path %s, groups of %u\n", info.id().c_str(), info.name.c_str(),
              info.path.c_str(), group);
  std::fflush(stdout);
}

bool Report::run(const Check& check, Stand& stand) {
  constexpr std::size_t kWidth = 30;
  const std::string name(check.name);
  std::printf("  %s %s ", name.c_str(), std::string(kWidth - name.size(), '.').c_str());
  std::fflush(stdout);
  const auto began = SteadyClock::now();
  const Checked checked = check.run(stand);
  const Line line = line_of(check, checked, seconds_since(began));
  std::printf("%-7s %7.2f s%s%s\n", line.outcome.c_str(), line.seconds,
              line.note.empty() ? "" : "  ", line.note.c_str());
  std::fflush(stdout);
  sections_.back().lines.push_back(line);
  return checked.ok();
}

void Report::say(const std::string& text) {
  remarks_.push_back(text);
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

void Report::fail(const std::string& text) {
  ++failed_outside_;
  say("FAILED: " + text);
}

int Report::count(std::string_view outcome) const {
  int number = 0;
  for (const Section& section : sections_) {
    for (const Line& line : section.lines) number += line.outcome == outcome ? 1 : 0;
  }
  return number;
}

bool Report::finish() {
  const int failed = count("FAILED") + failed_outside_;
  const int ok = count("ok");
  std::printf("checker: %zu devices and paths, %d checks ok, %d skipped, %d FAILED\n",
              sections_.size(), ok, count("skipped"), failed);
  std::fflush(stdout);
  return failed == 0 && ok > 0;
}

}  // namespace checker

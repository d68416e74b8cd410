#include "tui/report_pages.h"

#include <fmt/core.h>

#include <array>
#include <chrono>
#include <string>

#include "base/clock.h"
#include "tui/credit_text.h"
#include "tui/derived.h"
#include "tui/numbers.h"
#include "tui/times_and_losses.h"

namespace tui {
namespace {

using backends::TelemetrySample;
using miner::DeviceSnapshot;
using miner::Snapshot;

constexpr const char* kNone = "–";
// By LossCause.
constexpr std::array<const char*, miner::kLossCauses> kLossRows = {
    "  late announcement", "  weights not ready", "  network", "  device", "  pool"};

std::vector<TableCell> rates_row(std::string number, std::string name, const miner::Rates& nonces,
                                 const miner::Rates& macs) {
  return {{std::move(number)},       {std::move(name)},           {scaled(nonces.last_10s)},
          {scaled(nonces.last_60s)}, {scaled(nonces.last_15min)}, {scaled(macs.last_10s)},
          {scaled(macs.last_60s)},   {scaled(macs.last_15min)}};
}

using base::in_seconds;

std::string per_second(std::uint64_t nonces, base::Micros length) {
  return scaled(static_cast<double>(nonces) / in_seconds(length));
}

template <class T>
std::string text_of(const std::optional<T>& value) {
  return value ? fmt::format("{}", *value) : "–";
}

TableCell celsius(const std::optional<double>& value,
                  Style (*style)(const std::optional<double>&)) {
  return {whole(value) + (style(value) == Style::kBad ? "!" : ""), style(value)};
}

std::string link_text(const TelemetrySample& sample) {
  if (!sample.pcie_generation && !sample.pcie_lanes) return "–";
  return fmt::format("{} x{}", text_of(sample.pcie_generation), text_of(sample.pcie_lanes));
}

std::vector<TableCell> health_row(std::string number, const DeviceSnapshot& device) {
  const TelemetrySample none;
  const TelemetrySample& s = device.sensors ? *device.sensors : none;
  return {{std::move(number)},
          {device.info.label()},
          {state_word(device), state_style(device)},
          celsius(s.core_celsius, core_temperature_style),
          celsius(s.hotspot_celsius, memory_temperature_style),
          celsius(s.memory_celsius, memory_temperature_style),
          {whole(s.fan_percent)},
          {whole(s.fan_rpm)},
          {whole(s.power_watts) + "/" + whole(s.power_limit_watts)},
          {whole(s.core_mhz) + "/" + whole(s.memory_mhz)},
          {whole(s.load_percent)},
          {link_text(s)},
          {watt_hours(device)},
          {s.throttle_reason.value_or(device.reason), Style::kWarn}};
}

}  // namespace

TextTable rates_table(const Snapshot& s) {
  TextTable table;
  table.columns = {{"#", true},    {"device"},       {"nonces/s 10 s", true},
                   {"60 s", true}, {"15 min", true}, {"MAC/s 10 s", true},
                   {"60 s", true}, {"15 min", true}};
  for (std::size_t i = 0; i < s.devices.size(); ++i) {
    const DeviceSnapshot& device = s.devices[i];
    table.rows.push_back(rates_row(std::to_string(i), device.info.label(), device.nonces_per_second,
                                   device.mac_per_second));
  }
  table.rows.push_back(rates_row("", "all", s.nonces_per_second, s.mac_per_second));
  return table;
}

TextTable results_table(const Snapshot& s) {
  TextTable table;
  table.columns = {{"sprint"},       {"profile", false, 1}, {"length", true},
                   {"nonces", true}, {"nonces/s", true},    {"shares", true, 2},
                   {"credit", true}, {"credited/s", true},  {"margin p99", true, 3}};
  for (auto at = s.last_sprints.rbegin(); at != s.last_sprints.rend(); ++at) {
    const bool told = at->credit.has_value();
    table.rows.push_back(
        {{at->id},
         {poc::to_string(at->profile)},
         {remaining(at->length)},
         {count(at->nonces)},
         {per_second(at->nonces, at->length)},
         {count(at->found)},
         {told ? count(*at->credit) : "never told", told ? Style::kGood : Style::kWarn},
         {told && at->rates ? sampled_text(at->rates->nonces.credited) : "–",
          at->rates ? sampled_style(at->rates->nonces.credited) : Style::kPlain},
         {at->times.margin ? brief(at->times.margin->p99) : "–"}});
  }
  return table;
}

TextTable connection_table(const Snapshot& s) {
  TextTable table;
  table.columns = {{"what"}, {"value"}};
  const auto row = [&](const char* what, std::string value, Style style = Style::kPlain) {
    table.rows.push_back({{what, Style::kDim}, {std::move(value), style}});
  };
  row("pool", s.pool.url);
  row("user", s.pool.user);
  row("state", s.pool.connected ? "logged in" : "not connected",
      s.pool.connected ? Style::kGood : Style::kWarn);
  row("encryption", s.pool.encrypted ? "TLS" : "none");
  row("round trip", brief(s.pool.round_trip));
  row("its clock minus ours", signed_brief(s.pool.clock_offset));
  row("jitter of that", brief(s.pool.clock_jitter));
  row("share found to sent", spread_text(s.times.delay, kNone));
  row("sent to answered", spread_text(s.times.answer, kNone));
  row("sent before T_end", spread_text(s.times.margin, kNone));
  row("sprints decided", std::to_string(s.sprints));
  row("credit", fmt::format("{} nonces", s.credit));
  const miner::CreditChecks& checks = s.credit_checks;
  row("credit checked", checks_text(checks), checks.wrong == 0 ? Style::kPlain : Style::kBad);
  row("the last that is wrong", checks.last_wrong.empty() ? kNone : checks.last_wrong,
      checks.wrong == 0 ? Style::kPlain : Style::kBad);
  row("shares waiting for a result", std::to_string(s.shares.pending));
  row("shares without an answer", std::to_string(s.shares.lost));
  const miner::LossTotals& lost = s.losses;
  const auto warn = [](bool bad) { return bad ? Style::kWarn : Style::kPlain; };
  row("sprints not wholly raced", std::to_string(lost.sprints), warn(lost.sprints != 0));
  for (std::size_t i = 0; i < miner::kLossCauses; ++i) {
    const miner::Loss& loss = lost.by_cause.at(i);
    row(kLossRows.at(i), loss_text(loss, kNone), warn(loss.time > base::Micros(0)));
  }
  row("the last of them", lost.last ? lost_sprint_text(*lost.last) : kNone);
  return table;
}

TextTable health_table(const Snapshot& s) {
  TextTable table;
  table.columns = {{"#", true},         {"device"},
                   {"state"},           {"core°C", true},
                   {"hot°C", true},     {"mem°C", true},
                   {"fan%", true},      {"rpm", true, 4},
                   {"W/limit", true},   {"core/mem MHz", true, 2},
                   {"load%", true, 3},  {"PCIe", true, 1},
                   {"energy", true, 5}, {"held down by"}};
  for (std::size_t i = 0; i < s.devices.size(); ++i) {
    table.rows.push_back(health_row(std::to_string(i), s.devices[i]));
  }
  return table;
}

}  // namespace tui

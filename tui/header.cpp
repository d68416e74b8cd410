#include "tui/header.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tui/credit_text.h"
#include "tui/derived.h"
#include "tui/layout.h"
#include "tui/line.h"
#include "tui/numbers.h"

namespace tui {
namespace {

using miner::DeviceState;
using miner::Snapshot;
using miner::SprintPhase;

constexpr int kLabelWidth = 8;

/// A row with its name in a column of its own.
void draw_row(Canvas& canvas, const Area& row, std::string_view label, std::vector<Piece> pieces) {
  canvas.text(row.x, row.y, kLabelWidth, label, Style::kTitle);
  draw_line(canvas, {row.x + kLabelWidth, row.y, row.width - kLabelWidth, 1}, std::move(pieces));
}

std::string devices_text(const Snapshot& s) {
  const auto racing = std::count_if(s.devices.begin(), s.devices.end(), [](const auto& device) {
    return device.state == DeviceState::kRacing;
  });
  const std::string all =
      fmt::format("{} device{}", s.devices.size(), s.devices.size() == 1 ? "" : "s");
  const auto off = std::count_if(s.devices.begin(), s.devices.end(), is_paused_by_user);
  return all + (racing == 0 ? "" : fmt::format(", {} racing", racing)) +
         (off == 0 ? "" : fmt::format(", {} off", off));
}

void draw_title(Canvas& canvas, const Area& row, const Snapshot& s, std::string_view program) {
  const std::string up = "up " + uptime(s.uptime);
  const int right = width_of(up);
  const int unwell = static_cast<int>(std::count_if(s.devices.begin(), s.devices.end(), is_unwell));
  std::vector<Piece> pieces = {{"", std::string(program), Style::kStrong},
                               {"", devices_text(s), Style::kPlain, 1}};
  if (unwell > 0) pieces.push_back({"", fmt::format("{} not well", unwell), Style::kBad, 1});
  if (s.ending) pieces.push_back({"", "ending: submits what was found", Style::kWarn});
  if (s.solo) pieces.push_back({"", "solo", Style::kPlain, 2});
  draw_line(canvas, {row.x, row.y, row.width - right - 2, 1}, std::move(pieces));
  canvas.text(row.x + row.width - right, row.y, right, up);
}

void draw_pool(Canvas& canvas, const Area& row, const Snapshot& s) {
  const Style style = s.pool.connected ? Style::kStrong : Style::kWarn;
  draw_row(canvas, row, "pool",
           {{"", s.pool.url.empty() ? "none" : s.pool.url, style, 0, true},
            {"user", s.pool.user, Style::kPlain, 0, true}});
}

std::string standby_text(const Snapshot& s) {
  int standby = 0;
  int failed = 0;
  for (const miner::PoolListing& pool : s.pools) {
    const bool bad = pool.standing == miner::PoolStanding::kFailed ||
                     pool.standing == miner::PoolStanding::kRefused;
    if (pool.url == s.pool.url && pool.user == s.pool.user) continue;
    const bool good = pool.standing == miner::PoolStanding::kStandby ||
                      pool.standing == miner::PoolStanding::kWaiting;
    if (good || bad) ++standby;
    if (bad) ++failed;
  }
  if (standby == 0 || s.solo) return "no standby";
  return failed == 0 ? fmt::format("+{} standby", standby)
                     : fmt::format("+{} standby, {} failed", standby, failed);
}

void draw_link(Canvas& canvas, const Area& row, const Snapshot& s) {
  const bool up = s.pool.connected;
  draw_row(canvas, row, "link",
           {{"", up ? "logged in" : "not connected", up ? Style::kGood : Style::kWarn},
            {"", s.pool.encrypted ? "TLS" : "no TLS", Style::kPlain},
            {"ping", brief(s.pool.round_trip), Style::kPlain},
            {"clock", signed_brief(s.pool.clock_offset), Style::kPlain, 1},
            {"", standby_text(s), Style::kPlain, 1}});
}

/// How long until what comes next.
Piece countdown(const Snapshot& s) {
  if (s.sprint.phase == SprintPhase::kAnnounced) {
    if (s.sprint.left <= base::Micros(0)) return {"", "waits for its start", Style::kStrong};
    return {"starts in", remaining(s.sprint.left), Style::kStrong};
  }
  if (s.sprint.phase == SprintPhase::kRacing) {
    return {"", remaining(s.sprint.left) + " left of " + remaining(s.sprint.length),
            Style::kStrong};
  }
  if (s.sprint.phase == SprintPhase::kEnded) return {"", "waits for the result"};
  return {"", s.pool.connected ? "no sprint announced" : ""};
}

void draw_sprint(Canvas& canvas, const Area& row, const Snapshot& s) {
  const std::string_view phase = phase_word(s);
  const Style style = phase == "racing" ? Style::kGood : Style::kStrong;
  if (s.sprint.phase == SprintPhase::kNone) {
    return draw_row(canvas, row, "sprint", {{"", std::string(phase), style}, countdown(s)});
  }
  draw_row(canvas, row, "sprint",
           {{"", std::to_string(s.sprint.number), Style::kStrong},
            {"", s.sprint.profile},
            {"", std::string(phase), style},
            countdown(s),
            {"id", s.sprint.id, Style::kPlain, 1, true}});
}

/// Towards the deadline while racing; before, how far the weights are.
void draw_bar(Canvas& canvas, const Area& row, const Snapshot& s) {
  const double part = std::clamp(sprint_progress(s), 0.0, 1.0);
  std::string note = fmt::format("{:3.0f} %", part * 100);
  if (s.sprint.phase == SprintPhase::kAnnounced) note = "weights " + note;
  const int inside = row.width - width_of(note) - 3;
  const int filled = static_cast<int>(std::lround(part * inside));
  canvas.put(row.x, row.y, U'[', Style::kDim);
  canvas.fill(row.x + 1, row.y, filled, U'█', Style::kBar);
  canvas.fill(row.x + 1 + filled, row.y, inside - filled, U'░', Style::kDim);
  canvas.put(row.x + 1 + inside, row.y, U']', Style::kDim);
  canvas.text(row.x + inside + 3, row.y, width_of(note), note);
}

void draw_rates(Canvas& canvas, const Area& row, const Snapshot& s) {
  const miner::Rates& nonces = s.nonces_per_second;
  const std::optional<double>& mac = s.mac_per_second.last_10s;
  draw_row(canvas, row, "rate",
           {{"10 s", scaled(nonces.last_10s), Style::kStrong},
            {"60 s", scaled(nonces.last_60s)},
            {"15 min", scaled(nonces.last_15min) + " nonces/s"},
            {"10 s", scaled(s.mac_per_second.last_10s, "MAC/s"), Style::kPlain, 1},
            {"15 min", scaled(s.mac_per_second.last_15min, "MAC/s"), Style::kPlain, 3},
            {"", mac ? h100_text(*mac) : "", Style::kPlain, 2}});
}

/// Of the devices that tell it; how many those are, where they are not all.
std::string power_text(const Snapshot& s) {
  if (!s.power_watts) return "no power sensor";
  const auto told = std::count_if(s.devices.begin(), s.devices.end(), [](const auto& device) {
    return device.sensors && device.sensors->power_watts;
  });
  const bool all = told == static_cast<std::ptrdiff_t>(s.devices.size());
  return whole(s.power_watts) + (all ? " W" : fmt::format(" W of {}", told));
}

void draw_means(Canvas& canvas, const Area& row, const Snapshot& s) {
  const auto& last = s.last_rates;
  const miner::SampledRate credited = last ? last->nonces.credited : miner::SampledRate();
  const bool agrees = sampled_style(credited) == Style::kPlain;
  const auto known = [&](double rate) { return last ? std::optional(rate) : std::nullopt; };
  std::vector<Piece> pieces = {
      {"raw", scaled(known(last ? last->nonces.raw : 0)), Style::kStrong},
      {"credited", scaled(known(credited.per_second)) + " nonces/s" + (agrees ? "" : "!"),
       agrees ? Style::kStrong : Style::kWarn},
      {"", interval_text(credited), sampled_style(credited), 2},
      {"energy", scaled_small(joules_per_nonce(s), "J/nonce"), Style::kPlain, 1},
      {"", power_text(s), Style::kStrong}};
  pieces.push_back({"credit", count(s.credit) + " nonces", Style::kPlain, 2});
  draw_row(canvas, row, "last 10", std::move(pieces));
}

/// Checks of credits, where one was not right or could not be made.
void add_checks(std::vector<Piece>& pieces, const miner::CreditChecks& checks) {
  if (checks.wrong != 0) {
    pieces.push_back({"credit", fmt::format("{} WRONG", checks.wrong), Style::kBad, 1});
  }
  if (checks.unproven != 0) pieces.push_back({"unproven", count(checks.unproven), Style::kWarn, 3});
}

void draw_shares(Canvas& canvas, const Area& row, const Snapshot& s) {
  const miner::ShareCounts& shares = s.shares;
  const std::uint64_t errors = hardware_errors(s);
  const auto warn = [](std::uint64_t n) { return n == 0 ? Style::kPlain : Style::kWarn; };
  std::vector<Piece> pieces = {
      {"accepted", count(shares.accepted), Style::kGood},
      {"rejected", count(shares.rejected), warn(shares.rejected)},
      {"stale", count(shares.stale), warn(shares.stale)},
      {"hw errors", count(errors), errors == 0 ? Style::kPlain : Style::kBad},
      {"best", s.best_difficulty == 0 ? "–" : count(s.best_difficulty), Style::kPlain, 1},
      {"pending", count(shares.pending), Style::kPlain, 2}};
  const auto others = [&](const char* name, std::uint64_t n) {
    if (n != 0) pieces.push_back({name, count(n), Style::kWarn, 3});
  };
  others("lost", shares.lost);
  others("duplicate", shares.duplicate);
  others("withdrawn", shares.withdrawn);
  add_checks(pieces, s.credit_checks);
  draw_row(canvas, row, "shares", std::move(pieces));
}

}  // namespace

std::string_view phase_word(const Snapshot& s) {
  switch (s.sprint.phase) {
    case SprintPhase::kNone:
      return "idle";
    case SprintPhase::kAnnounced: {
      const bool loading = std::any_of(s.devices.begin(), s.devices.end(), [](const auto& device) {
        return device.state == DeviceState::kLoading;
      });
      return loading ? "weights" : "waiting";
    }
    case SprintPhase::kRacing:
      return "racing";
    case SprintPhase::kEnded:
      return "end";
  }
  return "?";
}

void draw_header(Canvas& canvas, const Area& area, const Snapshot& snapshot,
                 std::string_view program) {
  const auto row = [&](int number) { return Area{area.x, area.y + number, area.width, 1}; };
  draw_title(canvas, row(0), snapshot, program);
  draw_pool(canvas, row(1), snapshot);
  draw_link(canvas, row(2), snapshot);
  draw_sprint(canvas, row(3), snapshot);
  draw_bar(canvas, row(4), snapshot);
  draw_rates(canvas, row(5), snapshot);
  draw_means(canvas, row(6), snapshot);
  draw_shares(canvas, row(7), snapshot);
}

}  // namespace tui

#include "backends/sim/telemetry.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/bytes.h"

namespace backends::sim {

SimTelemetry::SimTelemetry(std::shared_ptr<const Board> board,
                           std::shared_ptr<const base::Clock> clock)
    : board_(std::move(board)), clock_(std::move(clock)), made_(clock_->now()) {}

base::Result<std::vector<TelemetryCard>> SimTelemetry::cards() {
  std::vector<TelemetryCard> out;
  for (const auto& card : board_->cards()) out.push_back(card->identity());
  if (out.empty()) return base::unavailable("no simulated devices");
  return out;
}

base::Result<TelemetrySample> SimTelemetry::sample(const std::string& label) {
  const auto cards = board_->cards();
  const auto card = std::find_if(cards.begin(), cards.end(),
                                 [&](const auto& c) { return c->identity().label == label; });
  if (card == cards.end()) {
    return base::unavailable("no simulated card '" + base::printable(label, 64) + "'");
  }
  std::this_thread::sleep_for(board_->script().delay);  // as a driver that does not answer
  Reading& reading =
      readings_.try_emplace(label, Reading{Sensors(board_->script()), made_}).first->second;
  advance(reading, **card);
  TelemetrySample out = reading.sensors.read();
  out.memory_used_bytes = (*card)->memory_used();
  out.memory_total_bytes = (*card)->memory_bytes();
  reading.sensors.leave_out(out);
  return out;
}

void SimTelemetry::advance(Reading& reading, const Card& card) const {
  const base::SteadyTime now = clock_->now();
  const base::Micros elapsed = now - reading.at;
  if (elapsed <= base::Micros(0)) return;  // no time, no load
  const base::Micros busy = card.busy();
  using Seconds = std::chrono::duration<double>;
  reading.sensors.advance(elapsed, Seconds(busy - reading.busy) / Seconds(elapsed));
  reading.at = now;
  reading.busy = busy;
}

}  // namespace backends::sim

#include "miner/cli/console.h"

namespace miner {
namespace {

constexpr base::Micros kLiveEvery{100'000};
constexpr base::Micros kFirstAfter{1'000'000};
constexpr base::Micros kPlainEvery{10'000'000};
constexpr std::string_view kWipe = "\r\x1b[K";

}  // namespace

ProgressLine::ProgressLine(const Console& console, const base::Clock& clock)
    : console_(console),
      clock_(clock),
      next_(clock.now() + (console.live ? base::Micros(0) : kFirstAfter)) {}

ProgressLine::~ProgressLine() {
  wipe();
}

void ProgressLine::update(std::string_view text) {
  if (clock_.now() >= next_) write(text);
}

void ProgressLine::announce(std::string_view text) {
  write(text);
}

void ProgressLine::wipe() {
  if (shown_) console_.progress << kWipe << std::flush;
  shown_ = false;
}

void ProgressLine::write(std::string_view text) {
  if (console_.live) {
    console_.progress << kWipe << text << std::flush;
    shown_ = true;
  } else {
    console_.progress << text << std::endl;
  }
  next_ = clock_.now() + (console_.live ? kLiveEvery : kPlainEvery);
}

}  // namespace miner

#include "tui/screen.h"

#include <fmt/core.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <exception>
#include <utility>

#include "base/check.h"
#include "tui/frame.h"

namespace tui {
namespace {

using std::chrono::milliseconds;

constexpr base::Micros kDrawEvery = milliseconds(250);
constexpr const char* kThreadName = "m-screen";

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace

base::Result<std::unique_ptr<Screen>> Screen::open(ScreenParts parts) {
  ASSIGN_OR_RETURN(auto terminal, Terminal::open(parts.colours));
  return std::unique_ptr<Screen>(new Screen(std::move(parts), std::move(terminal)));
}

Screen::Screen(ScreenParts parts, std::unique_ptr<Terminal> terminal)
    : parts_(std::move(parts)),
      log_to_(parts_.sink, "screen"),
      terminal_(std::move(terminal)),
      next_draw_(parts_.clock.now()),
      end_fd_(eventfd(0, EFD_CLOEXEC)) {
  CHECK(end_fd_ >= 0);
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), kThreadName);
}

Screen::~Screen() {
  stop_ = true;
  const std::uint64_t one = 1;
  CHECK(write(end_fd_, &one, sizeof one) == sizeof one);
  thread_.join();
  terminal_.reset();
  close(end_fd_);
}

/// Whatever becomes of the screen, the miner goes on.
void Screen::run() {
  try {
    while (!stop_ && !terminal_->gone()) step();
  } catch (const std::exception& fault) {
    log_to_.error("the screen has ended, mining goes on", {{"reason", std::string(fault.what())}});
  }
  showing_ = false;
}

void Screen::step() {
  const base::Micros left = std::max(next_draw_ - parts_.clock.now(), base::Micros(0));
  terminal_->wait(terminal_->ready() ? left : kDrawEvery, end_fd_);
  terminal_->heed_signals();
  take_news();
  press_keys();
  if (stop_ || parts_.clock.now() < next_draw_ || !terminal_->ready()) return;
  draw();
  next_draw_ = parts_.clock.now() + kDrawEvery;
}

void Screen::take_news() {
  for (const std::string& line : terminal_->printed()) {
    if (!line.empty()) log_to_.info("a library printed", {{"text", line}});
  }
  log_.append(parts_.log(log_.newest()));
}

void Screen::press_keys() {
  const std::vector<Key> keys = terminal_->keys();
  if (keys.empty()) return;
  if (settings_.empty()) settings_ = parts_.settings.rows();
  for (const Key& key : keys) {
    const auto snapshot = parts_.control.snapshot();
    for (const Order& order : press(key, {*snapshot, settings_, terminal_->size(), view_, log_})) {
      carry_out(order);
    }
  }
}

void Screen::carry_out(const Order& order) {
  miner::Control& control = parts_.control;
  std::visit(Overloaded{[&](const order::Pause& pause) { control.pause(pause.device); },
                        [&](const order::Resume& resume) { control.resume(resume.device); },
                        [&](const order::PreferPool& prefer) { control.prefer_pool(prefer.pool); },
                        [&](const order::EnablePool& enable) {
                          control.enable_pool(enable.pool, enable.enabled);
                        },
                        [&](const order::ChangeSetting& change) {
                          const base::Status status = parts_.settings.set(change.key, change.value);
                          view_.message =
                              status.ok() ? fmt::format("{} is {} now", change.key, change.value)
                                          : status.message();
                        },
                        [&](const order::WriteSettings&) {
                          const auto written = parts_.settings.write();
                          view_.message = written.ok() ? *written : written.message();
                        },
                        [&](const order::Quit&) { control.request_stop(); },
                        [&](const order::Repaint&) { terminal_->repaint(); }},
             order);
}

void Screen::draw() {
  const auto snapshot = parts_.control.snapshot();
  history_.add(*snapshot, parts_.clock.now());
  if (view_.page == Page::kSettings) settings_ = parts_.settings.rows();
  const Scene scene{*snapshot, history_, log_, view_, settings_, terminal_->look(), parts_.program};
  terminal_->draw(draw_frame(scene, terminal_->size()));
}

}  // namespace tui

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
constexpr base::Micros kMessageStays = std::chrono::seconds(6);
constexpr const char* kThreadName = "m-screen";

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace

base::Result<std::unique_ptr<Screen>> Screen::open(ScreenParts parts) {
  const int end_fd = eventfd(0, EFD_CLOEXEC);
  if (end_fd < 0) return base::io_error("no descriptors left for a screen");
  auto terminal = Terminal::open(parts.colours);
  if (!terminal.ok()) {
    close(end_fd);
    return terminal.error();
  }
  return std::unique_ptr<Screen>(new Screen(std::move(parts), std::move(terminal).value(), end_fd));
}

Screen::Screen(ScreenParts parts, std::unique_ptr<Terminal> terminal, int end_fd)
    : parts_(std::move(parts)),
      log_to_(parts_.sink, "screen"),
      terminal_(std::move(terminal)),
      next_draw_(parts_.clock.now()),
      end_fd_(end_fd) {
  tell_shown(terminal_->shown());
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), kThreadName);
}

Screen::~Screen() {
  stop_ = true;
  const std::uint64_t one = 1;
  CHECK(write(end_fd_, &one, sizeof one) == sizeof one);
  thread_.join();
  close(end_fd_);
}

/// Whatever becomes of the screen, the miner goes on, and the terminal is given back.
void Screen::run() {
  // Setting modes or reading from the background must fail, not stop the process.
  sigset_t job_control;
  sigemptyset(&job_control);
  sigaddset(&job_control, SIGTTOU);
  sigaddset(&job_control, SIGTTIN);
  pthread_sigmask(SIG_BLOCK, &job_control, nullptr);
  const char* fault = nullptr;
  try {
    show_until_stopped();
  } catch (const std::exception&) {
    fault = "an error in it";
  } catch (...) {
    fault = "an unknown error in it";
  }
  terminal_.reset();
  tell_shown(false);
  if (fault != nullptr) {
    log_to_.error("the screen has ended, mining goes on", {{"reason", std::string_view(fault)}});
  }
}

void Screen::show_until_stopped() {
  while (!stop_ && !terminal_->gone()) step();
}

void Screen::tell_shown(bool shown) {
  if (showing_.exchange(shown) != shown && parts_.on_shown) parts_.on_shown(shown);
}

void Screen::step() {
  const base::Micros left = std::max(next_draw_ - parts_.clock.now(), base::Micros(0));
  terminal_->wait(terminal_->ready() ? left : kDrawEvery, end_fd_);
  terminal_->heed_signals();
  tell_shown(terminal_->shown());
  take_news();
  press_keys();
  const base::SteadyTime now = parts_.clock.now();
  if (stop_ || now < next_draw_ || !terminal_->ready()) return;
  if (now >= message_until_) view_.message.clear();
  draw();
  next_draw_ = now + kDrawEvery;
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
    if (key.code == Key::Code::kSuspend) {
      terminal_->step_aside();
      tell_shown(false);
      terminal_->stop_job();
      return;
    }
    const auto snapshot = parts_.control.snapshot();
    for (const Order& order : press(key, {*snapshot, settings_, terminal_->size(), view_, log_,
                                          parts_.settings.target()})) {
      carry_out(order);
    }
  }
  message_until_ = parts_.clock.now() + kMessageStays;
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

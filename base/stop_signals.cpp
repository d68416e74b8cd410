#include "base/stop_signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <future>
#include <utility>

#include "base/check.h"

namespace base {
namespace {

constexpr int kExitInterrupted = 130;  // 128 + SIGINT, as shells report it
// A terminal and a parent (make, timeout) may both pass one wish on.
constexpr auto kSameWish = std::chrono::milliseconds(100);

/// Whatever the program is doing: no lock, no memory, no stream. A reader of stderr that has
/// stalled misses the line.
[[noreturn]] void leave(const std::string& line) {
  pollfd room{STDERR_FILENO, POLLOUT, 0};
  if (poll(&room, 1, 0) > 0) {
    [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
  }
  _exit(kExitInterrupted);
}

bool is_terminal() {
  return isatty(STDERR_FILENO) == 1;
}

/// Makes a call on a thread of its own, again each time it is asked; several times asked while a
/// call is under way are one.
class Caller {
 public:
  explicit Caller(std::function<void()> call) : asked_fd_(eventfd(0, EFD_CLOEXEC)) {
    CHECK(asked_fd_ >= 0);
    std::packaged_task<void()> task([this, call = std::move(call)] { run(call); });
    done_ = task.get_future();
    thread_ = std::thread(std::move(task));
  }
  ~Caller() {
    end();
    thread_.join();
    close(asked_fd_);
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  void ask() { add(kCall); }
  /// What was asked is still done, then the thread ends; does not wait for it.
  void end() { add(kEnd); }
  bool ended() const {
    return done_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }

 private:
  static constexpr std::uint64_t kCall = 1;
  static constexpr std::uint64_t kEnd = std::uint64_t{1} << 32;

  void add(std::uint64_t amount) {
    CHECK(write(asked_fd_, &amount, sizeof amount) == sizeof amount);
  }

  void run(const std::function<void()>& call) const {
    for (std::uint64_t sum = 0; sum < kEnd;) {
      if (read(asked_fd_, &sum, sizeof sum) != sizeof sum) continue;
      if (sum % kEnd != 0) call();
    }
  }

  const int asked_fd_;
  std::future<void> done_;
  std::thread thread_;
};

/// What the signals have said so far, and what is called for it.
class Watch {
 public:
  Watch(std::function<void()> on_stop, std::string last_line, std::function<void()> on_hangup)
      : stop_(std::move(on_stop)),
        hangup_(std::move(on_hangup)),
        last_line_(std::move(last_line)) {}

  void hear(std::uint32_t signal) {
    const bool hangup = signal == SIGHUP;
    if (hangup && (!on_terminal_ || is_terminal())) return hangup_.ask();
    if (hangup && stopping_) return;  // a shell passes on what its terminal said
    const auto now = std::chrono::steady_clock::now();
    if (stopping_ && now - first_ < kSameWish) return;
    if (stopping_) leave(last_line_);
    stopping_ = true;
    first_ = now;
    stop_.ask();
  }

  /// Makes no more calls; `ended` tells when the last one has returned.
  void end() {
    stop_.end();
    hangup_.end();
  }
  bool ended() const { return stop_.ended() && hangup_.ended(); }

 private:
  Caller stop_;
  Caller hangup_;
  const std::string last_line_;
  const bool on_terminal_ = is_terminal();
  bool stopping_ = false;
  std::chrono::steady_clock::time_point first_;
};

/// Hears signals until the end is asked for and the last call has returned: one that hangs can
/// still be interrupted.
void listen(Watch& watch, int signal_fd, int end_fd) {
  constexpr int kLookAgainMs = 10;
  for (bool ending = false; !ending || !watch.ended();) {
    pollfd waits[2] = {{signal_fd, POLLIN, 0}, {ending ? -1 : end_fd, POLLIN, 0}};
    if (poll(waits, 2, ending ? kLookAgainMs : -1) < 0) continue;
    signalfd_siginfo info{};
    if ((waits[0].revents & POLLIN) != 0 && read(signal_fd, &info, sizeof info) == sizeof info) {
      watch.hear(info.ssi_signo);
    }
    if (waits[1].revents == 0) continue;
    ending = true;
    watch.end();
  }
}

}  // namespace

StopSignals::StopSignals(std::function<void()> on_stop, std::string last_line,
                         std::function<void()> on_hangup) {
  last_line += '\n';
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  if (on_hangup) sigaddset(&stops, SIGHUP);
  CHECK(pthread_sigmask(SIG_BLOCK, &stops, nullptr) == 0);
  const int signal_fd = signalfd(-1, &stops, SFD_CLOEXEC);
  CHECK(signal_fd >= 0);
  end_fd_ = eventfd(0, EFD_CLOEXEC);
  CHECK(end_fd_ >= 0);
  if (!on_hangup) on_hangup = [] {};
  thread_ = std::thread([signal_fd, end_fd = end_fd_, on_stop = std::move(on_stop),
                         last_line = std::move(last_line), on_hangup = std::move(on_hangup)] {
    {
      Watch watch(on_stop, last_line, on_hangup);
      listen(watch, signal_fd, end_fd);
    }
    close(signal_fd);
  });
}

StopSignals::~StopSignals() {
  const std::uint64_t one = 1;
  CHECK(write(end_fd_, &one, sizeof one) == sizeof one);
  thread_.join();
  close(end_fd_);
}

}  // namespace base

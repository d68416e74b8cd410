#include "base/stop_signals.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <utility>

#include "base/check.h"

namespace base {
namespace {

constexpr int kExitInterrupted = 130;  // 128 + SIGINT, as shells report it
// A terminal and a parent (make, timeout) may both pass one wish on.
constexpr auto kSameWish = std::chrono::milliseconds(100);

constexpr unsigned kRestoreSeconds = 1;

bool is_terminal(int fd) {
  return isatty(fd) == 1;
}

/// The end that a second signal forces.
class ForcedEnd {
 public:
  /// `stderr_fd` and `before` outlive it.
  ForcedEnd(std::string line, int stderr_fd, const std::atomic<void (*)()>& before)
      : line_(std::move(line)), stderr_fd_(stderr_fd), before_(before) {}

  /// Whatever the program is doing: no lock, no memory, no stream. A reader of stderr that has
  /// stalled misses the line.
  [[noreturn]] void come() const {
    std::signal(SIGALRM, [](int) { _exit(kExitInterrupted); });
    alarm(kRestoreSeconds);  // a terminal that has stalled can hold the call
    if (void (*const before)() = before_; before != nullptr) before();
    pollfd room{stderr_fd_, POLLOUT, 0};
    if (poll(&room, 1, 0) > 0) {
      [[maybe_unused]] const auto written = write(stderr_fd_, line_.data(), line_.size());
    }
    _exit(kExitInterrupted);
  }

 private:
  const std::string line_;
  const int stderr_fd_;
  const std::atomic<void (*)()>& before_;
};

/// Makes a call on a thread of its own, again each time it is asked; several times asked while a
/// call is under way are one. The thread is detached: one that has ended and was not joined when
/// the process is ended at once would be a leak to the thread sanitizer.
class Caller {
 public:
  explicit Caller(std::function<void()> call)
      : asked_fd_(eventfd(0, EFD_CLOEXEC)), ended_fd_(eventfd(0, EFD_CLOEXEC)) {
    CHECK(asked_fd_ >= 0 && ended_fd_ >= 0);
    std::thread([asked_fd = asked_fd_, ended_fd = ended_fd_, call = std::move(call)]() mutable {
      run(asked_fd, call);
      call = nullptr;  // with all that it refers to
      add(ended_fd, 1);
    }).detach();
  }
  /// Waits for a call that is under way.
  ~Caller() {
    end();
    std::uint64_t ended = 0;
    while (read(ended_fd_, &ended, sizeof ended) != sizeof ended) {
    }
    close(asked_fd_);
    close(ended_fd_);
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  /// After `end` it is not heard any more.
  void ask() { add(asked_fd_, kCall); }
  /// What was asked is still done, then the thread ends; does not wait for it.
  void end() { add(asked_fd_, kEnd); }
  /// Readable once the last call has returned.
  int ended_fd() const { return ended_fd_; }

 private:
  static constexpr std::uint64_t kCall = 1;
  static constexpr std::uint64_t kEnd = std::uint64_t{1} << 32;

  static void add(int fd, std::uint64_t amount) {
    CHECK(write(fd, &amount, sizeof amount) == sizeof amount);
  }

  static void run(int asked_fd, const std::function<void()>& call) {
    for (std::uint64_t sum = 0; sum < kEnd;) {
      if (read(asked_fd, &sum, sizeof sum) != sizeof sum) continue;
      if (sum % kEnd != 0) call();
    }
  }

  const int asked_fd_;
  const int ended_fd_;
};

/// What the signals have said so far, and what is called for it.
class Watch {
 public:
  Watch(std::function<void()> on_stop, std::function<void()> on_hangup, ForcedEnd end,
        int stderr_fd)
      : stop_(std::move(on_stop)),
        hangup_(std::move(on_hangup)),
        forced_end_(std::move(end)),
        stderr_fd_(stderr_fd),
        on_terminal_(is_terminal(stderr_fd)) {}

  void hear(std::uint32_t signal) {
    const bool hangup = signal == SIGHUP;
    if (hangup && (!on_terminal_ || is_terminal(stderr_fd_))) return hangup_.ask();
    if (hangup && stopping_) return;  // a shell passes on what its terminal said
    const auto now = std::chrono::steady_clock::now();
    if (stopping_ && now - first_ < kSameWish) return;
    if (stopping_) forced_end_.come();
    stopping_ = true;
    first_ = now;
    stop_.ask();
  }

  /// Makes no more calls; both `ended_fds` are readable when the last ones have returned.
  void end() {
    stop_.end();
    hangup_.end();
  }
  std::array<int, 2> ended_fds() const { return {stop_.ended_fd(), hangup_.ended_fd()}; }

 private:
  Caller stop_;
  Caller hangup_;
  const ForcedEnd forced_end_;
  const int stderr_fd_;
  const bool on_terminal_;
  bool stopping_ = false;
  std::chrono::steady_clock::time_point first_;
};

/// Hears signals until the end is asked for and the last call has returned: one that hangs can
/// still be interrupted.
void listen(Watch& watch, int signal_fd, int end_fd) {
  const auto [stopped_fd, hung_up_fd] = watch.ended_fds();
  pollfd waits[] = {{signal_fd, POLLIN, 0},
                    {end_fd, POLLIN, 0},
                    {stopped_fd, POLLIN, 0},
                    {hung_up_fd, POLLIN, 0}};
  pollfd& end = waits[1];
  pollfd& stopped = waits[2];
  pollfd& hung_up = waits[3];
  const auto came = [](pollfd& wait) {
    if (wait.revents == 0) return false;
    wait.fd = -1;  // poll does not look at it any more
    return true;
  };
  while (stopped.fd >= 0 || hung_up.fd >= 0) {
    if (poll(waits, std::size(waits), -1) < 0) continue;
    signalfd_siginfo info{};
    if ((waits[0].revents & POLLIN) != 0 && read(signal_fd, &info, sizeof info) == sizeof info) {
      watch.hear(info.ssi_signo);
    }
    if (came(end)) watch.end();
    came(stopped);
    came(hung_up);
  }
}

}  // namespace

StopSignals::StopSignals(std::function<void()> on_stop, std::string last_line,
                         std::function<void()> on_hangup)
    : stderr_fd_(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)) {
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
  const ForcedEnd end(std::move(last_line), stderr_fd_, before_forced_end_);
  thread_ = std::thread([signal_fd, end_fd = end_fd_, stderr_fd = stderr_fd_, end,
                         on_stop = std::move(on_stop), on_hangup = std::move(on_hangup)] {
    {
      Watch watch(on_stop, on_hangup, end, stderr_fd);
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
  if (stderr_fd_ >= 0) close(stderr_fd_);
}

}  // namespace base

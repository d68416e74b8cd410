#include "pool/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/bytes.h"

namespace pool {
namespace {

constexpr std::size_t kMaxOut = 4096;
constexpr std::size_t kMaxErr = 1024;
constexpr int kReadsAtOnce = 16;  // of 4 KiB; one that never stops writing is given up all the same
// It may end while something that it started keeps its output open.
constexpr int kLookMs = 20;

/// Both ends are closed in programs that are started.
class Pipe {
 public:
  Pipe() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0) return;
    fcntl(ends_[0], F_SETFL, O_NONBLOCK);
  }
  ~Pipe() {
    for (const int fd : ends_) close_one(fd);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  bool ok() const { return ends_[1] >= 0; }
  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }
  void close_writer() { close_one(std::exchange(ends_[1], -1)); }
  /// Reads what is there, at most what a pipe usually holds, and keeps as much as fits; false at
  /// the end.
  bool read_into(std::string& text, std::size_t most) {
    std::array<char, 4096> some{};
    for (int reads = 0; reads < kReadsAtOnce; ++reads) {
      const ssize_t count = read(ends_[0], some.data(), some.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return errno == EAGAIN;
      if (count == 0) return false;
      text.append(some.data(), static_cast<std::size_t>(count));
      if (text.size() > most) text.resize(most);
    }
    return true;
  }

 private:
  static void close_one(int fd) {
    if (fd >= 0) close(fd);
  }
  std::array<int, 2> ends_{-1, -1};
};

/// How a child begins: a group of its own, no signal blocked or ignored, no descriptor of ours.
class SpawnSetup {
 public:
  SpawnSetup(int out, int err) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, err, STDERR_FILENO);
#if defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 34)
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
#endif
#endif
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setpgroup(&attributes_, 0);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(
        &attributes_,
        static_cast<short>(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  }
  ~SpawnSetup() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;

  int spawn(pid_t& pid, const std::vector<std::string>& arguments) const {
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (const std::string& argument : arguments) {
      argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    return posix_spawnp(&pid, argv[0], &actions_, &attributes_, argv.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

/// A child; its group is killed, and it is waited for, at the end of this at the latest.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (pid_ > 0) finish();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Its number stays taken until `finish`, so that nobody else is killed. Where SIGCHLD is ignored
  /// it is free at once, and not ours any more.
  bool has_ended() {
    siginfo_t about{};
    const int found = waitid(P_PID, static_cast<id_t>(pid_), &about, WEXITED | WNOHANG | WNOWAIT);
    if (found != 0 && errno == ECHILD) pid_ = 0;
    return pid_ == 0 || (found == 0 && about.si_pid == pid_);
  }
  /// Its exit status; nothing where that is lost.
  std::optional<int> finish() {
    if (pid_ == 0) return std::nullopt;
    kill(-pid_, SIGKILL);
    kill(pid_, SIGKILL);  // it may not have its group yet
    int status = 0;
    pid_t found = 0;
    while ((found = waitpid(pid_, &status, 0)) < 0 && errno == EINTR) continue;
    pid_ = 0;
    if (found < 0) return std::nullopt;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

/// Waits for output, and looks whether the child has ended; false when it is to be given up.
bool watch(Child& child, Pipe& out, Pipe& err, ChildEnd& end, const BeaconPatience& patience) {
  bool out_open = true;
  bool err_open = true;
  while (true) {
    const bool ended = child.has_ended();  // what it wrote is there then
    if (out_open) out_open = out.read_into(end.out, kMaxOut + 1);
    if (err_open) err_open = err.read_into(end.err, kMaxErr);
    if (ended) return true;
    if (end.out.size() > kMaxOut || patience.left_ms(kLookMs) == 0) return false;
    std::array<pollfd, 3> waits{{{out_open ? out.reader() : -1, POLLIN, 0},
                                 {err_open ? err.reader() : -1, POLLIN, 0},
                                 {patience.ending, POLLIN, 0}}};
    poll(waits.data(), waits.size(), patience.left_ms(kLookMs));
    if ((waits[2].revents & POLLIN) != 0) return false;
  }
}

}  // namespace

base::Result<ChildEnd> run_child(const std::vector<std::string>& arguments,
                                 const BeaconPatience& patience) {
  const std::string shown = base::printable(arguments.front());
  Pipe out;
  Pipe err;
  if (!out.ok() || !err.ok()) return base::io_error(shown + ": " + std::strerror(errno));
  pid_t pid = 0;
  if (const int fault = SpawnSetup(out.writer(), err.writer()).spawn(pid, arguments)) {
    return base::io_error(shown + ": " + std::strerror(fault));
  }
  Child child(pid);
  out.close_writer();
  err.close_writer();
  ChildEnd end;
  const bool done = watch(child, out, err, end, patience);
  if (end.out.size() > kMaxOut) return base::io_error(shown + ": wrote more than 4 KiB");
  if (!done) return base::io_error(shown + ": was not done in time");
  const auto status = child.finish();
  if (!status) return base::io_error(shown + ": its exit status is lost, SIGCHLD is ignored");
  end.status = *status;
  return end;
}

}  // namespace pool

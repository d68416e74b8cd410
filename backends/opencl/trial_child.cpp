#include "backends/opencl/trial_child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include "backends/opencl/platforms.h"
#include "base/bytes.h"

namespace backends::opencl {
namespace {

constexpr char kEnd[] = "end";

/// In the child, where nobody can be told that a word was not written.
void say(int pipe, const std::string& word) {
  const std::string line = word + "\n";
  static_cast<void>(!write(pipe, line.data(), line.size()));
}

/// A crash is nobody's business: no core, no handler of the program's, no words on its terminal.
void become_quiet() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  for (const int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTERM, SIGPIPE}) {
    signal(number, SIG_DFL);
  }
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nothing, standard);
}

[[noreturn]] void enumerate_in_child(int pipe, const std::string& library_path,
                                     const std::set<std::uint32_t>& skipped,
                                     VendorChoice* vendors) {
  become_quiet();
  if (vendors != nullptr) vendors->enter();
  // What is wrong without a crash, the parent sees for itself.
  if (const auto library = Library::open(library_path); library.ok()) {
    static_cast<void>(
        list_devices(**library, skipped, [&](std::uint32_t number, const std::string& name) {
          say(pipe, std::to_string(number) + " " + name);
        }));
  }
  say(pipe, kEnd);
  _exit(0);
}

void hear(ChildAnswer& answer, std::string_view line) {
  if (line == kEnd) {
    answer.ended = true;
    return;
  }
  const std::size_t blank = line.find(' ');
  const auto number = base::u64_from_decimal(line.substr(0, blank), UINT32_MAX);
  if (!number || blank == std::string_view::npos) return;
  answer.platform = static_cast<std::uint32_t>(*number);
  answer.name = base::printable(line.substr(blank + 1), 128);
}

/// Whether there is something to read from the pipe, or nobody left to write to it, in time.
bool is_ready(int pipe, base::Micros within) {
  const auto end = base::SystemClock().now() + within;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - base::SystemClock().now());
    pollfd event{pipe, POLLIN, 0};
    const int ready = poll(&event, 1, std::max(0, static_cast<int>(left.count())));
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

/// What the pipe brings next is added; false: nobody is left to write to it.
bool take(int pipe, std::string& heard) {
  char buffer[512];
  ssize_t got = -1;
  do {
    got = read(pipe, buffer, sizeof buffer);
  } while (got < 0 && errno == EINTR);
  if (got > 0) heard.append(buffer, static_cast<std::size_t>(got));
  return got > 0;
}

/// Hears the child until it is done, dead or silent; true: silent.
bool listen(int pipe, const ChildPatience& patience, ChildAnswer& answer) {
  std::string heard;
  while (!answer.ended) {
    if (!is_ready(pipe, answer.platform ? patience.each : patience.first)) return true;
    if (!take(pipe, heard)) return false;
    for (std::size_t end = heard.find('\n'); end != std::string::npos; end = heard.find('\n')) {
      hear(answer, std::string_view(heard).substr(0, end));
      heard.erase(0, end + 1);
    }
  }
  return false;
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

/// Ends the child if it has not ended itself, and sees it off: its status. One that hangs in the
/// kernel does not die before that is over: somebody else then waits for it.
int reap(pid_t child, int pipe) {
  constexpr base::Micros kDiesWithin = std::chrono::seconds(2);
  kill(child, SIGKILL);
  const base::SteadyTime end = base::SystemClock().now() + kDiesWithin;
  std::string ignored;
  while (is_ready(pipe, end - base::SystemClock().now())) {
    if (!take(pipe, ignored)) return wait_for(child);
  }
  std::thread([child] { wait_for(child); }).detach();
  return 0;
}

/// How it ended, for a person.
std::string fate_of(bool silent, base::Micros waited, int status) {
  if (silent) {
    const auto seconds = std::chrono::round<std::chrono::seconds>(waited).count();
    return "did not answer for " + std::to_string(seconds) + " s";
  }
  if (WIFSIGNALED(status)) return "crashed (signal " + std::to_string(WTERMSIG(status)) + ")";
  return "ended the program that asked";
}

}  // namespace

base::Result<ChildAnswer> ask_in_child(const std::string& library_path,
                                       const std::set<std::uint32_t>& skipped,
                                       VendorChoice* vendors, const ChildPatience& patience) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return base::unavailable(std::string("no OpenCL: no pipe: ") + std::strerror(errno));
  }
  const pid_t child = fork();
  if (child == 0) enumerate_in_child(ends[1], library_path, skipped, vendors);
  close(ends[1]);
  ChildAnswer answer;
  if (child > 0) {
    const bool silent = listen(ends[0], patience, answer);
    const int status = reap(child, ends[0]);
    answer.fate = fate_of(silent, answer.platform ? patience.each : patience.first, status);
  }
  close(ends[0]);
  if (child < 0) return base::unavailable("no OpenCL: no process to ask it in");
  return answer;
}

}  // namespace backends::opencl

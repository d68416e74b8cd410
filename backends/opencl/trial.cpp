#include "backends/opencl/trial.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

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
                                     const std::set<std::uint32_t>& skipped) {
  become_quiet();
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

/// Where a child got to.
struct Progress {
  std::optional<std::uint32_t> platform;  ///< asked last
  std::string name;                       ///< of that one
  bool ended = false;                     ///< all were asked
  bool silent = false;                    ///< it said nothing for too long
};

void hear(Progress& progress, std::string_view line) {
  if (line == kEnd) {
    progress.ended = true;
    return;
  }
  const std::size_t blank = line.find(' ');
  const auto number = base::u64_from_decimal(line.substr(0, blank), UINT32_MAX);
  if (!number || blank == std::string_view::npos) return;
  progress.platform = static_cast<std::uint32_t>(*number);
  progress.name = base::printable(line.substr(blank + 1), 128);
}

/// Hears the child until it is done, dead or silent.
Progress listen(int pipe, base::Micros patience) {
  Progress progress;
  std::string heard;
  const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(patience);
  for (;;) {
    pollfd event{pipe, POLLIN, 0};
    const int ready = poll(&event, 1, static_cast<int>(wait.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      progress.silent = true;
      return progress;
    }
    char buffer[512];
    const ssize_t got = read(pipe, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return progress;
    heard.append(buffer, static_cast<std::size_t>(got));
    for (std::size_t end = heard.find('\n'); end != std::string::npos; end = heard.find('\n')) {
      hear(progress, std::string_view(heard).substr(0, end));
      heard.erase(0, end + 1);
    }
    if (progress.ended) return progress;
  }
}

/// Ends the child for good; how it ended, for a person. One that hangs is not waited for: where it
/// hangs in the kernel, it does not even die.
std::string reap(pid_t child, const Progress& progress, base::Micros patience) {
  if (progress.silent || progress.ended) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, progress.silent ? WNOHANG : 0) < 0 && errno == EINTR) {
  }
  if (progress.silent) {
    const auto seconds = std::chrono::round<std::chrono::seconds>(patience).count();
    return "did not answer for " + std::to_string(seconds) + " s";
  }
  if (WIFSIGNALED(status)) return "crashed (signal " + std::to_string(WTERMSIG(status)) + ")";
  return "ended the program that asked";
}

}  // namespace

base::Result<Trial> try_platforms(const std::string& library_path, base::Micros patience) {
  constexpr std::size_t kMostRounds = 16;
  Trial trial;
  while (trial.broken.size() < kMostRounds) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
      return base::unavailable(std::string("no OpenCL: no pipe: ") + std::strerror(errno));
    }
    const pid_t child = fork();
    if (child == 0) enumerate_in_child(ends[1], library_path, trial.broken);
    close(ends[1]);
    const Progress progress = child < 0 ? Progress{} : listen(ends[0], patience);
    close(ends[0]);
    if (child < 0) return base::unavailable("no OpenCL: no process to ask it in");
    const std::string fate = reap(child, progress, patience);
    if (progress.ended) return trial;
    if (!progress.platform || !trial.broken.insert(*progress.platform).second) {
      return base::unavailable("no OpenCL: it " + fate + " before it named a platform");
    }
    trial.lines.push_back("platform '" + progress.name + "' left out: it " + fate +
                          " when it was asked for its devices");
  }
  return base::unavailable("no OpenCL: too many broken platforms");
}

}  // namespace backends::opencl

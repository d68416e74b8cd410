// sprintpool as a person or a service manager runs it.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "tests/places.h"
#include "tests/pool/line_client.h"

namespace {

using std::chrono::seconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using tests::LineClient;

/// A running sprintpool, with its stdout and stderr in one pipe.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SPRINT_BIN_DIR "/sprintpool");
    folder_ = testing::TempDir() + "sprintpool-XXXXXX";
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    std::vector<char*> words;
    for (std::string& word : arguments) words.push_back(word.data());
    words.push_back(nullptr);
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    child_ = fork();
    if (child_ == 0) {
      setenv("XDG_STATE_HOME", folder_.c_str(), 1);  // for its database
      setenv("XDG_CONFIG_HOME", folder_.c_str(), 1);
      dup2(ends[1], STDOUT_FILENO);
      dup2(ends[1], STDERR_FILENO);
      execv(words[0], words.data());
      _exit(127);
    }
    close(ends[1]);
    output_ = ends[0];
  }
  ~Program() {
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
    close(output_);
    std::filesystem::remove_all(folder_);
  }

  /// Reads until `word` came; false at the output's end or after 30 s.
  bool wait_for(const std::string& word) {
    while (text_.find(word) == std::string::npos) {
      if (!read_some()) return false;
    }
    return true;
  }
  void interrupt() { kill(child_, SIGINT); }
  /// Reads to the end and returns the exit code.
  int finish() {
    while (read_some()) {
    }
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  const std::string& text() const { return text_; }

 private:
  bool read_some() {
    pollfd wait{output_, POLLIN, 0};
    if (poll(&wait, 1, 30'000) <= 0) return false;
    char buffer[4096];
    const ssize_t size = read(output_, buffer, sizeof buffer);
    if (size > 0) text_.append(buffer, static_cast<std::size_t>(size));
    return size > 0;
  }

  pid_t child_ = 0;
  std::string folder_;
  int output_ = -1;
  std::string text_;
};

struct BadFlags {
  std::vector<std::string> words;
  const char* says;
};

TEST(Sprintpool, SaysWhatIsWrongWithItsFlagsInOneLine) {
  const BadFlags cases[] = {
      {{"--sprint-secnds", "3"}, "did you mean --sprint-seconds"},
      {{"--sprint-secnds=3"}, "did you mean --sprint-seconds"},
      {{"run", "--sprint-seconds", "1"}, "--sprint-seconds"},
      {{"--sprint-seconds", "601"}, "--sprint-seconds"},
      {{"--gap-seconds", "3601"}, "--gap-seconds"},
      {{"--gap-seconds", "-1"}, "--gap-seconds"},
      {{"--difficulty", "9007199254740992"}, "--difficulty"},
      {{"--difficulty", "many"}, "--difficulty"},
      {{"--sprints", "-1"}, "--sprints: '-1' is not a whole number in 0..1000000000"},
      {{"--profile", "huge"}, "--profile: "},
      {{"--profile", "1,100,128"}, "--profile: "},
      {{"--listen", "3333"}, "--listen: '3333' is not HOST:PORT"},
      {{"--listen", "127.0.0.1:65536"}, "is not HOST:PORT"},
      {{"--listen", ":3333"}, "is not HOST:PORT"},
      {{"--name", "\x1b[31m"}, "--name: "},
      {{"--name"}, "--name"},
      {{"--log-level", "loud"}, "--log-level: 'loud' is none of error, warn, info, debug"},
      {{"--log-files", "3"}, "--log-files goes with --log-file only"},
      {{"-l", "/dev/null/x"}, "log file '/dev/null/x' cannot be written: Not a directory"},
      {{"stop"}, "'stop' is neither a flag nor a command"},
      {{"--listen", "127.0.0.1:0", "init"}, "--listen before 'init' is a flag of the pool"},
      {{"init", "--sprints", "3"}, "--sprints is a flag of sprintpool without a command"},
      {{"-c", "/nowhere/c.json"}, "configuration /nowhere/c.json: No such file or directory"},
  };
  for (const BadFlags& flags : cases) {
    Program program(flags.words);
    EXPECT_EQ(program.finish(), 2) << flags.words[0];
    EXPECT_THAT(program.text(), HasSubstr("sprintpool: exit 2 (bad flags or configuration): "));
    EXPECT_THAT(program.text(), HasSubstr(flags.says));
    EXPECT_EQ(std::count(program.text().begin(), program.text().end(), '\n'), 1) << program.text();
    EXPECT_LT(program.text().size(), 200U) << program.text();
  }
}

TEST(Sprintpool, ShowsItsFlags) {
  Program program({"--help"});
  EXPECT_EQ(program.finish(), 0);
  for (const char* flag : {"--listen", "--profile", "--sprint-seconds", "--gap-seconds",
                           "--difficulty", "--sprints", "--json"}) {
    EXPECT_THAT(program.text(), HasSubstr(flag));
  }
}

/// The port in "listens name=.. address=127.0.0.1:PORT".
std::uint16_t port_of(Program& program) {
  EXPECT_TRUE(program.wait_for("listens name="));
  EXPECT_TRUE(program.wait_for("announced"));
  const std::string& text = program.text();
  const std::size_t at = text.find("127.0.0.1:") + 10;
  const auto port = base::u64_from_decimal(text.substr(at, text.find('\n', at) - at), 65535);
  EXPECT_TRUE(port) << text;
  return static_cast<std::uint16_t>(port.value_or(0));
}

TEST(Sprintpool, NamesAnAddressThatIsTaken) {
  Program first({"--listen", "127.0.0.1:0", "--profile", "nano"});
  const std::string address = "127.0.0.1:" + std::to_string(port_of(first));
  Program second({"--listen", address, "--profile", "nano"});
  EXPECT_EQ(second.finish(), 2);
  EXPECT_THAT(second.text(), HasSubstr("cannot listen on " + address));
}

TEST(Sprintpool, ASignalEndsItInTimeWithASummary) {
  Program program({"run", "--listen", "127.0.0.1:0", "--profile", "nano", "--json"});
  LineClient client(port_of(program));
  ASSERT_TRUE(client.connected());
  const auto began = std::chrono::steady_clock::now();
  program.interrupt();
  EXPECT_EQ(program.finish(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(5));
  EXPECT_THAT(program.text(), HasSubstr(R"({"sprints":0,"stored":0,"verified":0,"wrong":0,)"));
  EXPECT_THAT(program.text(), HasSubstr("sprintpool: exit 0 (clean): stopped by a signal"));
  EXPECT_THAT(program.text(), Not(HasSubstr("\x1b["))) << "colours in a pipe";
}

TEST(Sprintpool, ASignalEndsItWhileItTriesTheWeights) {
  Program program({"--listen", "127.0.0.1:0", "--profile", "16,2048,8192"});
  ASSERT_TRUE(program.wait_for(
      "making weights to try whether they fit profile=16,2048,8192 size=\"1.1 GB\""));
  program.interrupt();
  EXPECT_EQ(program.finish(), 0);
  EXPECT_THAT(program.text(), HasSubstr("sprintpool: exit 0 (clean): stopped by a signal"));
  EXPECT_THAT(program.text(), Not(HasSubstr("announced")));
}

TEST(Sprintpool, RunsTheSprintsAskedForAndCreditsEveryShare) {
  Program program({"--listen", "127.0.0.1:0", "--profile", "nano", "--sprint-seconds", "2",
                   "--lead-seconds", "1", "--difficulty", "2", "--sprints", "2", "--json"});
  const auto counts = tests::TinyMiner(port_of(program), "alice").mine(2);
  EXPECT_EQ(program.finish(), 0);
  EXPECT_EQ(counts.results, 2U);
  EXPECT_EQ(counts.credit, 2 * counts.acked);
  const std::string expected = R"("stored":)" + std::to_string(counts.acked) + R"(,"verified":)" +
                               std::to_string(counts.acked) + ",";
  EXPECT_THAT(program.text(), HasSubstr(expected));
  EXPECT_THAT(program.text(), HasSubstr("all sprints are done after 2 sprints"));
}

}  // namespace

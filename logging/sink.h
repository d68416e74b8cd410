#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "logging/format.h"
#include "logging/hidden_texts.h"
#include "logging/options.h"
#include "logging/rotating_file.h"
#include "logging/screen_lines.h"

namespace logging {

/// Where a person reads along: stderr, and whether it is in colours.
struct Console {
  int fd = 2;
  bool colours = false;
  bool terminal = false;  ///< a screen would take its place
};

/// Colours are for terminals, unless --no-color, NO_COLOR that is not empty (https://no-color.org)
/// or TERM=dumb say no. The last two are the values of the environment, null if not set.
bool wants_colours(const Options& options, bool terminal, const char* no_color, const char* term);

/// The console of this process: its stderr and its environment.
Console stderr_console(const Options& options);

/// Writes records as lines: to the console, and into the file if there is one. Each line is there
/// when `write` returns, in the order of their times. A file that fails costs the lines that it
/// does not take, and one line on the console; each new line is tried again. Any thread.
class Sink final : public base::LogSink {
 public:
  /// Fails, naming the file, when it cannot be written. The console's fd outlives the sink.
  static base::Result<std::unique_ptr<Sink>> open(const Options& options, const Console& console);

  void write(const base::LogRecord& record) override EXCLUDES(mutex_);
  /// For what the console is told in another way.
  void write_to_file(const base::LogRecord& record) EXCLUDES(mutex_);
  /// From now on this level and those above it.
  void set_level(base::LogLevel level) { level_ = level; }
  /// From now on no line shows them, whoever says them; see HiddenTexts for how.
  void hide(base::Account account, std::string_view password) EXCLUDES(mutex_);
  /// Opens the file anew, after a logrotate(8) moved it aside.
  void reopen() EXCLUDES(mutex_);

  /// A screen takes the terminal: from now on the newest `lines` are kept for it. A console that is
  /// a terminal gets none of them, and nothing is written to its fd; any other, and the file, get
  /// what they always get.
  void open_screen(std::size_t lines) EXCLUDES(mutex_);
  /// The console gets lines again, and first the last ten that it missed, in its own format. Call
  /// it when the terminal is as it was, and the console's fd leads there. Nothing if none is open.
  void close_screen() EXCLUDES(mutex_);
  /// What is kept for the screen; see ScreenLines::after. Never waits for a disk or a terminal.
  std::vector<ScreenLine> lines_after(std::uint64_t seq) const { return screen_lines_.after(seq); }

 private:
  Sink(const Options& options, const Console& console)
      : options_(options), console_(console), level_(options.level) {}
  std::string line_of(const base::LogRecord& record, const Stamp& now, bool colours) const
      REQUIRES(mutex_);
  void tell_screen(const base::LogRecord& record, const Stamp& now) REQUIRES(mutex_);
  void tell_console(const base::LogRecord& record, const Stamp& now) REQUIRES(mutex_);
  void write_to_console(const std::string& line) const;
  void tell_file(const base::LogRecord& record, const Stamp& now) REQUIRES(mutex_);
  void complain(const base::Status& status, const Stamp& now) REQUIRES(mutex_);

  const Options options_;
  const Console console_;
  std::atomic<base::LogLevel> level_;
  base::Mutex mutex_;
  HiddenTexts hidden_ GUARDED_BY(mutex_);
  std::unique_ptr<RotatingFile> file_ GUARDED_BY(mutex_);
  std::uint64_t lost_ GUARDED_BY(mutex_) = 0;  // lines since the file failed
  bool screen_ GUARDED_BY(mutex_) = false;
  std::deque<std::string> missed_ GUARDED_BY(mutex_);  // by the console, the last ones
  ScreenLines screen_lines_;
};

}  // namespace logging

#include "logging/sink.h"

#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "logging/write_all.h"

namespace logging {
namespace {

using base::LogLevel;

constexpr std::uint64_t kMegabyte = 1'000'000;
constexpr std::string_view kPart = "log";
constexpr std::size_t kMissedLines = 10;

Stamp now_here() {
  const auto now = std::chrono::system_clock::now();
  const time_t seconds = std::chrono::system_clock::to_time_t(now);
  struct tm local {};
  localtime_r(&seconds, &local);
  return {std::chrono::time_point_cast<base::Micros>(now),
          std::chrono::minutes(local.tm_gmtoff / 60)};
}

}  // namespace

bool wants_colours(const Options& options, bool terminal, const char* no_color, const char* term) {
  const bool refused = no_color != nullptr && *no_color != '\0';
  const bool dumb = term != nullptr && std::string_view(term) == "dumb";
  return terminal && !options.no_color && !refused && !dumb;
}

Console stderr_console(const Options& options) {
  const bool terminal = isatty(STDERR_FILENO) == 1;
  return {STDERR_FILENO,
          wants_colours(options, terminal, std::getenv("NO_COLOR"), std::getenv("TERM")), terminal};
}

base::Result<std::unique_ptr<Sink>> Sink::open(const Options& options, const Console& console) {
  std::unique_ptr<Sink> sink(new Sink(options, console));
  if (options.file.empty()) return sink;
  const RotatingFile::Limits limits{
      options.file_megabytes.value_or(kDefaultFileMegabytes) * kMegabyte,
      options.files.value_or(kDefaultFiles)};
  base::MutexLock lock(sink->mutex_);
  ASSIGN_OR_RETURN(sink->file_, RotatingFile::open(options.file, limits));
  return sink;
}

void Sink::write(const base::LogRecord& record) {
  if (record.level < level_) return;
  base::MutexLock lock(mutex_);
  const Stamp now = now_here();  // under the lock, so that times go up from line to line
  tell_console(record, now);
  tell_file(record, now);
}

void Sink::write_to_file(const base::LogRecord& record) {
  if (record.level < level_) return;
  base::MutexLock lock(mutex_);
  tell_file(record, now_here());
}

void Sink::hide(base::Account account, std::string_view password) {
  base::MutexLock lock(mutex_);
  hidden_.add_account(account);
  hidden_.add_password(password);
}

void Sink::reopen() {
  base::MutexLock lock(mutex_);
  if (file_ != nullptr) complain(file_->reopen(), now_here());
}

void Sink::open_screen(std::size_t lines) {
  base::MutexLock lock(mutex_);
  screen_ = true;
  screen_lines_.open(lines);
}

void Sink::close_screen() {
  base::MutexLock lock(mutex_);
  for (const std::string& line : missed_) write_to_console(line);
  missed_.clear();
  screen_ = false;
  screen_lines_.close();
}

std::string Sink::line_of(const base::LogRecord& record, const Stamp& now, bool colours) const {
  HiddenTexts::Storage storage;
  const base::LogRecord clean = hidden_.cleaned(record, storage);
  std::string line = options_.format == Format::kJson
                         ? json_line(clean, now)
                         : text_line(clean, now, colours ? Colours::kOn : Colours::kOff);
  return line += '\n';
}

void Sink::tell_screen(const base::LogRecord& record, const Stamp& now) {
  HiddenTexts::Storage storage;
  screen_lines_.add(record.level, screen_line(hidden_.cleaned(record, storage), now));
}

void Sink::tell_console(const base::LogRecord& record, const Stamp& now) {
  if (screen_) tell_screen(record, now);
  std::string line = line_of(record, now, console_.colours);
  if (!screen_ || !console_.terminal) return write_to_console(line);
  missed_.push_back(std::move(line));
  if (missed_.size() > kMissedLines) missed_.pop_front();
}

/// A console that is gone is no reason to stop.
void Sink::write_to_console(const std::string& line) const {
  std::size_t written = 0;
  (void)write_all(console_.fd, line, written);
}

void Sink::tell_file(const base::LogRecord& record, const Stamp& now) {
  if (file_ == nullptr) return;
  const std::string line = line_of(record, now, false);
  if (file_->full_for(line.size())) complain(file_->rotate(), now);
  const base::Status status = file_->write(line);
  if (!status.ok()) {
    if (lost_++ == 0) complain(status, now);
  } else if (lost_ != 0) {
    const base::LogField fields[] = {{"lines_lost", lost_}};
    tell_console({LogLevel::kWarn, kPart, "the log file can be written again", fields}, now);
    lost_ = 0;
  }
}

void Sink::complain(const base::Status& status, const Stamp& now) {
  if (status.ok()) return;
  const base::LogField fields[] = {{"reason", status.message()}};
  tell_console({LogLevel::kError, kPart, "the log file fails", fields}, now);
}

}  // namespace logging

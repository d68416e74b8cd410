#pragma once

#include <string_view>

namespace base {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

/// Where lines for a person go. The programs fill it (with spdlog), tests collect in it.
class LogSink {
 public:
  virtual ~LogSink() = default;
  /// One line without a newline. `who` names the part that speaks: "pool", "cpu:0". Any thread.
  virtual void write(LogLevel level, std::string_view who, std::string_view line) = 0;
};

/// A named voice into a LogSink. Cheap to copy; the sink outlives it.
class Log {
 public:
  Log(LogSink& sink, std::string_view who) : sink_(&sink), who_(who) {}

  void debug(std::string_view line) const { sink_->write(LogLevel::kDebug, who_, line); }
  void info(std::string_view line) const { sink_->write(LogLevel::kInfo, who_, line); }
  void warn(std::string_view line) const { sink_->write(LogLevel::kWarn, who_, line); }
  void error(std::string_view line) const { sink_->write(LogLevel::kError, who_, line); }

 private:
  LogSink* sink_;
  std::string_view who_;  // a literal, or a name that outlives the voice
};

}  // namespace base

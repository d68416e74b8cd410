#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <variant>

#include "base/redaction.h"

namespace base {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

/// What a field holds; nothing: the field is left out. A view: texts outlive the call that logs.
using LogValue = std::variant<std::monostate, std::string_view, bool, std::int64_t, std::uint64_t,
                              double, Account, Address>;

/// One key=value beside a message.
struct LogField {
  /// `name`: lower_case, with the unit in it ("left_s"); not time, level, part or message. `given`:
  /// a text, a number, a bool, an Account, an Address, or an optional of one.
  template <class T>
  LogField(std::string_view name, const T& given) : key(name), value(value_of(given)) {}

  std::string_view key;
  LogValue value;

 private:
  template <class T>
  static LogValue value_of(const T& given) {
    if constexpr (std::same_as<T, bool> || std::same_as<T, Account> || std::same_as<T, Address>) {
      return given;
    } else if constexpr (std::floating_point<T>) {
      return static_cast<double>(given);
    } else if constexpr (std::signed_integral<T>) {
      return static_cast<std::int64_t>(given);
    } else if constexpr (std::unsigned_integral<T>) {
      return static_cast<std::uint64_t>(given);
    } else {
      return std::string_view(given);
    }
  }
  template <class T>
  static LogValue value_of(const std::optional<T>& given) {
    return given ? value_of(*given) : LogValue();
  }
};

/// One event. All views: it lives as long as the call that writes it.
struct LogRecord {
  LogLevel level = LogLevel::kInfo;
  std::string_view part;     ///< who speaks: "pool", "cpu:0"
  std::string_view message;  ///< a few words, the same for every event of its kind
  std::span<const LogField> fields;
};

/// Where events go. The programs write them (logging/), tests collect them.
class LogSink {
 public:
  virtual ~LogSink() = default;
  /// Any thread.
  virtual void write(const LogRecord& record) = 0;
};

/// A named voice into a LogSink: `log.info("sprint ended", {{"sprint", id}, {"nonces", n}})`.
/// Nothing is copied. Cheap to copy itself; the sink outlives it.
class Log {
 public:
  using Fields = std::initializer_list<LogField>;

  Log(LogSink& sink, std::string_view part) : sink_(&sink), part_(part) {}

  void debug(std::string_view message, Fields fields = {}) const {
    write(LogLevel::kDebug, message, fields);
  }
  void info(std::string_view message, Fields fields = {}) const {
    write(LogLevel::kInfo, message, fields);
  }
  void warn(std::string_view message, Fields fields = {}) const {
    write(LogLevel::kWarn, message, fields);
  }
  void error(std::string_view message, Fields fields = {}) const {
    write(LogLevel::kError, message, fields);
  }
  void write(LogLevel level, std::string_view message, std::span<const LogField> fields) const {
    sink_->write({level, part_, message, fields});
  }

 private:
  LogSink* sink_;
  std::string_view part_;  // a literal, or a name that outlives the voice
};

}  // namespace base

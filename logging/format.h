#pragma once

#include <chrono>
#include <string>

#include "base/clock.h"
#include "base/log.h"

// A record as a line, without its newline: pure functions. Whatever a record holds, a line is
// printable ASCII and nothing else, but for the colours: a peer can neither break it nor speak to
// the terminal. Accounts are whole at debug only; an Address never shows its user.
namespace logging {

/// A moment on a wall clock.
struct Stamp {
  base::UnixTime time;
  std::chrono::minutes offset{0};  ///< of the zone from UTC, east of it positive
};

/// RFC 3339 with milliseconds, cut off: "2026-11-23T07:34:00.875+01:00". Years 1970 to 9999.
std::string rfc3339(const Stamp& stamp);

/// "part: message key=value key="a value"". Quoted is what is empty or holds anything but printable
/// ASCII without space, '"', '=' and '\'; within quotes '\' starts \", \\, \n, \r, \t and \xNN.
/// Numbers are rounded to thousandths, or to three digits when they are smaller than one of those.
std::string text_of(const base::LogRecord& record);

enum class Colours { kOff, kOn };

/// Time, level and `text_of`. The level is in ANSI colours if asked.
std::string text_line(const base::LogRecord& record, const Stamp& stamp,
                      Colours colours = Colours::kOff);

/// For a screen, which shows the last minutes and has little room: the time of day to the second,
/// level and `text_of`.
std::string screen_line(const base::LogRecord& record, const Stamp& stamp);

/// One JSON object (RFC 8259): time, level, part, message, then the fields, each of its own type.
/// Characters beyond ASCII are written as \uNNNN; bytes that are no UTF-8 as `base::printable`.
/// A number that is not finite is null.
std::string json_line(const base::LogRecord& record, const Stamp& stamp);

}  // namespace logging

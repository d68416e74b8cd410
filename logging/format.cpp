#include "logging/format.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <iterator>

#include "base/bytes.h"

namespace logging {
namespace {

using base::LogLevel;

// Visitors for std::visit, one function a type.
template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

struct LevelFace {
  std::string_view name;
  std::string_view colour;  // ANSI (ECMA-48, SGR)
};
const LevelFace& face_of(LogLevel level) {
  static constexpr std::array<LevelFace, 4> kFaces = {{{"debug", "\x1b[36m"},
                                                       {"info", "\x1b[32m"},
                                                       {"warn", "\x1b[33;1m"},
                                                       {"error", "\x1b[31;1m"}}};
  return kFaces.at(static_cast<std::size_t>(level));
}

std::string in_full(std::string_view text) {
  return base::printable(text, 4 * text.size());
}

std::string shown(base::Account account, LogLevel level) {
  return level == LogLevel::kDebug ? std::string(account.text) : base::shortened(account);
}

std::string number_text(double value) {
  const double size = std::abs(value);
  if ((size != 0 && size < 1e-3) || size >= 1e15) return fmt::format("{:.3g}", value);
  std::string text = fmt::format("{:.3f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

// ---- text ---------------------------------------------------------------------------------------

bool stands_bare(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\') return false;
  }
  return !text.empty();
}

void append_quoted(std::string& line, std::string_view text) {
  line += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      line.append({'\\', c});
    } else if (c == '\n') {
      line += "\\n";
    } else if (c == '\r') {
      line += "\\r";
    } else if (c == '\t') {
      line += "\\t";
    } else {
      line += in_full({&c, 1});
    }
  }
  line += '"';
}

void append_text(std::string& line, std::string_view text) {
  if (stands_bare(text)) {
    line += text;
  } else {
    append_quoted(line, text);
  }
}

void append_text_field(std::string& line, const base::LogField& field, LogLevel level) {
  if (std::holds_alternative<std::monostate>(field.value)) return;
  fmt::format_to(std::back_inserter(line), " {}=", field.key);
  std::visit(
      Overloaded{[](std::monostate) {}, [&](std::string_view text) { append_text(line, text); },
                 [&](double value) { line += number_text(value); },
                 [&](base::Account who) { append_text(line, shown(who, level)); },
                 [&](base::Address where) { append_text(line, base::without_user(where)); },
                 [&](auto value) { fmt::format_to(std::back_inserter(line), "{}", value); }},
      field.value);
}

// ---- JSON ---------------------------------------------------------------------------------------

void append_code_unit(std::string& line, unsigned unit) {
  fmt::format_to(std::back_inserter(line), "\\u{:04x}", unit);
}

/// Of well-formed UTF-8: takes the first character from `text`.
char32_t take_character(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  char32_t character = length == 1 ? lead : lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    character = character << 6 | (static_cast<unsigned char>(text[i]) & 0x3fU);
  }
  text.remove_prefix(length);
  return character;
}

void append_json(std::string& line, std::string_view text) {
  const std::string safe = base::is_utf8(text) ? std::string() : in_full(text);
  std::string_view left = safe.empty() ? text : safe;
  line += '"';
  while (!left.empty()) {
    const char32_t c = take_character(left);
    if (c == '"' || c == '\\') {
      line.append({'\\', static_cast<char>(c)});
    } else if (c >= 0x10000) {  // as a surrogate pair
      append_code_unit(line, 0xd800 + ((c - 0x10000) >> 10));
      append_code_unit(line, 0xdc00 + ((c - 0x10000) & 0x3ff));
    } else if (c < ' ' || c >= 0x7f) {
      append_code_unit(line, c);
    } else {
      line += static_cast<char>(c);
    }
  }
  line += '"';
}

void append_json_key(std::string& line, std::string_view key) {
  line += line.empty() ? '{' : ',';
  append_json(line, key);
  line += ':';
}

void append_json_field(std::string& line, const base::LogField& field, LogLevel level) {
  if (std::holds_alternative<std::monostate>(field.value)) return;
  append_json_key(line, field.key);
  std::visit(
      Overloaded{[](std::monostate) {}, [&](std::string_view text) { append_json(line, text); },
                 [&](double value) { line += std::isfinite(value) ? number_text(value) : "null"; },
                 [&](base::Account who) { append_json(line, shown(who, level)); },
                 [&](base::Address where) { append_json(line, base::without_user(where)); },
                 [&](auto value) { fmt::format_to(std::back_inserter(line), "{}", value); }},
      field.value);
}

}  // namespace

std::string rfc3339(const Stamp& stamp) {
  using std::chrono::days;
  const auto local =
      std::chrono::floor<std::chrono::milliseconds>(stamp.time.time_since_epoch() + stamp.offset);
  const auto day = std::chrono::floor<days>(local);
  const std::chrono::year_month_day date{std::chrono::sys_days(day)};
  const std::chrono::hh_mm_ss clock(local - day);
  const std::chrono::hh_mm_ss zone(stamp.offset);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}{}{:02}:{:02}",
                     static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count(),
                     zone.is_negative() ? '-' : '+', zone.hours().count(), zone.minutes().count());
}

std::string text_of(const base::LogRecord& record) {
  std::string line = in_full(record.part) + ": " + in_full(record.message);
  for (const base::LogField& field : record.fields) append_text_field(line, field, record.level);
  return line;
}

std::string text_line(const base::LogRecord& record, const Stamp& stamp, Colours colours) {
  const LevelFace& face = face_of(record.level);
  const bool on = colours == Colours::kOn;
  return fmt::format("{} {}{:<5}{} {}", rfc3339(stamp), on ? face.colour : "", face.name,
                     on ? "\x1b[0m" : "", text_of(record));
}

std::string screen_line(const base::LogRecord& record, const Stamp& stamp) {
  constexpr std::size_t kTimeOfDay = 11;  // in "2026-11-23T07:34:00.875+01:00"
  constexpr std::size_t kToTheSecond = 8;
  return fmt::format("{} {:<5} {}", rfc3339(stamp).substr(kTimeOfDay, kToTheSecond),
                     face_of(record.level).name, text_of(record));
}

std::string json_line(const base::LogRecord& record, const Stamp& stamp) {
  const std::string time = rfc3339(stamp);
  const base::LogField heads[] = {{"time", time},
                                  {"level", face_of(record.level).name},
                                  {"part", record.part},
                                  {"message", record.message}};
  std::string line;
  for (const base::LogField& head : heads) append_json_field(line, head, record.level);
  for (const base::LogField& field : record.fields) append_json_field(line, field, record.level);
  return line += '}';
}

}  // namespace logging

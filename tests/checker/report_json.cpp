#include <cstdio>

#include "tests/checker/report.h"

namespace checker {
namespace {

/// A JSON string. Our notes are UTF-8; only control characters need care.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += ' ';
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string json_of(const Line& line) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.3f", line.seconds);
  return "{\"check\": " + quoted(line.name) + ", \"outcome\": " + quoted(line.outcome) +
         ", \"seconds\": " + seconds + ", \"note\": " + quoted(line.note) + "}";
}

/// The items between commas, each on a line of its own.
template <class Items, class Write>
std::string list_of(const Items& items, const std::string& indent, Write write) {
  std::string out;
  for (const auto& item : items) {
    out += (out.empty() ? "\n" : ",\n") + indent + write(item);
  }
  return "[" + out + "]";
}

std::string json_of(const Section& section) {
  const backends::DeviceInfo& info = section.info;
  return "{\"device\": " + quoted(info.id()) + ", \"name\": " + quoted(info.name) +
         ", \"path\": " + quoted(info.path) + ", \"group\": " + std::to_string(section.group) +
         ",\n   \"checks\": " +
         list_of(section.lines, "    ", [](const Line& line) { return json_of(line); }) + "}";
}

}  // namespace

std::string Report::json() const {
  const int failed = count("FAILED") + failed_outside_;
  return "{\"ok\": " + std::to_string(count("ok")) +
         ", \"skipped\": " + std::to_string(count("skipped")) +
         ", \"failed\": " + std::to_string(failed) + ",\n \"remarks\": " +
         list_of(remarks_, "  ", [](const std::string& remark) { return quoted(remark); }) +
         ",\n \"devices\": " +
         list_of(sections_, "  ", [](const Section& section) { return json_of(section); }) + "}\n";
}

base::Status write_file(const std::string& path, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return base::io_error(path + ": cannot be written");
  const bool whole = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (std::fclose(file) == 0 && whole) return base::Ok{};
  return base::io_error(path + ": not all could be written");
}

}  // namespace checker

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pool/histogram.h"

namespace pool::web {

/// Writes metrics as Prometheus reads them: the text format, version 0.0.4. A family is begun once,
/// its samples follow. One thread.
class MetricsText {
 public:
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

  /// `name`: [a-z_]+, that of a counter with its `_total`. `help` is a literal of one line.
  MetricsText& counter(std::string_view name, std::string_view help);
  MetricsText& gauge(std::string_view name, std::string_view help);
  /// A sample of the family begun last. `labels`: as they stand between the braces, or nothing.
  MetricsText& value(std::uint64_t value, std::string_view labels = {});
  MetricsText& value(double value, std::string_view labels = {});
  /// A whole family, in seconds.
  void histogram(std::string_view name, std::string_view help, const Histogram& times);

  const std::string& text() const { return text_; }

 private:
  void begin(std::string_view name, std::string_view type, std::string_view help);
  void sample(std::string_view suffix, std::string_view labels, std::string_view value);

  std::string text_;
  std::string family_;
};

/// A label with a value of anybody's: name="value", escaped as the format wants it.
std::string label(std::string_view name, std::string_view value);

}  // namespace pool::web

#include "pool/web/metrics_text.h"

#include <fmt/format.h>

namespace pool::web {

MetricsText& MetricsText::counter(std::string_view name, std::string_view help) {
  begin(name, "counter", help);
  return *this;
}

MetricsText& MetricsText::gauge(std::string_view name, std::string_view help) {
  begin(name, "gauge", help);
  return *this;
}

MetricsText& MetricsText::value(std::uint64_t value, std::string_view labels) {
  sample({}, labels, fmt::format("{}", value));
  return *this;
}

MetricsText& MetricsText::value(double value, std::string_view labels) {
  sample({}, labels, fmt::format("{}", value));
  return *this;
}

void MetricsText::histogram(std::string_view name, std::string_view help, const Histogram& times) {
  begin(name, "histogram", help);
  std::uint64_t up_to = 0;
  for (std::size_t i = 0; i < Histogram::kBounds.size(); ++i) {
    up_to += times.counts()[i];
    const double bound = base::in_seconds(base::Micros(Histogram::kBounds[i]));
    sample("_bucket", fmt::format(R"(le="{}")", bound), fmt::format("{}", up_to));
  }
  sample("_bucket", R"(le="+Inf")", fmt::format("{}", times.count()));
  sample("_sum", {}, fmt::format("{}", base::in_seconds(times.sum())));
  sample("_count", {}, fmt::format("{}", times.count()));
}

void MetricsText::begin(std::string_view name, std::string_view type, std::string_view help) {
  family_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void MetricsText::sample(std::string_view suffix, std::string_view labels, std::string_view value) {
  text_ += family_;
  text_ += suffix;
  if (!labels.empty()) text_ += fmt::format("{{{}}}", labels);
  text_ += fmt::format(" {}\n", value);
}

std::string label(std::string_view name, std::string_view value) {
  std::string text = fmt::format("{}=\"", name);
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? ' ' : c;
  }
  return text + '"';
}

}  // namespace pool::web

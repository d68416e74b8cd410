#include "backends/api/options.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/nearest.h"

namespace backends {
namespace {

std::string in_quotes(std::string_view text) {
  return std::string("'").append(base::printable(text, 64)).append("'");
}

std::string join(std::span<const std::string> words, std::string_view between) {
  std::string all;
  for (const std::string& word : words) {
    if (!all.empty()) all += between;
    all += word;
  }
  return all;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [at, fault] = std::from_chars(text.data(), end, value);
  if (fault != std::errc{} || at != end) return std::nullopt;
  return value;
}

/// The value as OptionValues keeps it.
base::Result<std::string> check_value(const OptionSpec& spec, const std::string& value) {
  const auto refuse = [&](std::string_view what) {
    return base::invalid("option " + spec.key + ": " + in_quotes(value) + " is not " +
                         std::string(what) + spec.range());
  };
  switch (spec.type) {
    case OptionSpec::Type::kInteger: {
      const auto number = whole_number(value);
      if (!number || *number < spec.min || *number > spec.max) return refuse("a whole number in ");
      return std::to_string(*number);
    }
    case OptionSpec::Type::kChoice:
      if (std::find(spec.choices.begin(), spec.choices.end(), value) == spec.choices.end()) {
        return refuse("one of ");
      }
      return value;
    case OptionSpec::Type::kText: {
      const base::Status status = spec.check == nullptr ? base::Ok{} : spec.check(value);
      if (!status.ok()) return base::invalid("option " + spec.key + ": " + status.message());
      return value;
    }
  }
  return refuse("");
}

base::Error unknown_key(std::span<const OptionSpec> specs, const std::string& key) {
  if (specs.empty())
    return base::invalid("option " + in_quotes(key) + ": there are no options here");
  std::vector<std::string> keys;
  for (const OptionSpec& spec : specs) keys.push_back(spec.key);
  const auto meant = base::nearest(key, keys);
  return base::invalid("option " + in_quotes(key) + " is not known; " +
                       (meant ? "did you mean " + *meant + "?" : "there are: " + join(keys, ", ")));
}

const OptionSpec* find_spec(std::span<const OptionSpec> specs, std::string_view key) {
  const auto found = std::find_if(specs.begin(), specs.end(),
                                  [&](const OptionSpec& spec) { return spec.key == key; });
  return found == specs.end() ? nullptr : &*found;
}

}  // namespace

std::string OptionSpec::range() const {
  switch (type) {
    case Type::kInteger:
      return std::to_string(min) + ".." + std::to_string(max);
    case Type::kChoice:
      return join(choices, "|");
    case Type::kText:
      break;
  }
  return "text";
}

base::Result<OptionAssignment> parse_assignment(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string_view left = text.substr(0, equals);
  const std::size_t dot = left.rfind('.');  // the last one: a PCI address has one of its own
  const std::string_view key = dot == std::string_view::npos ? left : left.substr(dot + 1);
  if (equals == std::string_view::npos || key.empty() || dot == 0) {
    return base::invalid("option " + in_quotes(text) + " is not of the form [scope.]key=value");
  }
  OptionAssignment out{"", std::string(key), std::string(text.substr(equals + 1))};
  if (dot != std::string_view::npos) out.scope = left.substr(0, dot);
  std::transform(out.scope.begin(), out.scope.end(), out.scope.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::int64_t OptionValues::integer(std::string_view key) const {
  const auto number = whole_number(text(key));
  CHECK(number.has_value());
  return *number;
}

const std::string& OptionValues::text(std::string_view key) const {
  const auto found = values_.find(key);
  CHECK(found != values_.end());
  return found->second;
}

base::Result<OptionValues> resolve_options(std::span<const OptionSpec> specs,
                                           std::span<const OptionAssignment> assignments) {
  OptionValues out;
  for (const OptionSpec& spec : specs) {
    auto value = check_value(spec, spec.default_value);
    CHECK(value.ok());  // a module's own default
    out.values_[spec.key] = std::move(value).value();
  }
  for (const OptionAssignment& assignment : assignments) {
    const OptionSpec* spec = find_spec(specs, assignment.key);
    if (spec == nullptr) return unknown_key(specs, assignment.key);
    ASSIGN_OR_RETURN(out.values_[spec->key], check_value(*spec, assignment.value));
  }
  return out;
}

}  // namespace backends

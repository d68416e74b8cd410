#include "settings/read_values.h"

#include <string>

#include "base/bytes.h"

namespace settings {
namespace {

std::string in_quotes(std::string_view text) {
  std::string out = "'";
  out += base::printable(text, 80);
  return out += '\'';
}

}  // namespace

base::Result<bool> read_switch(std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return base::invalid(in_quotes(text) + " is neither true nor false");
}

base::Result<std::uint64_t> read_number(std::string_view text, std::uint64_t min,
                                        std::uint64_t max) {
  const auto value = base::u64_from_decimal(text, max);
  if (value && *value >= min) return *value;
  return base::invalid(in_quotes(text) + " is not a whole number in " + std::to_string(min) + ".." +
                       std::to_string(max));
}

}  // namespace settings

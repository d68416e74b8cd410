// Whatever stands in a configuration file: it is read within the limits of its form, or refused in
// one line that begins with the place of the fault.
#include <set>
#include <string>

#include "base/bytes.h"
#include "base/check.h"
#include "miner/settings/config_file.h"
#include "settings/config_json.h"

namespace {

using settings::ConfigValue;

constexpr int kMaxDepth = 8;
const std::string kPath = "c.json";

/// "line:column: " with numbers from 1 at the front of `message`; the rest is one line.
void check_placed(std::string_view message) {
  for (const char* end : {":", ": "}) {
    const std::size_t digits = message.find_first_not_of("0123456789");
    CHECK(digits != std::string_view::npos && digits > 0 && message.front() != '0');
    message.remove_prefix(digits);
    CHECK(message.starts_with(end));
    message.remove_prefix(std::string_view(end).size());
  }
  CHECK(!message.empty() && base::is_utf8(message));
  for (const char c : message) CHECK(static_cast<std::uint8_t>(c) >= 0x20 && c != 0x7f);
}

void check_value(const ConfigValue& value, int depth) {
  CHECK(value.place.line >= 1 && value.place.column >= 1);
  CHECK(base::is_utf8(value.text) && value.text.find('\0') == std::string::npos);
  if (value.type == ConfigValue::Type::kArray || value.type == ConfigValue::Type::kObject) {
    CHECK(depth < kMaxDepth);
  } else {
    CHECK(value.elements.empty() && value.members.empty());
  }
  for (const ConfigValue& element : value.elements) check_value(element, depth + 1);
  std::set<std::string> names;
  for (const settings::ConfigMember& member : value.members) {
    CHECK(names.insert(member.name).second && base::is_utf8(member.name));
    check_value(member.value, depth + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto value = settings::parse_config_json(text);
  if (value) {
    check_value(*value, 0);
  } else {
    check_placed(value.message());
  }
  const auto settings = miner::parse_config(kPath, text);
  CHECK(!settings || value);
  if (!settings) {
    CHECK(settings.message().starts_with(kPath + ":"));
    check_placed(std::string_view(settings.message()).substr(kPath.size() + 1));
  }
  return 0;
}

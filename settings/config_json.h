#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace settings {

/// Line and column of a text, both from 1; columns are characters.
struct TextPlace {
  std::size_t line = 1;
  std::size_t column = 1;

  std::string text() const { return std::to_string(line) + ":" + std::to_string(column); }
};

struct ConfigMember;

/// A value of a configuration file, with the place where it begins.
struct ConfigValue {
  enum class Type { kNull, kBoolean, kNumber, kText, kArray, kObject };

  Type type = Type::kNull;
  std::string text;  ///< kBoolean, kNumber: as it stands in the file; kText: decoded
  TextPlace place;
  std::vector<ConfigValue> elements;  ///< kArray
  std::vector<ConfigMember> members;  ///< kObject, in the file's order, each name once
};

struct ConfigMember {
  std::string name;
  TextPlace place;  ///< of the name
  ConfigValue value;
};

/// "a number", "a text", "an object".
std::string_view describe(ConfigValue::Type type);

/// Reads JSON (RFC 8259) with // and /* */ comments and trailing commas. Refused, besides what is
/// malformed: a name twice in an object, nesting deeper than 8, text that is not UTF-8, and NUL.
/// Every error begins with "line:column: ".
base::Result<ConfigValue> parse_config_json(std::string_view text);

}  // namespace settings

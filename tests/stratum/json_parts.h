#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Where the values of a line stand, for tests that spoil one of them and leave the rest as it is.
namespace stratum {

/// A value inside a JSON text: its bytes [begin, end), and those that go when it is removed, with
/// its name and one comma.
struct JsonPart {
  enum class Kind { kNumber, kText, kWord, kArray, kObject };
  Kind kind = Kind::kWord;  ///< kWord: true, false, null
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t whole_begin = 0;
  std::size_t whole_end = 0;
  std::string name;  ///< of a member, as it is written; empty for an element
  int depth = 0;     ///< 1: of the outermost object
};

/// All values inside `line`, which must be JSON; the outermost not among them.
std::vector<JsonPart> json_parts(std::string_view line);

/// `line` with the value made `value`.
std::string replaced(const std::string& line, const JsonPart& part, std::string_view value);
/// `line` without the value.
std::string removed(const std::string& line, const JsonPart& part);

}  // namespace stratum

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

// The golden lines of golden/*.jsonl; golden/README.md has the format.
namespace stratum {

/// A line, and the reaction that it gets.
struct Golden {
  std::string name;
  std::string state;
  std::string line;      ///< with its newline
  std::string form;      ///< empty: a conforming peer may send it
  bool written = false;  ///< our own writer makes just this line
  std::vector<std::string> events;
  std::optional<int> error;
  std::string result;  ///< as JSON text; empty: none expected
  std::string over;    ///< empty: the session lives
};

/// All lines of a file, which must be readable.
std::vector<Golden> read_golden(const std::string& path);

/// Expects, of the test that calls, the answer (one line, or none) ..
void expect_answer(const Golden& golden, const std::string& output);
/// .. and the session's end, or its life.
void expect_status(const Golden& golden, const base::Status& status);

}  // namespace stratum

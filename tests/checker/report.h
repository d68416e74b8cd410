#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backends/api/device_info.h"
#include "base/result.h"
#include "tests/checker/checks.h"

namespace checker {

/// What came of one check.
struct Line {
  std::string name;
  std::string outcome;  ///< "ok", "FAILED" or "skipped"
  double seconds = 0;
  std::string note;
};

/// One device on one path.
struct Section {
  backends::DeviceInfo info;
  std::uint32_t group = 0;
  std::vector<Line> lines;
};

/// Prints what is found while it is found, and remembers it. One thread.
class Report {
 public:
  void begin(const backends::DeviceInfo& info, std::uint32_t group);

  /// Runs it and prints its line; first its name, so that one that hangs is known. -> not failed
  bool run(const Check& check, Stand& stand);

  /// A line that belongs to no device: a module that does not load, a path that is refused.
  void say(const std::string& text);
  /// The same, and a failure.
  void fail(const std::string& text);

  /// Prints the sums. -> something was checked, and nothing failed
  bool finish();

  /// All of it as one JSON object.
  std::string json() const;

 private:
  int count(std::string_view outcome) const;

  std::vector<Section> sections_;
  std::vector<std::string> remarks_;
  int failed_outside_ = 0;
};

/// Writes a file, or says why it could not.
base::Status write_file(const std::string& path, const std::string& text);

}  // namespace checker

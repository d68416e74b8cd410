#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace backends::hwmon {

/// The share of the processors' time that is not idle, of the kernel's counters in /proc/stat. One
/// thread.
class LoadMeter {
 public:
  /// The load since the call before, in percent; none at first, while the counters stand still, and
  /// when they went back. `stat`: the file, or its first line at least.
  std::optional<double> percent(std::string_view stat);

 private:
  struct Times {
    std::uint64_t idle;
    std::uint64_t all;
  };
  static std::optional<Times> times(std::string_view stat);

  std::optional<Times> last_;
};

}  // namespace backends::hwmon

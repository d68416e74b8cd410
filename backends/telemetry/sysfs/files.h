#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Reading what the kernel tells in /sys and /proc. A file that is not there, that may not be read,
// or that does not answer (a sensor of a card that sleeps: EIO, EINVAL, EPERM) has no value; so has
// one that holds something else than expected.
namespace backends::sysfs {

using Path = std::filesystem::path;

/// The file's first bytes, at most `most` of them. Takes one read of the file where that gives all.
std::optional<std::string> read_start(const Path& file, std::size_t most);

/// A file of one value, which the kernel keeps to a page, without the blanks at its end.
std::optional<std::string> read_text(const Path& file);

/// A whole number, and nothing else but blanks at the end.
std::optional<std::int64_t> read_integer(const Path& file);

/// How a sensor counts, and what it can say. Anything outside is a sentinel or a driver's mistake.
struct Scale {
  double units;  ///< so many of the file's units are one of ours
  double least;  ///< in ours
  double most;
};

/// A sensor's value in our units; none where it is out of its range.
std::optional<double> read_scaled(const Path& file, const Scale& scale);

/// An amount of memory in bytes, not negative and less than a pebibyte.
std::optional<std::uint64_t> read_bytes(const Path& file);

/// The names in a folder that are `prefix` and a number, by number: "card0", "card1", "card10", and
/// not "card0-DP-1". Empty when the folder cannot be read.
std::vector<std::string> numbered(const Path& folder, std::string_view prefix);

/// The value of a line "KEY=value" or "key : value" of a text; blanks around it do not count.
std::optional<std::string> value_of(std::string_view text, std::string_view key, char separator);

}  // namespace backends::sysfs

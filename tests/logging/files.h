#pragma once

#include <sys/resource.h>

#include <filesystem>
#include <string>
#include <vector>

// Files that the tests of logging/ write and look into.
namespace tests {

/// A new folder, removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  /// The path of a name in it.
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  /// Names of what is in it, sorted.
  std::vector<std::string> names() const;

 private:
  std::filesystem::path path_;
};

/// All bytes of a file; empty if it is not there.
std::string content(const std::string& path);
/// A text's lines, without their newlines.
std::vector<std::string> lines_of(const std::string& text);

/// While it lives no file of this process grows beyond `bytes`: as on a full disk, a write takes
/// what fits, and the next one fails.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes);
  ~FullDisk();
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

}  // namespace tests

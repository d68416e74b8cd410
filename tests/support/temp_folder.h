#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

// Files that live as long as a test.
namespace tests {

/// An empty folder of the test's own, removed at its end.
class TempFolder {
 public:
  TempFolder() {
    std::string name = testing::TempDir() + "sprint_files_XXXXXX";
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string path(const std::string& name) const { return path_ + "/" + name; }

  /// Writes a file, readable by its owner only, and returns its path.
  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    std::ofstream(path(name), std::ios::binary) << text;
    EXPECT_EQ(chmod(path(name).c_str(), mode), 0);
    return path(name);
  }
  /// Puts a new file in the place of another in one step, as most editors do.
  std::string rename_over(const std::string& name, const std::string& text) const {
    write("beside", text);
    EXPECT_EQ(std::rename(path("beside").c_str(), path(name).c_str()), 0);
    return path(name);
  }

 private:
  std::string path_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace tests

#include "tests/backends_opencl/bench.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace backends::opencl {

Folder::Folder() : path_(testing::TempDir() + "sprint_opencl_XXXXXX") {
  EXPECT_NE(mkdtemp(path_.data()), nullptr) << path_;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> Folder::names() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace backends::opencl

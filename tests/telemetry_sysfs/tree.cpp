#include "tests/telemetry_sysfs/tree.h"

#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

namespace tests {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534;

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
  }
}

/// The text with its escapes as what they mean, and a newline at its end.
std::string file_text(std::string text) {
  replace_all(text, "\\n", "\n");
  replace_all(text, "\\t", "\t");
  return text + "\n";
}

/// The bytes of "78 00 ff*4".
std::string bytes_of(const std::string& hex) {
  std::string out;
  std::istringstream words(hex);
  for (std::string word; words >> word;) {
    const std::size_t star = word.find('*');
    const int times = star == std::string::npos ? 1 : std::stoi(word.substr(star + 1));
    out.append(static_cast<std::size_t>(times),
               static_cast<char>(std::stoi(word.substr(0, 2), nullptr, 16)));
  }
  return out;
}

/// The two sides of a separator, if the line has it.
bool split(const std::string& line, const std::string& separator, std::string& left,
           std::string& right) {
  const std::size_t at = line.find(separator);
  if (at == std::string::npos) return false;
  left = line.substr(0, at);
  right = line.substr(at + separator.size());
  return true;
}

}  // namespace

Tree::Tree() {
  std::string name = (fs::path(testing::TempDir()) / "sysfs_XXXXXX").string();
  EXPECT_NE(mkdtemp(name.data()), nullptr);
  root_ = name;
  fs::permissions(root_, fs::perms(0755));  // for AsUser
}

Tree::~Tree() {
  std::error_code fault;
  fs::remove_all(root_, fault);
}

void Tree::add(const fs::path& manifest) {
  std::ifstream file(manifest);
  EXPECT_TRUE(file.is_open()) << manifest;
  std::string folder;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    if (line.front() == '[' && line.back() == ']') {
      folder = line.substr(1, line.size() - 2) + "/";
    } else {
      EXPECT_TRUE(add_line(folder, line)) << manifest << ": " << line;
    }
  }
}

bool Tree::add_line(const std::string& folder, const std::string& line) {
  std::string name;
  std::string value;
  if (split(line, " = ", name, value)) {
    write(folder + name, file_text(value));
  } else if (split(line, " -> ", name, value)) {
    link(folder + name, value);
  } else if (split(line, " hex ", name, value)) {
    write(folder + name, bytes_of(value));
  } else if (split(line, " ! ", name, value)) {
    fail(folder + name, value);
  } else {
    return false;
  }
  return true;
}

fs::path Tree::make_room(const std::string& file) {
  fs::path path = root_ / file;
  fs::create_directories(path.parent_path());
  fs::remove(path);
  return path;
}

void Tree::write(const std::string& file, const std::string& bytes) {
  std::ofstream out(make_room(file), std::ios::binary);
  out << bytes;
  EXPECT_TRUE(out.good()) << file;
}

void Tree::link(const std::string& file, const std::string& target) {
  fs::create_symlink(target, make_room(file));
}

void Tree::fail(const std::string& file, const std::string& fault) {
  if (fault == "EIO") {
    link(file, "/proc/self/mem");  // whose first bytes are no memory
  } else if (fault == "EACCES") {
    write(file, "1\n");
    fs::permissions(root_ / file, fs::perms::none);
  } else {
    ADD_FAILURE() << "no fault '" << fault << "'";
  }
}

void Tree::remove(const std::string& file) {
  EXPECT_GT(fs::remove_all(root_ / file), 0U) << file;
}

AsUser::AsUser() {
  setfsuid(kNobody);
}

AsUser::~AsUser() {
  setfsuid(geteuid());
}

}  // namespace tests

#pragma once

#include <filesystem>
#include <string>

namespace tests {

/// A folder with files as the kernel shows them, removed at the end. Its texts are recorded in
/// manifests:
///
///   # a comment
///   [devices/pci0000:00/0000:01:00.0]       what follows lies in there
///   vendor = 0x1002                         a file: the text and a newline; \n and \t as in C
///   gpu_metrics hex 78 00 01 03 ff*4        a file of bytes; the last one four times
///   device -> ../../0000:01:00.0            a link
///   hwmon/hwmon4/power1_average ! EIO       a file that opens and cannot be read
///   energy_uj ! EACCES                      one that only root may read (see AsUser)
class Tree {
 public:
  Tree();
  ~Tree();
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  const std::filesystem::path& root() const { return root_; }

  /// Adds what a manifest has; a line that it cannot read is a failed test.
  void add(const std::filesystem::path& manifest);
  /// Puts a file, a link or a fault in place of what is there.
  void write(const std::string& file, const std::string& bytes);
  void link(const std::string& file, const std::string& target);
  void fail(const std::string& file, const std::string& fault);
  /// Takes a file or a whole folder away.
  void remove(const std::string& file);

 private:
  std::filesystem::path make_room(const std::string& file);
  bool add_line(const std::string& folder, const std::string& line);

  std::filesystem::path root_;
};

/// While it lives, this thread opens files as a user without rights, also where the tests run as
/// root.
class AsUser {
 public:
  AsUser();
  ~AsUser();
  AsUser(const AsUser&) = delete;
  AsUser& operator=(const AsUser&) = delete;
};

}  // namespace tests

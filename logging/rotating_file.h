#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace logging {

/// A file of lines that moves aside when it is full: FILE is written to, FILE.1 is the newest of
/// the old ones. A line is never cut in two by that, and none is lost before its file is the
/// oldest and falls off the end. What is no regular file (a pipe, a device) is only written to.
///
/// One thread at a time. Errors name the file; after one the object can be used as before.
class RotatingFile {
 public:
  struct Limits {
    std::uint64_t bytes = 0;  ///< of one file, unless one line is longer; 0: it never moves
    std::uint32_t files = 1;  ///< FILE among them; of 1, a full one is emptied
  };

  /// Opens the file, or makes it (not its folder), and goes on behind what is in it.
  static base::Result<std::unique_ptr<RotatingFile>> open(const std::string& path, Limits limits);
  /// Whether `open` would work now; makes no file.
  static base::Status try_open(const std::string& path);
  ~RotatingFile();
  RotatingFile(const RotatingFile&) = delete;
  RotatingFile& operator=(const RotatingFile&) = delete;

  /// Whether `rotate` is due before a line of so many bytes.
  bool full_for(std::size_t bytes) const;
  /// Begins a new file. When that cannot be done the old one goes on, for as long again.
  base::Status rotate();
  /// Appends a line, its newline included: the whole of it or (on an error) nothing.
  base::Status write(std::string_view line);
  /// Opens FILE anew: somebody else moved it aside. When that cannot be done the old one goes on.
  base::Status reopen();

 private:
  RotatingFile(std::string path, Limits limits) : path_(std::move(path)), limits_(limits) {}
  base::Status empty();
  base::Status move_aside();
  std::string name(std::uint32_t number) const;
  base::Error fault(int error) const;

  const std::string path_;
  const Limits limits_;
  int fd_ = -1;
  bool regular_ = false;
  std::uint64_t size_ = 0;     // of FILE
  std::uint64_t full_at_ = 0;  // its size when it is to move
};

}  // namespace logging

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace backends::opencl {

/// Compiled programs on disk, a file each, named by its key. A file is taken only whole: its header
/// holds the key and a checksum; it is ours and a plain file. What is damaged or foreign counts as
/// not there. Nothing that fails here costs more than a compilation. Any thread.
class BinaryCache {
 public:
  /// In `folder`, which is made when something is stored; empty: keeps nothing.
  explicit BinaryCache(std::string folder) : folder_(std::move(folder)) {}

  const std::string& folder() const { return folder_; }

  /// Removes what was begun to be stored over a day ago and never was whole: its process is gone.
  void tidy() const;

  std::optional<std::vector<std::uint8_t>> load(const base::Bytes32& key) const;

  /// Writes beside the place and renames, so that a reader sees all of it or nothing. An empty
  /// binary is not stored.
  void store(const base::Bytes32& key, std::span<const std::uint8_t> binary) const;

 private:
  std::string path_of(const base::Bytes32& key) const;

  std::string folder_;
};

/// The folder that the option `cache` means: "off": none (empty); "": the user's, which
/// `environment` (like getenv) tells: $XDG_CACHE_HOME/sprintminer/opencl, else
/// $HOME/.cache/sprintminer/opencl, else none; else the text itself.
std::string cache_folder(const std::string& option,
                         const std::function<const char*(const char*)>& environment);

/// Whether the option `cache` can be meant: "", "off" or an absolute path.
base::Status check_cache_option(const std::string& option);

}  // namespace backends::opencl

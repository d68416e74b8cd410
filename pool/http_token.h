#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "pool/sprint.h"

namespace pool {

/// A file's only line as a token: 16..256 printable ASCII characters without blanks. Refused when
/// others than the file's owner may read it.
base::Result<std::string> read_http_token(const std::string& path);
/// A token that nobody knows yet.
base::Result<std::string> draw_http_token(const RandomSource& random);

/// A token in a file that nobody but its owner may read (mode 0600): who can read the file may
/// call. As long as this lives; any thread.
class CookieFile {
 public:
  /// Writes it beside its place and moves it there, so that nobody reads half of it.
  static base::Result<std::unique_ptr<CookieFile>> write(const std::string& path,
                                                         const std::string& token);
  /// Removes the file, if it is still the one that was written.
  ~CookieFile();
  CookieFile(const CookieFile&) = delete;
  CookieFile& operator=(const CookieFile&) = delete;

 private:
  CookieFile(std::string path, std::string token)
      : path_(std::move(path)), token_(std::move(token)) {}

  const std::string path_;
  const std::string token_;
};

}  // namespace pool

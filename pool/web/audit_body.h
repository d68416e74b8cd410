#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pool/http_reader.h"

namespace pool::web {

/// The name of a sprint's audit, made anew from the number and the six bytes that a text names if
/// it is a sprint's id: nothing of the text itself comes into a path. Else nothing.
std::optional<std::string> audit_file_name(std::string_view sprint);

/// A file's bytes, as long as it was when it was opened. One thread.
class AuditBody final : public HttpBody {
 public:
  /// Opens the audit of this name in a folder; null: there is none.
  static std::shared_ptr<AuditBody> open(const std::string& folder, const std::string& name);
  ~AuditBody() override;
  AuditBody(const AuditBody&) = delete;
  AuditBody& operator=(const AuditBody&) = delete;

  std::uint64_t size() const override { return size_; }
  std::string next() override;
  /// Another number where the file was replaced: a sprint that a killed pool credits again.
  std::uint64_t version() const { return version_; }

 private:
  AuditBody(int fd, std::uint64_t size, std::uint64_t version)
      : fd_(fd), size_(size), version_(version), left_(size) {}

  const int fd_;
  const std::uint64_t size_;
  const std::uint64_t version_;
  std::uint64_t left_;
};

}  // namespace pool::web

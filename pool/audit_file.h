#pragma once

#include <array>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "poc/sha256.h"
#include "pool/audit_line.h"
#include "pool/audit_record.h"

// An audit as a file: JSON lines, each written and read by itself. Source: the audit's page, "The
// file".
namespace pool {

constexpr std::string_view kAuditEnding = ".audit.jsonl";
constexpr std::string_view kAuditUnfinished = ".tmp";  ///< then, while it is being written

/// Writes `<sprint>.audit.jsonl` into a folder that is there. It stands there whole and durable, or
/// not at all; one of the same name is replaced. Returns its path; an error names it.
base::Result<std::string> write_audit(const AuditRecord& record, const std::string& folder);

/// Reads an audit line by line, in constant memory. Every line is checked by itself (form, ranges)
/// and in its place (order, counts, checksum); what the lines say of each other is `check_audit`'s.
/// One thread.
class AuditReader {
 public:
  /// `in` outlives this; errors begin with `name` and the line's number.
  AuditReader(std::istream& in, std::string name) : in_(in), name_(std::move(name)) {}

  /// The next line; nothing once the end was read and nothing follows it. After an error nothing
  /// more is to be asked.
  base::Result<std::optional<AuditLine>> next();

 private:
  base::Error fail(std::string_view what) const;
  /// The next line's text; nothing at the end of the file.
  base::Result<std::optional<std::string_view>> take_line();
  base::Status check_place(const AuditLine& line);
  base::Status check_end(const AuditEnd& end, std::string_view text);

  std::istream& in_;
  const std::string name_;
  std::array<char, kMaxAuditLineBytes + 2> buffer_{};
  std::size_t number_ = 0;                                              // of the line read last
  std::size_t kind_ = 0;                                                // of that line
  std::array<std::uint64_t, std::variant_size_v<AuditLine>> counts_{};  // of lines, by kind
  poc::Sha256 hash_;                                                    // over the lines so far
};

/// Reads a whole audit.
base::Result<AuditRecord> read_audit(std::istream& in, const std::string& name);
base::Result<AuditRecord> load_audit(const std::string& path);

}  // namespace pool

#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "pool/audit_record.h"

// The lines of an audit's file. Source: the audit's page, "The file".
namespace pool {

constexpr std::string_view kAuditFormat = "sprint-audit/1";
constexpr std::size_t kMaxAuditLineBytes = 4096;  ///< without its newline

/// The last line: how many lines of each kind stand before it, and the outcome.
struct AuditEnd {
  std::uint64_t leases = 0;
  std::uint64_t shares = 0;
  std::uint64_t credits = 0;
  AuditOutcome outcome;

  bool operator==(const AuditEnd&) const = default;
};

/// One line; the alternatives stand in the order that they have in a file.
using AuditLine = std::variant<AuditHeader, AuditLease, AuditShare, AuditCredit, AuditEnd>;

/// "verified", "wrong", "withdrawn", "unseen", "forfeited".
std::string_view audit_word(Share::State state);

// A line with its newline. That of the end lacks its checksum, which `seal` adds.
std::string to_line(const AuditHeader& header);
std::string to_line(const AuditLease& lease);
std::string to_line(const AuditShare& share);
std::string to_line(const AuditCredit& credit);
std::string to_line(const AuditEnd& end);

/// Reads a line without its newline, and checks every value's range. Members that the page does not
/// name are ignored. An error names the member.
base::Result<AuditLine> read_audit_line(std::string_view line);

// The last line's checksum covers all bytes of the file but those that `seal` adds: `,"sha256":"`,
// 64 digits, `"}` and the newline.
constexpr std::size_t kAuditSealBytes = 78;

/// What stands between the last line's other members and the file's end.
std::string seal(const base::Bytes32& checksum);

}  // namespace pool

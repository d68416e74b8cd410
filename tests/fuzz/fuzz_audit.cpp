// Whatever an audit's file holds: it is read or refused by file and line, and what was read can be
// counted again. With the first byte odd the last line gets its right checksum, so that what is
// behind that is met too.
#include <sstream>
#include <string>

#include "base/bytes.h"
#include "base/check.h"
#include "poc/keys.h"
#include "pool/audit_check.h"
#include "pool/audit_file.h"

namespace {

// The last line ends with `,"sha256":"`, the digits, a quote, a brace and a newline: 78 bytes.
constexpr std::size_t kBehindSums = 78;

std::string with_checksum(std::string text) {
  if (text.size() < kBehindSums) return text;
  text.resize(text.size() - kBehindSums);
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  return text + ",\"sha256\":\"" + base::to_hex(poc::sha256({bytes, text.size()})) + "\"}\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & 1) != 0) text = with_checksum(std::move(text));
  std::istringstream in(text);
  const auto record = pool::read_audit(in, "a.audit.jsonl");
  if (!record.ok()) {
    CHECK(record.message().starts_with("a.audit.jsonl:"));
    return 0;
  }
  for (const pool::AuditCheck& check : pool::check_audit_sums(*record)) CHECK(!check.name.empty());
  return 0;
}

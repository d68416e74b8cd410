#include "pool/audit_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

namespace pool {
namespace {

std::string system_words(int code) {
  return std::generic_category().message(code);
}

/// Puts a line where it belongs in the record.
struct Placing {
  AuditRecord& record;

  void operator()(AuditHeader& header) const { record.header = std::move(header); }
  void operator()(const AuditLease& lease) const { record.leases.push_back(lease); }
  void operator()(const AuditShare& share) const { record.shares.push_back(share); }
  void operator()(const AuditCredit& credit) const { record.credits.push_back(credit); }
  void operator()(const AuditEnd& end) const { record.outcome = end.outcome; }
};

constexpr std::size_t kEnd = std::variant_size_v<AuditLine> - 1;
static_assert(std::is_same_v<std::variant_alternative_t<kEnd, AuditLine>, AuditEnd>);

}  // namespace

base::Error AuditReader::fail(std::string_view what) const {
  return base::invalid(fmt::format("{}:{}: {}", base::printable(name_, 4096), number_, what));
}

base::Result<std::optional<std::string_view>> AuditReader::take_line() {
  in_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  const auto taken = static_cast<std::size_t>(in_.gcount());
  if (in_.eof() && taken == 0) return std::optional<std::string_view>();
  ++number_;
  if (in_.bad()) return fail("cannot be read");
  if (in_.fail() || taken > kMaxAuditLineBytes + 1) {
    return fail(fmt::format("longer than {} bytes", kMaxAuditLineBytes));
  }
  if (in_.eof()) return fail("no newline at its end: the file is cut");
  return std::optional(std::string_view(buffer_.data(), taken - 1));
}

base::Result<std::optional<AuditLine>> AuditReader::next() {
  ASSIGN_OR_RETURN(const auto text, take_line());
  const bool ended = number_ > 0 && kind_ == kEnd;
  if (!text) {
    if (ended) return std::optional<AuditLine>();
    ++number_;
    return fail("missing: the file is cut");
  }
  if (ended) return fail("something follows the last line");
  auto line = read_audit_line(*text);
  if (!line.ok()) return fail(line.message());
  RETURN_IF_ERROR(check_place(*line));
  if (const auto* end = std::get_if<AuditEnd>(&*line)) {
    RETURN_IF_ERROR(check_end(*end, *text));
  } else {
    hash_.update(text->data(), text->size());
    hash_.update("\n", 1);
  }
  return std::optional(std::move(line).value());
}

base::Status AuditReader::check_place(const AuditLine& line) {
  const std::size_t kind = line.index();
  if ((number_ == 1) != (kind == 0)) {
    return fail("not in its place: the line with the format is the first, and no other");
  }
  if (kind < kind_) {
    return fail("not in its place: leases come first, then shares, credits and the end");
  }
  kind_ = kind;
  ++counts_[kind];
  return base::Ok{};
}

base::Status AuditReader::check_end(const AuditEnd& end, std::string_view text) {
  if (end.leases != counts_[1] || end.shares != counts_[2] || end.credits != counts_[3]) {
    return fail(fmt::format("it counts {} leases, {} shares and {} credits; {}, {} and {} are here",
                            end.leases, end.shares, end.credits, counts_[1], counts_[2],
                            counts_[3]));
  }
  const std::size_t covered = text.size() + 1 - std::min(text.size() + 1, kAuditSealBytes);
  hash_.update(text.data(), covered);
  base::Bytes32 checksum{};
  hash_.finish(checksum.data());
  if (std::string(text.substr(covered)) + '\n' == seal(checksum)) return base::Ok{};
  return fail("sha256: not that of the lines before it: the file was changed");
}

base::Result<AuditRecord> read_audit(std::istream& in, const std::string& name) {
  AuditReader reader(in, name);
  AuditRecord record;
  while (true) {
    ASSIGN_OR_RETURN(auto line, reader.next());
    if (!line) return record;
    std::visit(Placing{record}, *line);
  }
}

base::Result<AuditRecord> load_audit(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return base::io_error(
        fmt::format("{}: cannot be opened: {}", base::printable(path, 4096), system_words(errno)));
  }
  return read_audit(in, path);
}

}  // namespace pool

#include "miner/spool_record.h"

#include <fmt/core.h>

#include <array>

#include "base/bytes.h"
#include "base/check.h"
#include "miner/crc32c.h"

namespace miner::spool {
namespace {

constexpr std::string_view kMagic = "sprintminer-spool";
constexpr std::string_view kVersion = "1";
constexpr std::size_t kMaxFields = 8;
constexpr std::size_t kSealBytes = 16;  // of " crc32c=" and eight digits

std::string sealed(std::string_view body) {
  return fmt::format("{} crc32c={:08x}", body, crc32c(body));
}

/// What is in front of a line's checksum, if that is right.
std::optional<std::string_view> unsealed(std::string_view line) {
  if (line.size() <= kSealBytes || line.size() > kMaxLineBytes) return std::nullopt;
  const std::string_view body = line.substr(0, line.size() - kSealBytes);
  if (sealed(body) != line) return std::nullopt;
  return body;
}

std::string escaped(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool plain = c > 0x20 && c < 0x7f && c != '\\';
    out += plain ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<std::uint8_t>(c));
  }
  return out;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text[0] != '\\') {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    if (text.size() < 4 || text[1] != 'x') return std::nullopt;
    const auto byte = base::u64_from_hex("00000000000000" + std::string(text.substr(2, 2)));
    if (!byte) return std::nullopt;
    out += static_cast<char>(*byte);
    text.remove_prefix(4);
  }
  return out;
}

std::string body_of(const Header& header) {
  CHECK(header.name.size() <= kMaxNameBytes);
  return fmt::format("{} {} {}", kMagic, kVersion, escaped(header.name));
}

std::string body_of(const Found& found) {
  const SpooledShare& share = found.share;
  return fmt::format("found {} {} {} {} {} {} {}", found.id, share.sprint, share.claim.lease,
                     base::to_hex(share.claim.nonce), base::to_hex(share.claim.digest),
                     share.difficulty, share.t_end.time_since_epoch().count());
}

std::string body_of(const Settled& settled) {
  return fmt::format("settled {}", settled.id);
}

/// The words of a line, one blank between each; at most kMaxFields + 1 are counted.
struct Fields {
  explicit Fields(std::string_view text) {
    while (count <= kMaxFields) {
      const std::size_t blank = text.find(' ');
      words.at(count++) = text.substr(0, blank);
      if (blank == std::string_view::npos) break;
      text.remove_prefix(blank + 1);
    }
  }
  std::array<std::string_view, kMaxFields + 1> words;
  std::size_t count = 0;
};

/// Without leading zeros, as it is written.
std::optional<std::uint64_t> decimal(std::string_view text, std::uint64_t max = UINT64_MAX) {
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  return base::u64_from_decimal(text, max);
}

std::optional<SpoolId> id_from(std::string_view text) {
  const auto id = decimal(text);
  if (!id || *id == 0) return std::nullopt;
  return id;
}

std::optional<Record> header_from(const Fields& fields) {
  const auto& words = fields.words;
  if (fields.count != 3 || words[1] != kVersion) return std::nullopt;
  auto name = unescaped(words[2]);
  if (!name || name->size() > kMaxNameBytes || escaped(*name) != words[2]) return std::nullopt;
  return Header{std::move(*name)};
}

std::optional<Record> found_from(const Fields& fields) {
  const auto& words = fields.words;
  if (fields.count != 8 || !stratum::is_sprint_id(words[2])) return std::nullopt;
  const auto id = id_from(words[1]);
  const auto lease = decimal(words[3], stratum::kMaxInteger);
  const auto nonce = base::u64_from_hex(words[4]);
  const auto digest = base::bytes32_from_hex(words[5]);
  const auto difficulty = decimal(words[6], stratum::kMaxInteger);
  const auto t_end = decimal(words[7], stratum::kMaxInteger);
  if (!id || !lease || !nonce || !digest || !difficulty || *difficulty == 0 || !t_end) {
    return std::nullopt;
  }
  const base::UnixTime end{base::Micros(static_cast<std::int64_t>(*t_end))};
  return Found{*id, {std::string(words[2]), {*lease, *nonce, *digest}, *difficulty, end}};
}

std::optional<Record> settled_from(const Fields& fields) {
  if (fields.count != 2) return std::nullopt;
  const auto id = id_from(fields.words[1]);
  if (!id) return std::nullopt;
  return Settled{*id};
}

}  // namespace

std::string to_text(const Record& record) {
  const std::string body = std::visit([](const auto& each) { return body_of(each); }, record);
  const bool is_first = std::holds_alternative<Header>(record);
  return (is_first ? "" : "\n") + sealed(body) + "\n";
}

std::optional<Record> from_line(std::string_view line) {
  const auto body = unsealed(line);
  if (!body) return std::nullopt;
  const Fields fields(*body);
  if (fields.words[0] == kMagic) return header_from(fields);
  if (fields.words[0] == "found") return found_from(fields);
  if (fields.words[0] == "settled") return settled_from(fields);
  return std::nullopt;
}

}  // namespace miner::spool

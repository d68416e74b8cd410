#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "miner/spool.h"

// One record of a spool file and its text: pure functions. The file is text, so that a person can
// read it; each record is a line with a checksum at its end:
//
//   sprintminer-spool 1 NAME crc32c=XXXXXXXX
//
//   found ID SPRINT LEASE NONCE DIGEST DIFFICULTY T_END crc32c=XXXXXXXX
//
//   settled ID crc32c=XXXXXXXX
//
// NONCE, DIGEST and checksum are hexadecimal, T_END is in microseconds since 1970, NAME has \xNN
// for all but printable ASCII without blank and '\'. Empty lines mean nothing: a record begins with
// one, so that what a failed write or a bad sector left in front of it costs no second record.
namespace miner::spool {

/// A longer line is no record; without its newline.
constexpr std::size_t kMaxLineBytes = 4096;
/// Of a pool.
constexpr std::size_t kMaxNameBytes = 900;

/// The first record: whose shares these are.
struct Header {
  std::string name;  ///< at most kMaxNameBytes
  bool operator==(const Header&) const = default;
};
/// A share was found. Ids are unique in their file.
struct Found {
  SpoolId id = 0;
  SpooledShare share;
  bool operator==(const Found&) const = default;
};
/// The fate of the share with this id is known.
struct Settled {
  SpoolId id = 0;
  bool operator==(const Settled&) const = default;
};
using Record = std::variant<Header, Found, Settled>;

/// The record as it is written: its line, with an empty one in front of it unless it is a header.
std::string to_text(const Record& record);

/// Reads a line without its newline. Nothing when its checksum is wrong, or a field is not what
/// `to_text` writes or not in its range.
std::optional<Record> from_line(std::string_view line);

}  // namespace miner::spool

#pragma once

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "stratum/messages.h"

// JSON as the protocol page allows it ("Framing and values"), on top of RapidJSON. Only the codec
// and the sessions' sources include this, and the pool's audits and status pages.
namespace stratum::json {

/// More members than this in one object are refused.
constexpr std::size_t kMaxMembers = 64;

/// A place in a Document, with the name that its errors are told under (a literal). What is asked
/// of it is checked in full: the value, or an Error like "t0: not an integer in
/// 0..9007199254740991". No error holds text of the peer's. Lives as long as the Document.
class Field {
 public:
  Field(const rapidjson::Value* value, std::string_view name) : value_(value), name_(name) {}

  /// There, and not null.
  bool present() const { return value_ != nullptr && !value_->IsNull(); }
  bool is_object() const { return value_ != nullptr && value_->IsObject(); }
  bool is_array() const { return value_ != nullptr && value_->IsArray(); }

  /// A member of an object; not present if there is none, or if this is no object.
  Field at(std::string_view member) const;
  /// An element of an array, to be told as `name`; not present beyond the end, or if this is no
  /// array.
  Field at(std::size_t index, std::string_view name) const;

  /// Digits only: a sign, a fraction or an exponent is refused whatever its value.
  base::Result<std::uint64_t> integer(std::uint64_t min = 0, std::uint64_t max = kMaxInteger) const;
  /// How far an integer is below 0, 1..2^53-1: codes of JSON-RPC alone have a sign.
  base::Result<std::uint64_t> negative() const;
  base::Result<std::uint32_t> small_integer(std::uint32_t min = 0,
                                            std::uint32_t max = UINT32_MAX) const;
  base::Result<bool> boolean() const;
  /// UTF-8 without NUL, at most `max_bytes`.
  base::Result<std::string> text(std::size_t max_bytes) const;
  /// 64 lower-case hexadecimal digits.
  base::Result<base::Bytes32> hash() const;
  /// 16 lower-case hexadecimal digits.
  base::Result<std::uint64_t> nonce() const;
  /// Microseconds since 1970.
  base::Result<base::UnixTime> time() const;
  base::Result<std::string> sprint() const;
  /// 1..max printable ASCII characters.
  base::Result<std::string> ascii(std::size_t max) const;
  /// The number of elements of an array of at most `max`.
  base::Result<std::size_t> array_size(std::size_t max) const;

 private:
  base::Error fail(std::string_view what) const;

  const rapidjson::Value* value_;
  std::string_view name_;
};

/// One parsed line. Small lines are parsed without touching the heap for their values.
class Document {
 public:
  Document();
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  /// Takes one line. Refused, besides what is not JSON (RFC 8259): nesting deeper than 8, text that
  /// is not UTF-8, NUL even as \u0000, a byte order mark, more than 64 members in an object, and a
  /// name that occurs twice in an object, since peers differ in which one counts. Parsing is
  /// iterative, the stack does not grow with the input. At most once.
  base::Status parse(std::string_view line);

  Field root() const { return {&document_, "message"}; }

 private:
  alignas(std::max_align_t) std::array<char, 4096> values_;
  rapidjson::MemoryPoolAllocator<> allocator_;
  rapidjson::Document document_;
};

/// Writes one line, left to right. Keys and values alternate inside objects, as the caller calls.
class LineWriter {
 public:
  LineWriter& begin_object();
  LineWriter& end_object();
  LineWriter& begin_array();
  LineWriter& end_array();
  LineWriter& key(std::string_view name);
  /// Must be UTF-8.
  LineWriter& text(std::string_view value);
  LineWriter& integer(std::uint64_t value);
  /// An integer that is so far below 0.
  LineWriter& negative(std::uint64_t below);
  LineWriter& boolean(bool value);
  LineWriter& null();
  LineWriter& hash(const base::Bytes32& value) { return text(base::to_hex(value)); }
  LineWriter& nonce(std::uint64_t value) { return text(base::to_hex(value)); }
  LineWriter& time(base::UnixTime value);

  /// The finished line with its newline.
  std::string line() const;

 private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

}  // namespace stratum::json

// What we take for JSON another reader takes as well, and finds the same in it; our limits hold for
// all that is taken; what we refuse is refused in words of our own.
#include <rapidjson/document.h>

#include <string>

#include "base/check.h"
#include "stratum/json.h"

namespace {

using stratum::json::Document;
using stratum::json::Field;
using stratum::json::LineWriter;

constexpr std::size_t kNoLimit = std::size_t{1} << 30;

std::string text_of(const rapidjson::Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

void check_text(const Field& field, const std::string& text) {
  const auto read = field.text(kNoLimit);
  CHECK(read && *read == text);
  CHECK(base::is_utf8(text) && text.find('\0') == std::string::npos);
  const auto nonce = field.nonce();
  CHECK(!nonce || base::to_hex(*nonce) == text);
  const auto hash = field.hash();
  CHECK(!hash || base::to_hex(*hash) == text);
  const auto sprint = field.sprint();
  CHECK(!sprint || (*sprint == text && text.size() <= 32));
  CHECK(!field.integer() && !field.boolean());
}

void check_number(const Field& field, const rapidjson::Value& value) {
  const auto read = field.integer();
  CHECK(!read || (value.IsUint64() && value.GetUint64() == *read && *read <= stratum::kMaxInteger));
  if (value.IsUint64() && value.GetUint64() > 0 && value.GetUint64() <= stratum::kMaxInteger) {
    CHECK(read);  // a zero may be "-0", which is none
  }
  CHECK(!field.text(kNoLimit) && !field.hash() && !field.nonce());
  CHECK(field.time().ok() == read.ok());
}

/// Walks both readers' values side by side, and writes what it sees.
void check_same(const Field& field, const rapidjson::Value& value, int depth, LineWriter& out) {
  if (value.IsObject()) {
    CHECK(field.is_object() && depth < stratum::kMaxDepth);
    CHECK(value.MemberCount() <= stratum::json::kMaxMembers);
    out.begin_object();
    for (const auto& member : value.GetObject()) {
      const std::string name = text_of(member.name);
      out.key(name);
      check_same(field.at(name), member.value, depth + 1, out);
    }
    out.end_object();
  } else if (value.IsArray()) {
    CHECK(field.is_array() && depth < stratum::kMaxDepth);
    CHECK(field.array_size(value.Size()).ok() && !field.at(value.Size(), "end").present());
    out.begin_array();
    for (rapidjson::SizeType i = 0; i < value.Size(); ++i) {
      check_same(field.at(i, "element"), value[i], depth + 1, out);
    }
    out.end_array();
  } else if (value.IsString()) {
    check_text(field, text_of(value));
    out.text(text_of(value));
  } else if (value.IsNumber()) {
    check_number(field, value);
    out.integer(value.IsUint64() ? value.GetUint64() : 0);
  } else {
    CHECK(field.present() == !value.IsNull());
    CHECK(!value.IsBool() || field.boolean().value() == value.GetBool());
    value.IsBool() ? out.boolean(value.GetBool()) : out.null();
  }
}

void check_taken(std::string_view text, const Document& document) {
  rapidjson::Document other;
  other.Parse(text.data(), text.size());
  CHECK(!other.HasParseError());
  LineWriter out;
  check_same(document.root(), other, 0, out);
  Document again;
  CHECK(again.parse(out.line()).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  Document document;
  const auto parsed = document.parse(text);
  if (parsed.ok()) {
    check_taken(text, document);
  } else {
    CHECK(!parsed.message().empty() && parsed.message().size() < 200);
    for (const char c : parsed.message()) CHECK(c >= 0x20 && c < 0x7f);
  }
  Document among_blanks;
  CHECK(among_blanks.parse(" \t\r\n" + text + " ").ok() == parsed.ok());
  Document with_nul;
  CHECK(!with_nul.parse(text + '\0').ok());
  return 0;
}

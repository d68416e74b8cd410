#include "stratum/json.h"

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace stratum::json {
namespace {

/// Hands the reader's events on to the document while they keep to our limits; the first that does
/// not ends the parse, and `broken_limit` says why.
class LimitedHandler {
 public:
  using Ch = char;
  explicit LimitedHandler(rapidjson::Document& document) : document_(document) {}

  // NOLINTBEGIN(readability-identifier-naming): the names are RapidJSON's
  bool Null() { return document_.Null(); }
  bool Bool(bool b) { return document_.Bool(b); }
  // RapidJSON tells numbers with a sign as Int: to us they are as little integers as fractions are.
  bool Int(int i) { return document_.Double(i); }
  bool Int64(std::int64_t i) { return document_.Double(static_cast<double>(i)); }
  bool Uint(unsigned i) { return document_.Uint(i); }
  bool Uint64(std::uint64_t i) { return document_.Uint64(i); }
  bool Double(double d) { return document_.Double(d); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool copy) {
    return document_.RawNumber(text, length, copy);
  }
  bool String(const char* text, rapidjson::SizeType length, bool copy) {
    return good_text({text, length}) && document_.String(text, length, copy);
  }
  bool Key(const char* text, rapidjson::SizeType length, bool copy) {
    return good_text({text, length}) && document_.Key(text, length, copy);
  }
  bool StartObject() { return deeper() && document_.StartObject(); }
  bool EndObject(rapidjson::SizeType members) {
    --depth_;
    return document_.EndObject(members);
  }
  bool StartArray() { return deeper() && document_.StartArray(); }
  bool EndArray(rapidjson::SizeType elements) {
    --depth_;
    return document_.EndArray(elements);
  }
  // NOLINTEND(readability-identifier-naming)

  const char* broken_limit() const { return broken_limit_; }

 private:
  bool deeper() {
    if (++depth_ <= kMaxDepth) return true;
    broken_limit_ = "nested deeper than 8";
    return false;
  }

  /// On the decoded text, so that lone surrogates written as \u.... are seen too.
  bool good_text(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) broken_limit_ = "a NUL in a text";
    if (!base::is_utf8(text)) broken_limit_ = "not UTF-8";
    return broken_limit_ == nullptr;
  }

  rapidjson::Document& document_;
  int depth_ = 0;
  const char* broken_limit_ = nullptr;
};

std::string_view view(const rapidjson::Value& text) {
  return {text.GetString(), text.GetStringLength()};
}

base::Status check_members(const rapidjson::Value& object) {
  if (object.MemberCount() > kMaxMembers) return base::invalid("more than 64 members in an object");
  std::array<std::string_view, kMaxMembers> names;
  std::size_t count = 0;
  for (const auto& member : object.GetObject()) names[count++] = view(member.name);
  std::sort(names.begin(), names.begin() + count);
  if (std::adjacent_find(names.begin(), names.begin() + count) != names.begin() + count) {
    return base::invalid("a name twice in an object");
  }
  return base::Ok{};
}

/// Checks every object in `root`, which is at most kMaxDepth deep.
base::Status check_objects(const rapidjson::Value& root) {
  if (root.IsArray()) {
    for (const auto& element : root.GetArray()) RETURN_IF_ERROR(check_objects(element));
  }
  if (!root.IsObject()) return base::Ok{};
  RETURN_IF_ERROR(check_members(root));
  for (const auto& member : root.GetObject()) RETURN_IF_ERROR(check_objects(member.value));
  return base::Ok{};
}

rapidjson::SizeType length_of(std::string_view text) {
  return static_cast<rapidjson::SizeType>(text.size());
}

}  // namespace

Document::Document()
    : allocator_(values_.data(), values_.size(), values_.size()), document_(&allocator_) {}

base::Status Document::parse(std::string_view line) {
  // The reader would take a NUL for the end of its input.
  if (line.find('\0') != std::string_view::npos) return base::invalid("a NUL byte");
  LimitedHandler handler(document_);
  rapidjson::MemoryStream stream(line.data(), line.size());
  rapidjson::Reader reader;
  rapidjson::ParseResult result;
  auto generate = [&](rapidjson::Document&) {
    result = reader.Parse<rapidjson::kParseIterativeFlag>(stream, handler);
    return !result.IsError();
  };
  document_.Populate(generate);
  if (handler.broken_limit() != nullptr) return base::invalid(handler.broken_limit());
  if (result.IsError()) {
    return base::invalid(fmt::format("not JSON at byte {}: {}", result.Offset(),
                                     rapidjson::GetParseError_En(result.Code())));
  }
  return check_objects(document_);
}

base::Error Field::fail(std::string_view what) const {
  return base::invalid(fmt::format("{}: {}", name_, value_ == nullptr ? "missing" : what));
}

Field Field::at(std::string_view member) const {
  if (!is_object()) return {nullptr, member};
  const auto found =
      value_->FindMember(rapidjson::Value(rapidjson::StringRef(member.data(), member.size())));
  return {found == value_->MemberEnd() ? nullptr : &found->value, member};
}

Field Field::at(std::size_t index, std::string_view name) const {
  const bool there = is_array() && index < value_->Size();
  return {there ? &(*value_)[static_cast<rapidjson::SizeType>(index)] : nullptr, name};
}

base::Result<std::uint64_t> Field::integer(std::uint64_t min, std::uint64_t max) const {
  if (value_ != nullptr && value_->IsUint64()) {
    const std::uint64_t value = value_->GetUint64();
    if (value >= min && value <= max) return value;
  }
  return fail(fmt::format("not an integer in {}..{}", min, max));
}

base::Result<std::uint64_t> Field::negative() const {
  if (value_ != nullptr && value_->IsDouble()) {  // what has a sign, as LimitedHandler takes it
    const double below = -value_->GetDouble();
    if (below >= 1 && below <= static_cast<double>(kMaxInteger) && below == std::floor(below)) {
      return static_cast<std::uint64_t>(below);
    }
  }
  return fail("not a negative integer");
}

base::Result<std::uint32_t> Field::small_integer(std::uint32_t min, std::uint32_t max) const {
  ASSIGN_OR_RETURN(const std::uint64_t value, integer(min, max));
  return static_cast<std::uint32_t>(value);
}

base::Result<bool> Field::boolean() const {
  if (value_ == nullptr || !value_->IsBool()) return fail("not true or false");
  return value_->GetBool();
}

base::Result<std::string> Field::text(std::size_t max_bytes) const {
  if (value_ == nullptr || !value_->IsString()) return fail("not a text");
  if (value_->GetStringLength() > max_bytes) {
    return fail(fmt::format("longer than {} bytes", max_bytes));
  }
  return std::string(view(*value_));
}

base::Result<base::Bytes32> Field::hash() const {
  if (value_ != nullptr && value_->IsString()) {
    if (const auto hash = base::bytes32_from_hex(view(*value_))) return *hash;
  }
  return fail("not 64 lower-case hexadecimal digits");
}

base::Result<std::uint64_t> Field::nonce() const {
  if (value_ != nullptr && value_->IsString()) {
    if (const auto nonce = base::u64_from_hex(view(*value_))) return *nonce;
  }
  return fail("not 16 lower-case hexadecimal digits");
}

base::Result<base::UnixTime> Field::time() const {
  ASSIGN_OR_RETURN(const std::uint64_t micros, integer());
  return base::UnixTime(base::Micros(static_cast<std::int64_t>(micros)));
}

base::Result<std::string> Field::sprint() const {
  if (value_ != nullptr && value_->IsString() && is_sprint_id(view(*value_))) {
    return std::string(view(*value_));
  }
  return fail("not a sprint's id, 1..32 of [a-z0-9-]");
}

base::Result<std::string> Field::ascii(std::size_t max) const {
  if (value_ != nullptr && value_->IsString() && is_ascii_name(view(*value_), max)) {
    return std::string(view(*value_));
  }
  return fail(fmt::format("not 1..{} printable ASCII characters", max));
}

base::Result<std::size_t> Field::array_size(std::size_t max) const {
  if (!is_array()) return fail("not an array");
  if (value_->Size() > max) return fail(fmt::format("more than {} elements", max));
  return std::size_t{value_->Size()};
}

LineWriter& LineWriter::begin_object() {
  writer_.StartObject();
  return *this;
}

LineWriter& LineWriter::end_object() {
  writer_.EndObject();
  return *this;
}

LineWriter& LineWriter::begin_array() {
  writer_.StartArray();
  return *this;
}

LineWriter& LineWriter::end_array() {
  writer_.EndArray();
  return *this;
}

LineWriter& LineWriter::key(std::string_view name) {
  writer_.Key(name.data(), length_of(name));
  return *this;
}

LineWriter& LineWriter::text(std::string_view value) {
  // RapidJSON does not take a null pointer, which an empty view may hold.
  writer_.String(value.empty() ? "" : value.data(), length_of(value));
  return *this;
}

LineWriter& LineWriter::integer(std::uint64_t value) {
  writer_.Uint64(value);
  return *this;
}

LineWriter& LineWriter::negative(std::uint64_t below) {
  writer_.Int64(-static_cast<std::int64_t>(below));
  return *this;
}

LineWriter& LineWriter::boolean(bool value) {
  writer_.Bool(value);
  return *this;
}

LineWriter& LineWriter::null() {
  writer_.Null();
  return *this;
}

LineWriter& LineWriter::time(base::UnixTime value) {
  return integer(static_cast<std::uint64_t>(value.time_since_epoch().count()));
}

std::string LineWriter::line() const {
  return std::string(buffer_.GetString(), buffer_.GetSize()) + '\n';
}

}  // namespace stratum::json

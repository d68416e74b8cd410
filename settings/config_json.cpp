#include "settings/config_json.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"

namespace settings {
namespace {

constexpr std::size_t kMaxDepth = 8;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

TextPlace place_at(std::string_view text, std::size_t offset) {
  TextPlace place;
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++place.line;
      place.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {  // not inside a character
      ++place.column;
    }
  }
  return place;
}

/// Places of rising offsets, each character looked at once.
class PlaceFinder {
 public:
  explicit PlaceFinder(std::string_view text) : text_(text) {}

  TextPlace at(std::size_t offset) {
    const TextPlace more = place_at(text_.substr(from_), offset - from_);
    from_ = offset;
    if (more.line > 1) {
      last_ = {last_.line + more.line - 1, more.column};
    } else {
      last_.column += more.column - 1;
    }
    return last_;
  }

 private:
  const std::string_view text_;
  std::size_t from_ = 0;
  TextPlace last_;
};

/// Builds the tree from the reader's events; the first that does not keep to our limits ends the
/// parse, and `broken` says why.
class TreeBuilder {
 public:
  using Ch = char;
  using Type = ConfigValue::Type;
  TreeBuilder(std::string_view text, const rapidjson::MemoryStream& stream)
      : text_(text), stream_(stream), places_(text) {}

  // NOLINTBEGIN(readability-identifier-naming): the names are RapidJSON's
  bool Null() { return scalar(Type::kNull, "null"); }
  bool Bool(bool b) { return scalar(Type::kBoolean, b ? "true" : "false"); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    return scalar(Type::kNumber, {text, length});
  }
  // Numbers come as text.
  bool Int(int) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint(unsigned) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    const std::size_t begin = string_begin();
    if (!good_text({text, length}, begin)) return false;
    put({Type::kText, std::string(text, length), places_.at(begin), {}, {}});
    return true;
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    const std::size_t begin = string_begin();
    if (!good_text({text, length}, begin)) return false;
    return new_member(std::string(text, length), places_.at(begin));
  }
  bool StartObject() { return open(Type::kObject); }
  bool StartArray() { return open(Type::kArray); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool EndArray(rapidjson::SizeType) { return close(); }
  // NOLINTEND(readability-identifier-naming)

  const std::optional<std::string>& broken() const { return broken_; }
  ConfigValue take() { return std::move(root_); }

 private:
  bool scalar(Type type, std::string_view text) {
    put({type, std::string(text), places_.at(stream_.Tell() - text.size()), {}, {}});
    return true;
  }

  /// The stream stands behind the closing quote; inside a string a quote has a backslash, and an
  /// odd number of them, before it.
  std::size_t string_begin() const {
    std::size_t at = stream_.Tell() - 1;
    for (;;) {
      at = text_.rfind('"', at - 1);
      std::size_t backslashes = 0;
      while (backslashes < at && text_[at - 1 - backslashes] == '\\') ++backslashes;
      if (backslashes % 2 == 0) return at;
    }
  }

  /// On the decoded text, so that a lone surrogate written as \u.... is seen too.
  bool good_text(std::string_view text, std::size_t begin) {
    if (text.find('\0') != std::string_view::npos) return refuse(begin, "a NUL in a text");
    return base::is_utf8(text) || refuse(begin, "a text that is not UTF-8");
  }

  bool refuse(std::size_t offset, const std::string& what) {
    broken_ = place_at(text_, offset).text() + ": " + what;
    return false;
  }

  bool new_member(std::string name, TextPlace place) {
    std::vector<ConfigMember>& members = open_.back()->members;
    const auto first =
        std::find_if(members.begin(), members.end(),
                     [&](const ConfigMember& member) { return member.name == name; });
    if (first == members.end()) {
      members.push_back({std::move(name), place, {}});
      return true;
    }
    broken_ = place.text() + ": '" + base::printable(name, 64) + "' is there twice, first at " +
              first->place.text();
    return false;
  }

  /// Where the next value belongs.
  ConfigValue& put(ConfigValue value) {
    if (open_.empty()) return root_ = std::move(value);
    ConfigValue& parent = *open_.back();
    if (parent.type == Type::kObject) return parent.members.back().value = std::move(value);
    return parent.elements.emplace_back(std::move(value));
  }

  bool open(Type type) {
    // RapidJSON tells of a bracket before it takes it, or after, as its parsers differ.
    const char bracket = type == Type::kObject ? '{' : '[';
    const std::size_t here = stream_.Tell();
    const std::size_t begin = here < text_.size() && text_[here] == bracket ? here : here - 1;
    if (open_.size() == kMaxDepth) return refuse(begin, "nested deeper than 8");
    // What is open does not move: only the last of a list grows.
    open_.push_back(&put({type, "", places_.at(begin), {}, {}}));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  const std::string_view text_;
  const rapidjson::MemoryStream& stream_;
  PlaceFinder places_;
  ConfigValue root_;
  std::vector<ConfigValue*> open_;  // the arrays and objects around the next value
  std::optional<std::string> broken_;
};

std::string without_stop(std::string text) {
  if (!text.empty() && text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

std::string_view describe(ConfigValue::Type type) {
  switch (type) {
    case ConfigValue::Type::kNull:
      return "null";
    case ConfigValue::Type::kBoolean:
      return "true or false";
    case ConfigValue::Type::kNumber:
      return "a number";
    case ConfigValue::Type::kText:
      return "a text";
    case ConfigValue::Type::kArray:
      return "an array";
    case ConfigValue::Type::kObject:
      break;
  }
  return "an object";
}

base::Result<ConfigValue> parse_config_json(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  // The reader would take a NUL for the end of its input.
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) {
    return base::invalid(place_at(text, nul).text() + ": a NUL byte");
  }
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseCommentsFlag |
                              rapidjson::kParseTrailingCommasFlag |
                              rapidjson::kParseNumbersAsStringsFlag |
                              rapidjson::kParseValidateEncodingFlag;
  rapidjson::MemoryStream stream(text.data(), text.size());
  TreeBuilder builder(text, stream);
  rapidjson::Reader reader;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, builder);
  if (builder.broken()) return base::invalid(*builder.broken());
  if (result.IsError()) {
    return base::invalid(place_at(text, std::min(result.Offset(), text.size())).text() + ": " +
                         without_stop(rapidjson::GetParseError_En(result.Code())));
  }
  return builder.take();
}

}  // namespace settings

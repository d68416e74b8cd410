#include "tests/stratum/json_parts.h"

#include <utility>

#include "base/check.h"

namespace stratum {
namespace {

/// Walks a text that is known to be JSON.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::vector<JsonPart> run() {
    skip_blanks();
    value(0);
    return std::move(parts_);
  }

 private:
  char here() const {
    CHECK(at_ < text_.size());
    return text_[at_];
  }
  void skip_blanks() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string::npos) {
      ++at_;
    }
  }
  bool skip(char c) {
    skip_blanks();
    if (here() != c) return false;
    ++at_;
    skip_blanks();
    return true;
  }

  std::string_view string() {
    const std::size_t begin = ++at_;
    for (; here() != '"'; ++at_) at_ += here() == '\\' ? 1u : 0u;
    return text_.substr(begin, at_++ - begin);
  }

  JsonPart::Kind value(int depth) {
    switch (here()) {
      case '{':
        return container('}', depth), JsonPart::Kind::kObject;
      case '[':
        return container(']', depth), JsonPart::Kind::kArray;
      case '"':
        return string(), JsonPart::Kind::kText;
      default:
        break;
    }
    const bool number = here() == '-' || (here() >= '0' && here() <= '9');
    at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
    return number ? JsonPart::Kind::kNumber : JsonPart::Kind::kWord;
  }

  void container(char close, int depth) {
    ++at_;
    skip_blanks();
    std::size_t comma = std::string::npos;  // before the next part
    while (!skip(close)) {
      JsonPart part;
      part.depth = depth + 1;
      part.whole_begin = at_;
      if (close == '}') {
        part.name = string();
        CHECK(skip(':'));
      }
      part.begin = at_;
      part.kind = value(depth + 1);
      part.end = part.whole_end = at_;
      const std::size_t after = (skip_blanks(), at_);
      if (skip(',')) {
        part.whole_end = after + 1;
      } else if (comma != std::string::npos) {
        part.whole_begin = comma;
      }
      comma = after;
      parts_.push_back(std::move(part));
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<JsonPart> parts_;
};

}  // namespace

std::vector<JsonPart> json_parts(std::string_view line) {
  return Scanner(line).run();
}

std::string replaced(const std::string& line, const JsonPart& part, std::string_view value) {
  return line.substr(0, part.begin) + std::string(value) + line.substr(part.end);
}

std::string removed(const std::string& line, const JsonPart& part) {
  return line.substr(0, part.whole_begin) + line.substr(part.whole_end);
}

}  // namespace stratum

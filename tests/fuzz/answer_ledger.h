#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/check.h"
#include "stratum/codec.h"
#include "stratum/json.h"

/// Holds what a pool answers against what it was asked: by the id, each line once. Reads the stream
/// by itself, so that a line the session loses or answers twice is seen.
class AnswerLedger {
 public:
  /// Bytes that the session is given. `on_line(line)` is called for each line that is a message.
  template <class OnLine>
  void asked(std::string_view bytes, OnLine on_line) {
    pending_ += bytes;
    std::size_t begin = 0;
    for (std::size_t end; (end = pending_.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
      take_line(std::string_view(pending_).substr(begin, end - begin), on_line);
    }
    pending_.erase(0, begin);
  }

  /// The session may say once more why it ends.
  void ended() { ++open_["null"]; }

  /// What the session sends, in whole lines.
  void answered(std::string_view output) {
    while (!output.empty()) {
      const std::size_t newline = output.find('\n');
      CHECK(newline != std::string_view::npos && newline <= stratum::kMaxLineBytes);
      take_answer(output.substr(0, newline));
      output.remove_prefix(newline + 1);
    }
  }

  /// Lines without an answer.
  int open() const {
    int sum = 0;
    for (const auto& [id, count] : open_) sum += count;
    return sum;
  }
  std::size_t lines() const { return lines_; }

 private:
  static std::string id_of(const stratum::json::Field& message) {
    const auto id = message.at("id").integer();
    return id ? std::to_string(*id) : "null";
  }

  template <class OnLine>
  void take_line(std::string_view line, OnLine on_line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) return;
    ++lines_;
    stratum::json::Document document;
    if (!document.parse(line).ok()) return;  // ends the session: `ended`
    const stratum::json::Field root = document.root();
    const bool answer = root.is_object() && !root.at("method").present() &&
                        (root.at("result").present() || root.at("error").present());
    if (answer) return;
    ++open_[id_of(root)];
    on_line(root);
  }

  void take_answer(std::string_view line) {
    stratum::json::Document document;
    CHECK(document.parse(line).ok());
    const stratum::json::Field root = document.root();
    if (root.at("method").present()) return;  // a notice, or a ping
    CHECK(root.at("result").present() != root.at("error").present());
    CHECK(--open_[id_of(root)] >= 0);
  }

  std::string pending_;
  std::map<std::string, int> open_;
  std::size_t lines_ = 0;
};

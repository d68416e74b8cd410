#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "pool/http_gate.h"

namespace pool {

/// A whole request that passed the gate.
struct HttpRequest {
  std::string body;
  std::string method = {};
  std::string target = {};
  std::string if_none_match = {};  ///< the field; empty: none
  bool keep_alive = true;          ///< the peer may send more after it
};

/// Cuts a byte stream into requests (HTTP/1.1 by Boost.Beast), each let through or refused by the
/// gate before its body is read. No socket, no clock; one thread.
class HttpReader {
 public:
  static constexpr std::size_t kMaxBody = 64 * 1024;
  static constexpr std::size_t kMaxHead = 8 * 1024;

  /// `gate` outlives it.
  explicit HttpReader(const HttpRules& gate);
  ~HttpReader();
  HttpReader(const HttpReader&) = delete;
  HttpReader& operator=(const HttpReader&) = delete;

  /// Bytes as they came; at most `room` at once.
  void feed(std::string_view bytes) { buffer_.append(bytes); }
  /// Bytes that may be fed before the next `next`: what is not read yet is bounded.
  std::size_t room() const;
  /// Bytes of a request that is not whole, or not looked at, are here.
  bool has_some() const;

  struct NeedMore {};
  /// The next request; or why there will be none: nothing after it is to be read.
  std::variant<NeedMore, HttpRequest, HttpRefusal> next();

 private:
  struct Parser;  // Beast stays out of headers
  void renew();

  const HttpRules& gate_;
  std::unique_ptr<Parser> parser_;
  std::string buffer_;
};

/// The rest of an answer that is too long to be kept, in pieces. One thread.
class HttpBody {
 public:
  virtual ~HttpBody() = default;
  virtual std::uint64_t size() const = 0;
  /// The next bytes; none at the end, or where they cannot be had.
  virtual std::string next() = 0;
};

/// What is said to a request.
struct HttpAnswer {
  int status = 200;
  std::string fields = {};  ///< of the head, each with its CRLF; length and connection are added
  std::string body = {};
  std::shared_ptr<HttpBody> rest = nullptr;  ///< after it, if any
  bool head_alone = false;                   ///< to HEAD: lengths are told, nothing is sent
};

/// The bytes of an answer, but for its `rest`.
std::string http_bytes(const HttpAnswer& answer, bool keep_alive);

/// An answer of the node. `retry_after_s`: 0, none.
HttpAnswer json_answer(int status, std::string json, unsigned retry_after_s);

}  // namespace pool

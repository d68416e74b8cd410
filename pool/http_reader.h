#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "pool/http_gate.h"

namespace pool {

/// A whole request that passed the gate.
struct HttpRequest {
  std::string body;
  bool keep_alive = true;  ///< the peer may send more after it
};

/// Cuts a byte stream into requests (HTTP/1.1 by Boost.Beast), each let through or refused by the
/// gate before its body is read. No socket, no clock; one thread.
class HttpReader {
 public:
  static constexpr std::size_t kMaxBody = 64 * 1024;
  static constexpr std::size_t kMaxHead = 8 * 1024;

  /// `gate` outlives it.
  explicit HttpReader(const HttpGate& gate);
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

  const HttpGate& gate_;
  std::unique_ptr<Parser> parser_;
  std::string buffer_;
};

/// An answer's bytes. `retry_after_s`: 0, none.
std::string http_answer(int status, std::string_view json, bool keep_alive, unsigned retry_after_s);

}  // namespace pool

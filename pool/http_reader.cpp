#include "pool/http_reader.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <utility>

namespace pool {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

HttpHead head_of(const http::request<http::string_body>& request) {
  return {view(request.method_string()),
          view(request.target()),
          view(request[http::field::host]),
          request.count(http::field::host),
          request.count(http::field::origin) != 0,
          view(request[http::field::content_type]),
          view(request[http::field::authorization])};
}

HttpRefusal refusal_of(const error_code& error) {
  if (error == http::error::body_limit) return {413, "the body is too large"};
  if (error == http::error::header_limit) return {431, "the head is too large"};
  return {400, "not HTTP/1.1"};
}

}  // namespace

struct HttpReader::Parser {
  Parser() {
    http.body_limit(kMaxBody);
    http.header_limit(kMaxHead);
    http.eager(true);
  }
  http::request_parser<http::string_body> http;
  bool passed_gate = false;
};

HttpReader::HttpReader(const HttpGate& gate) : gate_(gate) {
  renew();
}

HttpReader::~HttpReader() = default;

void HttpReader::renew() {
  parser_ = std::make_unique<Parser>();
}

std::size_t HttpReader::room() const {
  constexpr std::size_t kMost = kMaxHead + kMaxBody;
  return kMost - std::min(kMost, buffer_.size());
}

bool HttpReader::has_some() const {
  return !buffer_.empty() || parser_->http.got_some();
}

std::variant<HttpReader::NeedMore, HttpRequest, HttpRefusal> HttpReader::next() {
  while (!parser_->http.is_done()) {
    if (buffer_.empty()) return NeedMore{};
    error_code error;
    const std::size_t used = parser_->http.put(boost::asio::buffer(buffer_), error);
    buffer_.erase(0, used);
    if (parser_->http.is_header_done() && !std::exchange(parser_->passed_gate, true)) {
      if (const auto refusal = gate_.check(head_of(parser_->http.get()))) return *refusal;
      // Who stands before us may see the end of a coded body elsewhere, and so smuggle a request.
      if (parser_->http.get().count(http::field::transfer_encoding) != 0) {
        return HttpRefusal{411, "a body goes by its Content-Length"};
      }
    }
    if (error == http::error::need_more) return NeedMore{};
    if (error) return refusal_of(error);
  }
  HttpRequest request{std::move(parser_->http.get().body()), parser_->http.get().keep_alive()};
  renew();
  return request;
}

std::string http_answer(int status, std::string_view json, bool keep_alive,
                        unsigned retry_after_s) {
  const auto reason = view(http::obsolete_reason(static_cast<http::status>(status)));
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", status, reason);
  head += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", json.size());
  if (status == 401) head += "WWW-Authenticate: Bearer\r\n";
  if (status == 405) head += "Allow: POST\r\n";
  if (retry_after_s != 0) head += fmt::format("Retry-After: {}\r\n", retry_after_s);
  head += "Cache-Control: no-store\r\n";
  head += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  head += json;
  return head;
}

}  // namespace pool

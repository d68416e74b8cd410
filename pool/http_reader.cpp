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

bool has_body(const http::request<http::string_body>& request) {
  const bool has_length = request.count(http::field::content_length) != 0;
  return request.count(http::field::transfer_encoding) != 0 ||
         (has_length && view(request[http::field::content_length]) != "0");
}

HttpHead head_of(const http::request<http::string_body>& request) {
  return {view(request.method_string()),
          view(request.target()),
          view(request[http::field::host]),
          request.count(http::field::host),
          request.count(http::field::origin) != 0,
          view(request[http::field::content_type]),
          view(request[http::field::authorization]),
          has_body(request)};
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

HttpReader::HttpReader(const HttpRules& gate) : gate_(gate) {
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
  auto& whole = parser_->http.get();
  HttpRequest request{std::move(whole.body()), std::string(view(whole.method_string())),
                      std::string(view(whole.target())),
                      std::string(view(whole[http::field::if_none_match])), whole.keep_alive()};
  renew();
  return request;
}

std::string http_bytes(const HttpAnswer& answer, bool keep_alive) {
  const auto reason = view(http::obsolete_reason(static_cast<http::status>(answer.status)));
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n{}", answer.status, reason, answer.fields);
  const std::uint64_t rest = answer.rest == nullptr ? 0 : answer.rest->size();
  if (answer.status != 304) {  // whose length would be that of what is not sent
    head += fmt::format("Content-Length: {}\r\n", answer.body.size() + rest);
  }
  head += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  if (!answer.head_alone) head += answer.body;
  return head;
}

HttpAnswer json_answer(int status, std::string json, unsigned retry_after_s) {
  HttpAnswer answer{status, "Content-Type: application/json\r\n", std::move(json)};
  if (status == 401) answer.fields += "WWW-Authenticate: Bearer\r\n";
  if (status == 405) answer.fields += "Allow: POST\r\n";
  if (retry_after_s != 0) answer.fields += fmt::format("Retry-After: {}\r\n", retry_after_s);
  answer.fields += "Cache-Control: no-store\r\n";
  return answer;
}

}  // namespace pool

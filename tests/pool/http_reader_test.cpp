#include "pool/http_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pool {
namespace {

using testing::HasSubstr;

const HttpGate& gate() {
  static const HttpGate gate({"open-sesame-123456", {"node.example"}});
  return gate;
}

std::string post(const std::string& body, const std::string& more = "",
                 const std::string& host = "127.0.0.1:4091",
                 const std::string& token = "open-sesame-123456") {
  return fmt::format(
      "POST / HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n"
      "Content-Type: application/json\r\n{}Content-Length: {}\r\n\r\n{}",
      host, token, more, body.size(), body);
}

/// The status of a refusal, or 0 for a request that passed, or -1 for one that is not whole.
int status_of(const std::string& bytes) {
  HttpReader reader(gate());
  reader.feed(bytes);
  const auto next = reader.next();
  if (const auto* refusal = std::get_if<HttpRefusal>(&next)) return refusal->status;
  return std::holds_alternative<HttpRequest>(next) ? 0 : -1;
}

TEST(HttpReader, ReadsARequestHoweverItIsCut) {
  const std::string bytes = post(R"({"a":1})");
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    HttpReader reader(gate());
    reader.feed(bytes.substr(0, cut));
    EXPECT_TRUE(std::holds_alternative<HttpReader::NeedMore>(reader.next())) << cut;
    EXPECT_TRUE(reader.has_some());
    reader.feed(bytes.substr(cut));
    const auto next = reader.next();
    const auto* request = std::get_if<HttpRequest>(&next);
    ASSERT_NE(request, nullptr) << cut;
    EXPECT_EQ(request->body, R"({"a":1})");
    EXPECT_TRUE(request->keep_alive);
    EXPECT_FALSE(reader.has_some());
  }
}

TEST(HttpReader, ReadsOneAfterAnother) {
  HttpReader reader(gate());
  reader.feed(post("1") + post("2", "Connection: close\r\n"));
  EXPECT_EQ(std::get<HttpRequest>(reader.next()).body, "1");
  const auto second = std::get<HttpRequest>(reader.next());
  EXPECT_EQ(second.body, "2");
  EXPECT_FALSE(second.keep_alive);
}

TEST(HttpReader, RefusesABodyWhoseEndOthersMaySeeElsewhere) {
  std::string plain = post("");
  plain.erase(plain.find("Content-Length: 0\r\n"), 19);
  for (const char* coding : {"chunked", "gzip", "identity", "chunked, gzip", "gzip, chunked",
                             "xchunked", "chunked, chunked", ""}) {
    const std::string field = fmt::format("Transfer-Encoding: {}\r\n", coding);
    std::string coded = plain;
    coded.insert(coded.find("Host:"), field);
    EXPECT_EQ(status_of(coded + "3\r\nabc\r\n0\r\n\r\n"), 411) << coding;
    EXPECT_THAT(status_of(post("abc", field)), testing::AnyOf(400, 411)) << "two ends: " << coding;
    coded.insert(coded.find("Host:"), "Transfer-Encoding: chunked\r\n");
    EXPECT_THAT(status_of(coded + "0\r\n\r\n"), testing::AnyOf(400, 411)) << "two: " << coding;
  }
}

TEST(HttpReader, S6_KnowsAddressesAndNamesOfItsOwnAlone) {
  for (const char* host : {"127.0.0.1", "localhost:4091", "LOCALHOST", "[::1]:4091", "10.1.2.3:80",
                           "node.example", "Node.Example:4091"}) {
    EXPECT_EQ(status_of(post("", "", host)), 0) << host;
  }
  for (const char* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
                           "node.example.evil", "", "a b", "node.example:99999"}) {
    EXPECT_THAT(status_of(post("", "", host)), testing::AnyOf(403, 400)) << host;
  }
}

TEST(HttpReader, S6_RefusesWhoHasNoRightBeforeItsBody) {
  const std::string head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n";
  EXPECT_EQ(status_of(head + "\r\n"), 401);
  EXPECT_EQ(status_of(head + "Authorization: Basic b3Blbg==\r\n\r\n"), 401);
  EXPECT_EQ(status_of(head + "Authorization: Bearer open-sesame-12345\r\n\r\n"), 401);
  EXPECT_EQ(status_of(head + "Authorization: Bearer open-sesame-1234567\r\n\r\n"), 401);
  EXPECT_EQ(status_of(head + "Authorization: bearer open-sesame-123456\r\n"
                             "Content-Type: application/json; charset=utf-8\r\n\r\n"),
            -1);
}

TEST(HttpReader, RefusesWhatIsNotForIt) {
  EXPECT_EQ(status_of(post("", "Origin: http://localhost\r\n")), 403);
  EXPECT_EQ(status_of(post("", "Host: localhost\r\n")), 400) << "two of them";
  std::string other = post("");
  other.replace(0, 4, "PUT");
  EXPECT_EQ(status_of(other), 405);
  other = post("");
  other.replace(5, 1, "/lp");
  EXPECT_EQ(status_of(other), 404);
  other = post("");
  other.replace(other.find("application/json"), 16, "text/plain      ");
  EXPECT_EQ(status_of(other), 415);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"), 400) << "no Host";
  EXPECT_EQ(status_of("{\"id\":1,\"method\":\"mining.subscribe\"}\n"), 400);
  EXPECT_EQ(status_of("\x16\x03\x01 a hello of TLS"), 400);
}

TEST(HttpReader, BodiesAndHeadsAreBounded) {
  EXPECT_EQ(status_of(post(std::string(HttpReader::kMaxBody, ' '))), 0);
  EXPECT_EQ(status_of(post(std::string(HttpReader::kMaxBody + 1, ' '))), 413);
  EXPECT_EQ(status_of(post("", "X: " + std::string(HttpReader::kMaxHead, 'x') + "\r\n")), 431);
}

TEST(HttpReader, RoomIsWhatTwoRequestsMayTake) {
  HttpReader reader(gate());
  EXPECT_GT(reader.room(), HttpReader::kMaxBody);
  reader.feed(std::string(reader.room(), 'x'));
  EXPECT_EQ(reader.room(), 0u);
}

TEST(HttpAnswer, HasWhatItsStatusNeeds) {
  EXPECT_EQ(http_bytes(json_answer(200, "{}", 0), true),
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            "Cache-Control: no-store\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}");
  EXPECT_THAT(http_bytes(json_answer(401, "{}", 0), false),
              HasSubstr("WWW-Authenticate: Bearer\r\n"));
  EXPECT_THAT(http_bytes(json_answer(405, "{}", 0), false), HasSubstr("Allow: POST\r\n"));
  EXPECT_THAT(http_bytes(json_answer(503, "{}", 7), true), HasSubstr("Retry-After: 7\r\n"));
  EXPECT_THAT(http_bytes(json_answer(503, "{}", 0), false), HasSubstr("Connection: close\r\n"));
}

}  // namespace
}  // namespace pool

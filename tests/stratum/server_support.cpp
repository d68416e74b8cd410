#include "tests/stratum/server_support.h"

#include <fmt/format.h>

#include "base/check.h"

namespace stratum {

std::string request(int id, const std::string& method, const std::string& params) {
  return fmt::format("{{\"id\":{},\"method\":\"{}\",\"params\":{}}}\n", id, method, params);
}

std::string submit_params(const std::string& worker) {
  return fmt::format("[\"{}\",\"s-0001\",1,\"00000000000000ff\",\"{}\",7]", worker,
                     std::string(64, 'a'));
}

int code_of(ServerSession& session, const std::string& line) {
  CHECK(session.feed(line, kPoolNow).ok());
  const std::string output = take_output(session);
  const std::size_t at = output.find("\"error\":[");
  return at == std::string::npos ? 0 : std::stoi(output.substr(at + 9));
}

RequestId next_request(ServerSession& session) {
  const auto event = session.next_event();
  return std::visit(
      [](const auto& e) -> RequestId {
        if constexpr (requires { e.request; }) {
          return e.request;
        } else {
          return 0;
        }
      },
      event.value());
}

}  // namespace stratum

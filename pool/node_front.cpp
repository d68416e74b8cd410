#include "pool/node_front.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "base/bytes.h"

namespace pool {

base::Result<std::unique_ptr<NodeFront>> NodeFront::open(const HttpConfig& config, Ports ports) {
  base::Bytes32 random{};
  if (!ports.random(random)) return base::unavailable("the random generator failed");
  const std::string run = base::to_hex(random).substr(0, 16);
  ASSIGN_OR_RETURN(std::string token, config.token_file.empty()
                                          ? draw_http_token(ports.random)
                                          : read_http_token(config.token_file));
  std::unique_ptr<NodeFront> front(new NodeFront(config, std::move(ports), token, run));
  RETURN_IF_ERROR(front->door_.bind(config.host, config.port));
  if (config.token_file.empty()) {  // not before: a pool that listens there may have written it
    ASSIGN_OR_RETURN(front->cookie_, CookieFile::write(config.cookie_file, token));
  }
  return front;
}

NodeFront::NodeFront(const HttpConfig& config, Ports ports, std::string token, std::string run)
    : ports_(std::move(ports)),
      service_({ports_.pool, ports_.next_id,
                [this] { boost::asio::post(ports_.io, [this] { settle(); }); }, std::move(run)}),
      gate_({std::move(token), config.names}),
      door_({ports_.io, *this, gate_, ports_.clock, ports_.sink}) {}

void NodeFront::handle(const HttpRequest& request, const void* from, Reply reply) {
  service_.handle(
      request.body, ports_.wall.now(), ports_.clock.now(),
      [reply = std::move(reply)](NodeReply said) {
        reply(json_answer(said.status, std::move(said.body), said.retry_after_s));
      },
      from);
  ports_.served();
}

HttpAnswer NodeFront::refusal(const HttpRefusal& refusal) {
  // Literals of ours alone.
  return json_answer(refusal.status, fmt::format(R"({{"error":"{}"}})", refusal.why), 0);
}

void NodeFront::sweep() {
  settle();
  door_.sweep();
}

void NodeFront::finish() {
  door_.finish();
  service_.stop(ports_.wall.now(), ports_.clock.now());
}

}  // namespace pool

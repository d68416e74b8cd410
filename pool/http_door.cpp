#include "pool/http_door.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <utility>
#include <variant>

namespace pool {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr base::Micros kRequestWithin = std::chrono::seconds(10);  // from its first byte
constexpr base::Micros kDoorClosesWithin = std::chrono::seconds(5);

}  // namespace

struct HttpDoor::Connection {
  Connection(std::shared_ptr<Transport> accepted, const Listener::Address& from,
             base::SteadyTime now, const HttpRules& rules)
      : transport(std::move(accepted)), peer(from), opened(now), reader(rules) {}

  const std::shared_ptr<Transport> transport;
  const Listener::Address peer;
  const base::SteadyTime opened;
  HttpReader reader;
  std::string sending;             // by the write under way
  std::shared_ptr<HttpBody> rest;  // then, of the answer
  std::uint64_t left = 0;          // bytes of that
  base::SteadyTime deadline;       // to be closed then
  base::SteadyTime all_sent_by;    // the whole answer, if it has pieces
  bool begun = false;              // bytes of a request are here: the deadline is its
  bool serving = false;            // a request has no whole answer yet
  bool keep = true;                // it stays after the answer
  bool waiting = false;            // for bytes
  bool ended = false;              // its peer says no more
};

HttpDoor::HttpDoor(Setup setup)
    : setup_(std::move(setup)),
      log_(setup_.sink, "http"),
      listener_(
          setup_.io, nullptr, [this](const Listener::Address& peer) { return admit(peer); },
          [this](std::shared_ptr<Transport> accepted, const Listener::Address& peer) {
            if (accepted == nullptr) return leave(peer);
            open(std::move(accepted), peer);
          }) {
  if (setup_.limits.peers) keeper_.emplace(*setup_.limits.peers, setup_.sink);
}

HttpDoor::~HttpDoor() = default;

/// Nobody is banned here, so that the time of day does not matter.
bool HttpDoor::admit(const Listener::Address& peer) {
  if (finishing_ || connections_.size() >= setup_.limits.connections) return false;
  return !keeper_ || keeper_->admit(peer, {});
}

void HttpDoor::leave(const Listener::Address& peer) {
  if (keeper_) keeper_->leave(peer);
}

void HttpDoor::open(std::shared_ptr<Transport> accepted, const Listener::Address& peer) {
  const base::SteadyTime now = setup_.clock.now();
  auto connection = std::make_shared<Connection>(std::move(accepted), peer, now, setup_.rules);
  connection->deadline = now + kRequestWithin;
  connections_.insert(connection);
  wait_for_bytes(connection);
}

/// Also while a request is served: else the end of a peer that polls would not be seen.
void HttpDoor::wait_for_bytes(const ConnectionPtr& connection) {
  if (connection->reader.room() == 0 || std::exchange(connection->waiting, true)) return;
  connection->transport->wait_for_bytes([this, connection](const error_code& e) {
    connection->waiting = false;
    if (!e && connection->transport->is_open()) read(connection);
  });
}

void HttpDoor::read(const ConnectionPtr& connection) {
  error_code error;
  const std::size_t most = std::min(bytes_.size(), connection->reader.room());
  const std::size_t size = connection->transport->read_some({bytes_.data(), most}, error);
  if (error == asio::error::eof && connection->serving) return end_of_input(connection);
  if (error && error != asio::error::would_block) return drop(connection);
  if (size > 0 && connection->serving && connection->sending.empty()) connection->keep = false;
  if (connection->keep) connection->reader.feed({bytes_.data(), size});
  work(connection);
  if (connection->transport->is_open()) wait_for_bytes(connection);
}

/// It may still listen, and have its answer, if the service finds that worth while.
void HttpDoor::end_of_input(const ConnectionPtr& connection) {
  connection->ended = true;
  connection->keep = false;
  setup_.service.heard_all(connection.get());
}

/// Takes the next request, if one is whole and none is being served.
void HttpDoor::work(const ConnectionPtr& connection) {
  if (connection->serving || !connection->keep) return;
  auto next = connection->reader.next();
  if (auto* request = std::get_if<HttpRequest>(&next)) {
    return serve(connection, *request);
  }
  if (const auto* refusal = std::get_if<HttpRefusal>(&next)) return refuse(connection, *refusal);
  if (!connection->reader.has_some() || std::exchange(connection->begun, true)) return;
  connection->deadline = setup_.clock.now() + kRequestWithin;
}

/// Its stamp is now, so what is sent before its answer must not be left for later: the connection
/// closes after the answer.
void HttpDoor::serve(const ConnectionPtr& connection, const HttpRequest& request) {
  connection->serving = true;
  connection->begun = false;
  const base::SteadyTime now = setup_.clock.now();
  const bool old = setup_.limits.life && now - connection->opened >= *setup_.limits.life;
  connection->keep = request.keep_alive && !connection->reader.has_some() && !old;
  connection->deadline = now + setup_.limits.answered;
  setup_.service.handle(request, connection.get(), [this, connection](HttpAnswer said) {
    answer(connection, std::move(said));
  });
}

/// What follows is not read: where a request that is refused ends is not known.
void HttpDoor::refuse(const ConnectionPtr& connection, const HttpRefusal& refusal) {
  log_.debug("request refused", {{"status", refusal.status}, {"reason", refusal.why}});
  connection->serving = true;
  connection->keep = false;
  answer(connection, setup_.service.refusal(refusal));
}

void HttpDoor::answer(const ConnectionPtr& connection, HttpAnswer said) {
  if (!connection->transport->is_open()) return;
  if (said.rest != nullptr && !said.head_alone) {
    connection->left = said.rest->size();
    connection->rest = said.rest;
    connection->all_sent_by = setup_.clock.now() + whole_answer(connection->left);
  }
  send(connection, http_bytes(said, connection->keep));
}

/// How long an answer of so many bytes may take.
base::Micros HttpDoor::whole_answer(std::uint64_t bytes) const {
  if (setup_.limits.slowest == 0) return std::chrono::hours(24 * 365);
  return setup_.limits.answered + std::chrono::seconds(bytes / setup_.limits.slowest);
}

void HttpDoor::send(const ConnectionPtr& connection, std::string bytes) {
  connection->sending = std::move(bytes);
  connection->transport->write_all(connection->sending, [this, connection](const error_code& e) {
    if (e) return drop(connection);
    sent(connection);
  });
}

/// Goes on with what is left of the answer. Where that cannot be had, only the end of the
/// connection tells the peer so.
void HttpDoor::sent(const ConnectionPtr& connection) {
  if (connection->left == 0) return answered(connection);
  std::string piece = connection->rest->next();
  if (piece.empty() || piece.size() > connection->left) return drop(connection);
  connection->left -= piece.size();
  connection->deadline =
      std::min(setup_.clock.now() + setup_.limits.answered, connection->all_sent_by);
  send(connection, std::move(piece));
}

void HttpDoor::answered(const ConnectionPtr& connection) {
  connection->sending.clear();
  connection->rest.reset();
  connection->serving = false;
  if (connection->ended) return drop(connection);
  if (!connection->keep) {  // what it still sends is read, until it closes
    connection->deadline = setup_.clock.now() + kDoorClosesWithin;
    connection->transport->end_output();
    return;
  }
  connection->deadline = setup_.clock.now() + setup_.limits.idle;
  work(connection);
  wait_for_bytes(connection);
}

void HttpDoor::drop(const ConnectionPtr& connection) {
  connection->transport->close();
  if (connections_.erase(connection) != 0) leave(connection->peer);
  setup_.service.let_go(connection.get());
}

void HttpDoor::sweep() {
  for (const ConnectionPtr& connection : std::set<ConnectionPtr>(connections_)) {
    if (setup_.clock.now() > connection->deadline) drop(connection);
  }
  if (!finishing_) listener_.accept();
}

void HttpDoor::finish() {
  finishing_ = true;
  listener_.close();
}

}  // namespace pool

#include "pool/miner_door.h"

#include <exception>
#include <utility>

#include "stratum/server_session.h"

namespace pool {
namespace {

using boost::asio::ip::address;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kMaxUnread = std::size_t{1} << 20;  // of a peer that does not read
constexpr base::Micros kHandshakeWithin = seconds(10);
constexpr base::Micros kLoginWithin = seconds(15);
constexpr base::Micros kLongestSilence = seconds(120);
constexpr base::Micros kPingAfterSilence = seconds(40);
constexpr base::Micros kCloseWithin = seconds(5);
// When a pool is started again, its miners come back over so long, not in one moment.
constexpr std::uint64_t kBackAfterMs = 500;
constexpr std::uint64_t kBackWithinMs = 2000;
constexpr char kTlsHandshake = 0x16;  // the first byte of a ClientHello (RFC 8446, 5.1)

}  // namespace

struct MinerDoor::Connection {
  Connection(Pool::ConnectionId number, std::shared_ptr<Transport> accepted, const address& from,
             const std::string& pool_name)
      : id(number), transport(std::move(accepted)), peer(from), session(pool_name) {}

  const Pool::ConnectionId id;
  const std::shared_ptr<Transport> transport;
  const address peer;
  stratum::ServerSession session;
  std::string sending;        // by the write under way
  base::SteadyTime deadline;  // to be closed then
  base::SteadyTime heard;     // a whole line, or the ping since then
  bool established = false;   // as far as the deadline knows
  bool spoke = false;         // at least a byte came
  bool noted = false;         // among those with news
  bool closing = false;       // what is said is still sent, nothing is heard any more
  bool heard_all = false;     // the peer closed its direction
};

MinerDoor::MinerDoor(Setup setup)
    : setup_(std::move(setup)), log_(setup_.sink, "pool"), keeper_(setup_.limits, setup_.sink) {}

MinerDoor::~MinerDoor() = default;

base::Status MinerDoor::bind(const std::string& host, std::uint16_t port,
                             std::shared_ptr<SSL_CTX> tls) {
  const auto room = [this](const address& peer) {
    const bool admitted = !finishing_ && connections_.size() < kMaxConnections &&
                          keeper_.admit(peer, setup_.wall.now());
    if (!admitted) setup_.statistics.turned_away();
    return admitted;
  };
  const auto open_it = [this](std::shared_ptr<Transport> accepted, const address& peer) {
    try {
      if (accepted != nullptr) return open(std::move(accepted), peer);
    } catch (const std::exception& fault) {  // out of memory
      log_.error("a connection was lost by a fault", {{"reason", fault.what()}});
    }
    keeper_.leave(peer);
  };
  listeners_.push_back(std::make_unique<Listener>(setup_.io, std::move(tls), room, open_it));
  return listeners_.back()->bind(host, port);
}

void MinerDoor::open(std::shared_ptr<Transport> accepted, const address& peer) {
  auto connection =
      std::make_shared<Connection>(setup_.next_id(), std::move(accepted), peer, setup_.pool_name);
  connection->deadline = setup_.clock.now() + kHandshakeWithin;
  setup_.statistics.connected();
  look_at_handshake(*connection);
  connections_.emplace(connection->id, connection);
  connection->session.on_output([this, &noted = connection->noted, id = connection->id] {
    if (!noted) with_output_.push_back(id);
    noted = true;
  });
  setup_.pool.join(connection->id, connection->session, keeper_.network_of(peer));
  wait_for_bytes(connection);
}

/// The time for a login begins when lines can be exchanged.
void MinerDoor::look_at_handshake(Connection& connection) {
  if (connection.established || !connection.transport->established()) return;
  connection.established = true;
  connection.deadline = setup_.clock.now() + kLoginWithin;
}

void MinerDoor::wait_for_bytes(const ConnectionPtr& connection) {
  connection->transport->wait_for_bytes([this, connection](const error_code& e) {
    if (!e && connection->transport->is_open()) read(connection);
  });
}

void MinerDoor::read(const ConnectionPtr& connection) {
  error_code error;
  const std::size_t size = connection->transport->read_some(bytes_, error);
  setup_.statistics.received(size);
  if (!connection->closing) look_at_handshake(*connection);
  if (error == boost::asio::error::eof) {
    connection->heard_all = true;
    start_closing(*connection);
  } else if (error && error != boost::asio::error::would_block) {
    return drop(*connection);
  } else if (!connection->closing && size > 0) {
    hear(*connection, {bytes_.data(), size});
  }
  flush(connection);
  setup_.served();
  if (!connection->heard_all && connection->transport->is_open()) wait_for_bytes(connection);
}

/// Requests to a pool that stops. What they asked for they may ask the next one.
static void refuse_all(stratum::ServerSession& session) {
  while (const auto event = session.next_event()) {
    std::visit(
        [&](const auto& wanted) {
          if constexpr (requires { wanted.request; }) {
            session.refuse(wanted.request, stratum::Code::kDraining, "the pool stops", 1000);
          }
        },
        *event);
  }
}

void MinerDoor::hear(Connection& connection, std::string_view bytes) {
  const base::UnixTime now = setup_.wall.now();
  const bool asks_for_tls = !connection.spoke && bytes.front() == kTlsHandshake;
  connection.spoke = true;
  const base::Status fine = connection.session.feed(bytes, now);
  if (finishing_) refuse_all(connection.session);
  const bool stays = finishing_ || setup_.pool.handle(connection.id, now);
  close_superseded();
  if (connection.session.logged_in() && !connection.closing &&
      bytes.find('\n') != std::string_view::npos) {
    connection.heard = setup_.clock.now();
    connection.deadline = connection.heard + kLongestSilence;
  }
  if (!fine.ok()) {
    log_.debug("session closed", {{"session", connection.id}, {"reason", fine.message()}});
    // A miner that tries TLS before it goes on in plain text has done nothing wrong.
    if (!asks_for_tls) strike(connection, fine.message());
  }
  if (!fine.ok() || !stays) start_closing(connection);
}

void MinerDoor::close_superseded() {
  for (const Pool::ConnectionId old : setup_.pool.take_superseded()) {
    const auto found = connections_.find(old);
    if (found == connections_.end()) continue;
    const ConnectionPtr connection = found->second;  // it may be dropped
    start_closing(*connection);
    flush(connection);
  }
}

void MinerDoor::start_closing(Connection& connection) {
  if (connection.closing) return;
  connection.closing = true;
  connection.deadline = setup_.clock.now() + kCloseWithin;
  // Answers that wait for the journal are still said.
  if (connection.session.open_requests() == 0) setup_.pool.leave(connection.id);
}

/// Sends what the session has to say; what comes while a write is under way waits for its end.
void MinerDoor::flush(const ConnectionPtr& connection) {
  stratum::ServerSession& session = connection->session;
  if (session.output_size() > kMaxUnread) return drop(*connection);
  if (!connection->sending.empty()) return;
  if (session.output_size() > 0) {
    connection->sending = session.output();
    session.consume(connection->sending.size());
    setup_.statistics.sent(connection->sending.size());
    connection->transport->write_all(connection->sending, [this, connection](const error_code& e) {
      connection->sending.clear();
      if (e) return drop(*connection);
      flush(connection);
    });
  } else if (session.open_requests() != 0) {
    return;  // answered when the journal has written what they rest on, or closed by the sweep
  } else if (connection->heard_all) {
    drop(*connection);
  } else if (connection->closing) {  // the peer reads it all before it sees the end
    setup_.pool.leave(connection->id);
    connection->transport->end_output();
  }
}

void MinerDoor::drop(Connection& connection) {
  if (connections_.erase(connection.id) == 0) return;
  setup_.pool.leave(connection.id);
  keeper_.leave(connection.peer);
  connection.transport->close();
  if (finishing_ && connections_.empty()) setup_.left();
}

/// One by one, so that whatever a fault leaves is flushed the next time.
void MinerDoor::flush() {
  close_superseded();
  while (!with_output_.empty()) {
    const auto found = connections_.find(with_output_.back());
    with_output_.pop_back();
    if (found == connections_.end()) continue;
    const ConnectionPtr connection = found->second;  // it may be dropped
    connection->noted = false;
    flush(connection);
  }
  setup_.statistics.flushed();
}

void MinerDoor::strike(const Connection& connection, std::string_view reason) {
  const bool banned = keeper_.strike(connection.peer, reason, setup_.wall.now());
  if (banned) setup_.statistics.banned_address();
}

/// Who only looked whether somebody listens, as monitors do, has done nothing wrong; nor has who
/// asked to log in, and was told to wait.
void MinerDoor::overdue(Connection& connection) {
  const stratum::ServerSession& session = connection.session;
  if (connection.spoke && !connection.closing && !session.logged_in() &&
      !session.asked_to_log_in()) {
    strike(connection, "no login within 15 s");
  }
  drop(connection);
}

void MinerDoor::look_after(const ConnectionPtr& connection, base::SteadyTime now) {
  if (now > connection->deadline || connection->session.output_size() > kMaxUnread) {
    overdue(*connection);
  } else if (connection->session.logged_in() && !connection->closing &&
             now - connection->heard >= kPingAfterSilence) {
    connection->heard = now;
    connection->session.ping();
    flush(connection);
  }
}

void MinerDoor::sweep() {
  std::size_t left = connections_.size() / kSweepsASecond + 1;
  const bool all = swept_.on(connections_, left, [this, now = setup_.clock.now()](auto& entry) {
    const ConnectionPtr connection = entry.second;  // it may be dropped
    look_after(connection, now);
    return true;
  });
  if (all) swept_ = {};
  for (const auto& listener : listeners_) listener->accept();  // where it ended: out of files
}

void MinerDoor::finish(bool comes_back) {
  finishing_ = true;
  for (const auto& listener : listeners_) listener->close();
  if (!comes_back) return;
  for (const auto& [id, connection] : connections_) {
    connection->session.reconnect(milliseconds(kBackAfterMs + id * 7 % kBackWithinMs));
  }
}

void MinerDoor::say_goodbye() {
  for (const auto& [id, connection] : Connections(connections_)) {
    start_closing(*connection);
    flush(connection);
  }
}

}  // namespace pool

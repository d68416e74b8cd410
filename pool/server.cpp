#include "pool/server.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "pool/audit_writer.h"
#include "pool/listener.h"
#include "pool/node_front.h"
#include "pool/pool.h"
#include "pool/sqlite_journal.h"
#include "pool/system_random.h"
#include "stratum/host_port.h"
#include "stratum/server_session.h"

namespace pool {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kMaxConnections = 20'000;
constexpr std::size_t kMaxOutput = std::size_t{1} << 20;  // of a peer that does not read
constexpr std::uint64_t kAuditsKeepFree = 500'000'000;    // bytes of the disk, for shares
constexpr base::Micros kHandshakeWithin = seconds(10);
constexpr base::Micros kLoginWithin = seconds(15);
constexpr base::Micros kLongestSilence = seconds(120);
constexpr base::Micros kPingAfterSilence = seconds(40);
constexpr base::Micros kCloseWithin = seconds(5);
constexpr base::Micros kFinishWithin = milliseconds(700);

struct Connection {
  Connection(Pool::ConnectionId number, std::shared_ptr<Transport> accepted,
             const std::string& pool_name)
      : id(number), transport(std::move(accepted)), session(pool_name) {}

  const Pool::ConnectionId id;
  const std::shared_ptr<Transport> transport;
  stratum::ServerSession session;
  std::string sending;        // by the write under way
  base::SteadyTime deadline;  // to be closed then
  base::SteadyTime heard;     // a whole line, or the ping since then
  bool established = false;   // as far as the deadline knows
  bool noted = false;         // among those with news
  bool closing = false;       // what is said is still sent, nothing is heard any more
  bool heard_all = false;     // the peer closed its direction
};
using ConnectionPtr = std::shared_ptr<Connection>;
using Connections = std::map<Pool::ConnectionId, ConnectionPtr>;

/// Sockets and timers around a Pool. All but `port` and `stop` on the thread of `run`.
class AsioServer final : public Server {
 public:
  AsioServer(const Config& config, std::vector<VerifierSource> verifiers,
             std::unique_ptr<SqliteJournal> journal, std::unique_ptr<AuditWriter> audits,
             const Saved& saved, base::LogSink& sink, const base::Clock& clock)
      : config_(config),
        clock_(clock),
        wall_(clock),
        sink_(sink),
        log_(sink, "pool"),
        journal_(std::move(journal)),
        audits_(std::move(audits)),
        verification_(
            std::move(verifiers), [this](Checked answer) { post(std::move(answer)); }, clock, sink),
        pool_(config, {verification_, journal_port(), system_random, sink, audits_.get()}, saved,
              wall_.now()) {}

  base::Status bind() {
    if (!config_.host.empty()) {
      RETURN_IF_ERROR(add_listener(nullptr)->bind(config_.host, config_.port));
    }
    if (!config_.tls_host.empty()) {
      ASSIGN_OR_RETURN(auto context, make_tls_context(config_.tls));
      RETURN_IF_ERROR(add_listener(std::move(context))->bind(config_.tls_host, config_.tls_port));
    }
    if (config_.http.host.empty()) return base::Ok{};
    ASSIGN_OR_RETURN(
        node_, NodeFront::open(config_.http, {io_, pool_, [this] { return ++last_id_; }, clock_,
                                              wall_, sink_, system_random,
                                              [this] {
                                                flush_noted();
                                                arm();
                                              }}));
    return base::Ok{};
  }

  std::uint16_t port() const override { return port_of(false); }
  std::uint16_t tls_port() const override { return port_of(true); }
  std::uint16_t http_port() const override { return node_ == nullptr ? 0 : node_->port(); }
  Summary summary() const override { return pool_.summary(); }
  void run() override {
    for (const auto& listener : listeners_) {
      log_.info("listens", {{"name", config_.name},
                            {"address", listener->address()},
                            {"tls", listener->encrypts() ? std::optional(true) : std::nullopt}});
    }
    if (node_ != nullptr) {
      log_.info("listens", {{"name", config_.name}, {"address", node_->address()}, {"http", true}});
      if (!stratum::is_loopback_host(config_.http.host)) {
        log_.warn("the token goes unencrypted to whoever calls", {{"address", node_->address()}});
      }
    }
    if (journal_ != nullptr) {
      journal_->start([this](std::uint64_t up_to) { post_written(up_to); });
    }
    sweep();
    arm();
    while (!io_.stopped()) {
      try {
        io_.run();
      } catch (const std::exception& fault) {  // out of memory: costs what was being done
        log_.error("went on after a fault", {{"reason", fault.what()}});
      }
    }
  }

  void stop() override {
    asio::post(io_, [this] { finish(); });
  }

 private:
  /// Called on the verification's thread.
  void post(Checked answer) {
    asio::post(io_, [this, answer = std::move(answer)] {
      if (finishing_) return;
      pool_.checked(answer, wall_.now());
      after_news();
    });
  }

  Journal& journal_port() {
    if (journal_ == nullptr) return no_journal_;
    return *journal_;
  }

  /// Called on the journal's thread.
  void post_written(std::uint64_t up_to) {
    asio::post(io_, [this, up_to] {
      pool_.written(up_to);
      if (finishing_) return say_goodbye();
      after_news();
    });
  }

  Listener* add_listener(std::shared_ptr<SSL_CTX> tls) {
    const auto room = [this] { return !finishing_ && connections_.size() < kMaxConnections; };
    const auto open_it = [this](std::shared_ptr<Transport> accepted) { open(std::move(accepted)); };
    listeners_.push_back(std::make_unique<Listener>(io_, std::move(tls), room, open_it));
    return listeners_.back().get();
  }

  std::uint16_t port_of(bool encrypts) const {
    for (const auto& listener : listeners_) {
      if (listener->encrypts() == encrypts) return listener->port();
    }
    return 0;
  }

  void open(std::shared_ptr<Transport> accepted) {
    auto connection = std::make_shared<Connection>(++last_id_, std::move(accepted), config_.name);
    connection->deadline = clock_.now() + kHandshakeWithin;
    look_at_handshake(*connection);
    connections_.emplace(connection->id, connection);
    connection->session.on_output([this, &noted = connection->noted, id = connection->id] {
      if (!noted) with_output_.push_back(id);
      noted = true;
    });
    pool_.join(connection->id, connection->session);
    wait_for_bytes(connection);
  }

  /// The time for a login begins when lines can be exchanged.
  void look_at_handshake(Connection& connection) {
    if (connection.established || !connection.transport->established()) return;
    connection.established = true;
    connection.deadline = clock_.now() + kLoginWithin;
  }

  void wait_for_bytes(const ConnectionPtr& connection) {
    connection->transport->wait_for_bytes([this, connection](const error_code& e) {
      if (!e && connection->transport->is_open()) read(connection);
    });
  }

  void read(const ConnectionPtr& connection) {
    error_code error;
    const std::size_t size = connection->transport->read_some(bytes_, error);
    if (!connection->closing) look_at_handshake(*connection);
    if (error == asio::error::eof) {
      connection->heard_all = true;
      start_closing(*connection);
    } else if (error && error != asio::error::would_block) {
      return drop(*connection);
    } else if (!connection->closing && !finishing_) {
      hear(*connection, {bytes_.data(), size});
    }
    flush(connection);
    flush_noted();
    arm();
    if (!connection->heard_all && connection->transport->is_open()) wait_for_bytes(connection);
  }

  void hear(Connection& connection, std::string_view bytes) {
    const base::UnixTime now = wall_.now();
    const base::Status fine = connection.session.feed(bytes, now);
    const bool stays = pool_.handle(connection.id, now);
    for (const Pool::ConnectionId old : pool_.take_superseded()) {
      if (const auto found = connections_.find(old); found != connections_.end()) {
        start_closing(*found->second);
        flush(found->second);
      }
    }
    if (connection.session.logged_in() && bytes.find('\n') != std::string_view::npos) {
      connection.heard = clock_.now();
      connection.deadline = connection.heard + kLongestSilence;
    }
    if (!fine.ok()) {
      log_.debug("session closed", {{"session", connection.id}, {"reason", fine.message()}});
    }
    if (!fine.ok() || !stays) start_closing(connection);
  }

  void start_closing(Connection& connection) {
    if (connection.closing) return;
    connection.closing = true;
    connection.deadline = clock_.now() + kCloseWithin;
    // Answers that wait for the journal are still said.
    if (connection.session.open_requests() == 0) pool_.leave(connection.id);
  }

  /// Sends what the session has to say; what comes while a write is under way waits for its end.
  void flush(const ConnectionPtr& connection) {
    stratum::ServerSession& session = connection->session;
    if (session.output_size() > kMaxOutput) return drop(*connection);
    if (!connection->sending.empty()) return;
    if (session.output_size() > 0) {
      connection->sending = session.output();
      session.consume(connection->sending.size());
      connection->transport->write_all(connection->sending,
                                       [this, connection](const error_code& e) {
                                         connection->sending.clear();
                                         if (e) return drop(*connection);
                                         flush(connection);
                                       });
    } else if (session.open_requests() != 0) {
      return;  // answered when the journal has written what they rest on, or closed by the sweep
    } else if (connection->heard_all) {
      drop(*connection);
    } else if (connection->closing) {  // the peer reads it all before it sees the end
      pool_.leave(connection->id);
      connection->transport->end_output();
    }
  }

  void drop(Connection& connection) {
    if (connections_.erase(connection.id) == 0) return;
    pool_.leave(connection.id);
    connection.transport->close();
    if (finishing_) end_if_alone();
  }

  /// One by one, so that whatever a fault leaves is flushed the next time.
  void flush_noted() {
    while (!with_output_.empty()) {
      const auto found = connections_.find(with_output_.back());
      with_output_.pop_back();
      if (found == connections_.end()) continue;
      const ConnectionPtr connection = found->second;  // it may be dropped
      connection->noted = false;
      flush(connection);
    }
  }

  /// After anything that may have told many sessions something.
  void after_news() {
    flush_noted();
    arm();
    if (pool_.over()) finish();
  }

  /// Sets the timer for what the pool has to do next.
  void arm() {
    const auto due = pool_.wake();
    if (finishing_ || !due || due == armed_for_) return;
    armed_for_ = due;
    due_timer_.expires_after(*due - wall_.now());
    due_timer_.async_wait([this](const error_code& stopped) {
      if (stopped || finishing_) return;
      armed_for_.reset();
      pool_.tick(wall_.now());
      after_news();
    });
  }

  /// Once a second: closes who is silent for too long, and asks before that whether anybody is
  /// there. (A copy, since some may be dropped.)
  void sweep() {
    for (const auto& [id, connection] : Connections(connections_)) {
      if (clock_.now() > connection->deadline || connection->session.output_size() > kMaxOutput) {
        drop(*connection);
      } else if (connection->session.logged_in() && !connection->closing &&
                 clock_.now() - connection->heard >= kPingAfterSilence) {
        connection->heard = clock_.now();
        connection->session.ping();
        flush(connection);
      }
    }
    flush_noted();
    for (const auto& listener : listeners_) listener->accept();  // where it ended: out of files
    if (node_ != nullptr) node_->sweep();
    sweep_timer_.expires_after(seconds(1));
    sweep_timer_.async_wait([this](const error_code& stopped) {
      if (!stopped && !finishing_) sweep();
    });
  }

  /// Says good-bye to all; `run` returns when they have read it, or soon.
  void finish() {
    if (finishing_) return;
    finishing_ = true;
    pool_.stop(wall_.now());
    for (const auto& listener : listeners_) listener->close();
    if (node_ != nullptr) node_->finish();
    due_timer_.cancel();
    sweep_timer_.expires_after(kFinishWithin);
    sweep_timer_.async_wait([this](const error_code&) { io_.stop(); });
    say_goodbye();
  }

  /// Once all that was to be said can be said.
  void say_goodbye() {
    if (pool_.waiting() != 0) return;
    for (const auto& [id, connection] : Connections(connections_)) {
      start_closing(*connection);
      flush(connection);
    }
    end_if_alone();
  }

  /// Who calls by HTTP may still want results: they have until the end.
  void end_if_alone() {
    if (connections_.empty() && (node_ == nullptr || !node_->has_connections())) {
      sweep_timer_.cancel();
    }
  }

  const Config config_;
  const base::Clock& clock_;
  const base::SteadyWallClock wall_;
  base::LogSink& sink_;
  const base::Log log_;
  asio::io_context io_{1};
  asio::steady_timer due_timer_{io_};
  asio::steady_timer sweep_timer_{io_};
  NoJournal no_journal_;
  const std::unique_ptr<SqliteJournal> journal_;  // may be missing
  const std::unique_ptr<AuditWriter> audits_;     // may be missing
  Verification verification_;
  Pool pool_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  Connections connections_;
  std::vector<Pool::ConnectionId> with_output_;  // since the last flush_noted; some flushed since
  Pool::ConnectionId last_id_ = 0;
  std::unique_ptr<NodeFront> node_;  // may be missing
  std::optional<base::UnixTime> armed_for_;
  bool finishing_ = false;
  std::array<char, std::size_t{64} * 1024> bytes_{};  // for one read at a time
};

}  // namespace

base::Result<std::unique_ptr<Server>> Server::listen(const Config& config,
                                                     std::vector<VerifierSource> verifiers,
                                                     base::LogSink& sink,
                                                     const base::Clock& clock) {
  Saved saved;
  std::unique_ptr<SqliteJournal> journal;
  if (config.goes_on()) {
    ASSIGN_OR_RETURN(journal,
                     SqliteJournal::open(config.database, config.name,
                                         base::SteadyWallClock(clock).now(), sink, system_random));
    saved = journal->take_saved();
  } else if (!system_random(saved.key)) {
    return base::unavailable("the random generator failed");
  }
  std::unique_ptr<AuditWriter> audits;
  if (!config.audits.folder.empty()) {
    ASSIGN_OR_RETURN(
        audits, AuditWriter::open({config.audits.folder, config.audits.days, kAuditsKeepFree}, sink,
                                  base::SteadyWallClock(clock)));
  }
  auto server = std::make_unique<AsioServer>(config, std::move(verifiers), std::move(journal),
                                             std::move(audits), saved, sink, clock);
  RETURN_IF_ERROR(server->bind());
  return std::unique_ptr<Server>(std::move(server));
}

base::Result<std::unique_ptr<Server>> Server::listen(const Config& config,
                                                     std::unique_ptr<poc::Verifier> verifier,
                                                     base::LogSink& sink,
                                                     const base::Clock& clock) {
  std::vector<VerifierSource> verifiers;
  verifiers.push_back(keep_verifier(std::move(verifier)));
  verifiers.push_back(reference_source());
  return listen(config, std::move(verifiers), sink, clock);
}

}  // namespace pool

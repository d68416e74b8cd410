#include "tests/bench/miner_bench.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <stdexcept>

#include "miner/miner.h"
#include "tests/bench/timed_device.h"
#include "tests/miner/scripted_pool.h"
#include "tests/miner/support.h"

namespace bench {
namespace {

constexpr base::Micros kSprint = std::chrono::seconds(600);
constexpr int kPatienceMs = 20'000;

class Silence final : public base::LogSink {
  void write(const base::LogRecord&) override {}
};

/// Nothing is re-checked.
class NoTruth final : public poc::Verifier {
 public:
  base::Result<std::vector<poc::Digest>> digests(const poc::ModelSpec&,
                                                 std::span<const poc::InputKey> keys) override {
    return std::vector<poc::Digest>(keys.size());
  }
};

/// A scripted pool's one connection, on the thread that calls.
class LoopbackPool {
 public:
  LoopbackPool() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    const bool listens = listener_ >= 0 && bind(listener_, any, size) == 0 &&
                         listen(listener_, 1) == 0 && getsockname(listener_, any, &size) == 0;
    if (!listens) throw std::runtime_error("cannot listen on loopback");
    port_ = ntohs(address.sin_port);
  }
  ~LoopbackPool() {
    if (connection_ >= 0) close(connection_);
    close(listener_);
  }
  LoopbackPool(const LoopbackPool&) = delete;
  LoopbackPool& operator=(const LoopbackPool&) = delete;

  stratum::PoolUrl url() const { return {"127.0.0.1", port_}; }
  base::UnixTime now() const { return wall_.now(); }
  stratum::ServerSession& session() { return session_; }
  tests::ScriptedPool& pool() { return pool_; }
  /// When the last bytes came.
  Moment heard_at() const { return heard_at_; }

  void accept_miner() {
    connection_ = accept(listener_, nullptr, nullptr);
    const int on = 1;  // as every pool does: a start must not wait for an acknowledgement
    if (connection_ < 0 || setsockopt(connection_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
      throw std::runtime_error("no miner connects");
    }
  }

  /// Serves until `done`.
  template <class Done>
  void serve_until(const Done& done) {
    for (int waited = 0; !done(); ++waited) {
      if (waited > kPatienceMs) throw std::runtime_error("the miner does not do what it should");
      pollfd wait{connection_, POLLIN, 0};
      poll(&wait, 1, 1);
      receive();
      pool_.serve(session_);
      send_all();
    }
  }

  void send_all() {
    const std::string_view bytes = session_.output();
    if (bytes.empty()) return;
    const ssize_t sent = send(connection_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(bytes.size())) throw std::runtime_error("the miner is gone");
    session_.consume(bytes.size());
  }

 private:
  void receive() {
    std::array<char, 16384> buffer;
    const ssize_t got = recv(connection_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got <= 0) return;
    heard_at_ = bench::now();
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    if (!session_.feed(bytes, now()).ok()) throw std::runtime_error("the miner speaks nonsense");
  }

  int listener_;
  int connection_ = -1;
  std::uint16_t port_ = 0;
  Moment heard_at_ = 0;
  const base::SystemClock clock_;
  const base::SteadyWallClock wall_{clock_};
  stratum::ServerSession session_{"bench"};
  tests::ScriptedPool pool_;
};

/// The miner with one device, and its pool.
class Bench {
 public:
  explicit Bench(const std::string& spool_folder) {
    miner::MinerConfig config;
    config.pools = {{pool_.url(), "alice.rig", "x"}};
    config.recheck_every = 0;
    config.spool_folder = spool_folder;
    miner_ = std::make_unique<miner::Miner>(
        config, std::vector<miner::WorkerDevice>{{0, TimedBackend::info(), &backend_, {}}},
        std::make_unique<NoTruth>(), silence_, clock_);
    pool_.accept_miner();
    pool_.serve_until([&] { return pool_.session().logged_in(); });
  }

  /// Replaces the sprint that is raced by a new one; how long until the device hears of it.
  double new_sprint() {
    const std::string old = sprint_.sprint;
    announce();
    sprint_.t0 = pool_.now();  // early, as a pool without a beacon can
    sprint_.t_end = sprint_.t0 + kSprint;
    const Moment cancelled_before = timing_.cancelled_at();
    if (!old.empty()) pool_.session().end(old, 0);
    pool_.session().start(tests::make_start(sprint_));
    const Moment begin = now();
    pool_.send_all();
    if (old.empty()) return 0;
    pool_.serve_until([&] { return timing_.cancelled_at() != cancelled_before; });
    pool_.session().result(pool_.pool().result(old));
    return seconds(begin, timing_.cancelled_at());
  }

  /// How long a share is on its way to the pool.
  double new_share() {
    pool_.serve_until([&] { return timing_.works(); });
    const std::size_t before = pool_.pool().submits.size();
    timing_.find_one();
    pool_.serve_until([&] { return pool_.pool().submits.size() > before; });
    return seconds(timing_.found_at(), pool_.heard_at());
  }

  void wait_for_work() {
    pool_.serve_until([&] { return timing_.works(); });
  }

 private:
  static double seconds(Moment from, Moment to) { return static_cast<double>(to - from) / 1e9; }

  void announce() {
    const std::size_t readies = pool_.pool().readies.size();
    ++number_;
    sprint_ =
        pool_.pool().make("s-" + std::to_string(number_), pool_.now() + std::chrono::seconds(5),
                          kSprint, static_cast<std::uint8_t>(number_));
    pool_.session().announce(sprint_);
    pool_.serve_until([&] { return pool_.pool().readies.size() > readies; });
  }

  base::SystemClock clock_;
  Silence silence_;
  Timing timing_;
  TimedBackend backend_{timing_};
  LoopbackPool pool_;
  stratum::Announcement sprint_;
  std::uint64_t number_ = 0;
  std::unique_ptr<miner::Miner> miner_;  // last: is gone before what it works with
};

}  // namespace

MinerTimes measure_miner(std::size_t sprints, const std::string& spool_folder) {
  Bench bench(spool_folder);
  MinerTimes times;
  bench.new_sprint();
  for (std::size_t i = 0; i < sprints; ++i) {
    bench.wait_for_work();
    times.cancels.push_back(bench.new_sprint());
  }
  for (std::size_t i = 0; i < sprints; ++i) {
    // The device uses up a lease a share, and a sprint has at most 1024.
    if (i % 500 == 0) bench.new_sprint();
    times.submits.push_back(bench.new_share());
  }
  return times;
}

}  // namespace bench

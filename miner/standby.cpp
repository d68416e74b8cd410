#include "miner/standby.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"

namespace miner {
namespace {

// What a pool may say before anybody listens.
constexpr std::size_t kMostEvents = 256;

}  // namespace

Standby::Standby(Setup setup)
    : setup_(std::move(setup)), latency_(setup_.max_latency), connector_(setup_.wake) {}

void Standby::connect(std::size_t number, Connector::Connect connect) {
  CHECK(idle());
  number_ = number;
  connector_.start(std::move(connect));
}

void Standby::talk(std::unique_ptr<Connection> connection) {
  CHECK(!idle() && connection_ == nullptr);
  connection_ = std::move(connection);
  since_ = setup_.clock.now();
  latency_ = LatencyWatch(setup_.max_latency);
}

base::Status Standby::serve() {
  if (connection_ == nullptr) return base::Ok{};
  RETURN_IF_ERROR(connection_->serve());
  const stratum::ClientSession& session = connection_->session();
  if (session.waiting_events() > kMostEvents) {
    return base::io_error("it says too much before it is used");
  }
  if (!session.first_start() && setup_.clock.now() - since_ >= setup_.hold) {
    return base::io_error("it announced no sprint (--announce-timeout)");
  }
  if (!session.logged_in()) return base::Ok{};
  latency_.look(session.pool_clock());
  if (!latency_.too_far()) return base::Ok{};
  return base::io_error(fmt::format("its round trip is above {} ms (--max-latency)",
                                    setup_.max_latency / std::chrono::milliseconds(1)));
}

bool Standby::takes_over(bool free, base::Micros lead) const {
  if (!logged_in() || !latency_.settled()) return false;
  const auto start = connection_->session().first_start();
  return start && (free || *start <= setup_.clock.now() + lead);
}

std::unique_ptr<Connection> Standby::release() {
  connector_.cancel();
  number_.reset();
  return std::move(connection_);
}

}  // namespace miner

#include "miner/connection.h"

#include <poll.h>

#include <array>
#include <utility>

namespace miner {
namespace {

// A peer that talks faster than we listen must not keep us from everything else.
constexpr int kReadsAtOnce = 16;

}  // namespace

Connection::Connection(std::unique_ptr<stratum::Stream> stream, const stratum::ClientConfig& config,
                       const base::Clock& clock, std::optional<stratum::Resumption> from)
    : stream_(std::move(stream)), clock_(clock), session_(config, clock.now(), std::move(from)) {}

base::Status Connection::flush() {
  while (!session_.output().empty()) {
    ASSIGN_OR_RETURN(const std::size_t sent, stream_->write(session_.output()));
    if (sent == 0) break;
    session_.consume(sent, clock_.now());
  }
  return base::Ok{};
}

short Connection::wanted() const {
  return static_cast<short>(session_.output().empty() ? POLLIN : POLLIN | POLLOUT);
}

base::Status Connection::step(int wake_fd, base::Micros timeout, const Connection* beside) {
  RETURN_IF_ERROR(flush());
  std::array<pollfd, 3> waits = {pollfd{stream_->fd(), wanted(), 0}, pollfd{wake_fd, POLLIN, 0},
                                 pollfd{-1, 0, 0}};
  if (beside != nullptr) waits[2] = {beside->stream_->fd(), beside->wanted(), 0};
  const bool more = more_to_read_ || (beside != nullptr && beside->more_to_read_);
  const base::Micros wait = more ? base::Micros(0) : timeout;
  poll(waits.data(), waits.size(), static_cast<int>(wait / std::chrono::milliseconds(1)));
  return serve();
}

base::Status Connection::serve() {
  RETURN_IF_ERROR(read_all());
  RETURN_IF_ERROR(session_.tick(clock_.now()));
  return flush();
}

base::Status Connection::read_all() {
  std::array<char, 16384> buffer;
  for (int reads = 0; reads < kReadsAtOnce; ++reads) {
    ASSIGN_OR_RETURN(const std::size_t got, stream_->read(buffer));
    more_to_read_ = got != 0;
    if (!more_to_read_) break;
    RETURN_IF_ERROR(session_.feed({buffer.data(), got}, clock_.now()));
  }
  return base::Ok{};
}

}  // namespace miner

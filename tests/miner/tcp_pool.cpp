#include "tests/miner/tcp_pool.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "base/check.h"
#include "tests/miner/support.h"

namespace tests {

using std::chrono::seconds;

TcpPool::TcpPool(base::Micros sprint_length, const std::function<void(ScriptedPool&)>& setup,
                 base::Micros ahead)
    : length_(sprint_length), wall_(clock_, base::SteadyWallClock(clock_).now() + ahead) {
  {
    base::MutexLock lock(mutex_);
    setup(pool_);
  }
  listener_ = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  CHECK(listener_ >= 0 && bind(listener_, any, size) == 0 && listen(listener_, 4) == 0);
  CHECK(getsockname(listener_, any, &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

TcpPool::~TcpPool() {
  ending_ = true;
  thread_.join();
  close_connection();
  close(listener_);
}

void TcpPool::cut_at(std::size_t stored) {
  cut_at_ = stored;
}

std::size_t TcpPool::stored() {
  base::MutexLock lock(mutex_);
  return count_stored();
}

std::size_t TcpPool::count_stored() const {
  std::size_t count = 0;
  for (int i = 1; i <= number_; ++i) count += pool_.stored("s-" + std::to_string(i));
  return count;
}

void TcpPool::run() {
  while (!ending_) {
    std::array<pollfd, 2> waits = {pollfd{listener_, POLLIN, 0}, pollfd{connection_, POLLIN, 0}};
    poll(waits.data(), connection_ < 0 ? 1 : 2, 5);
    if ((waits[0].revents & POLLIN) != 0) accept_one();
    if (connection_ >= 0 && !deaf_) step();
  }
}

void TcpPool::accept_one() {
  const int accepted = accept(listener_, nullptr, nullptr);
  if (accepted < 0) return;
  close_connection();  // the newer one wins
  connection_ = accepted;
  ++connections_;
  session_ = std::make_unique<stratum::ServerSession>("pool");
  greeted_ = false;
}

void TcpPool::close_connection() {
  if (connection_ >= 0) close(connection_);
  connection_ = -1;
  session_.reset();
}

bool TcpPool::receive() {
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = recv(connection_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    if (got == 0) return false;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    if (!session_->feed(bytes, wall_.now()).ok()) return false;
  }
}

void TcpPool::step() {
  if (delay_us_ != 0) std::this_thread::sleep_for(base::Micros(delay_us_));
  const bool open = receive();
  {
    base::MutexLock lock(mutex_);
    const std::size_t before = count_stored();
    pool_.serve(*session_);
    const std::size_t after = count_stored();
    if (after > before && after >= cut_at_) {
      cut_at_ = SIZE_MAX;
      ++cuts_;
      return close_connection();  // what it had to say is not sent
    }
    if (open && session_->logged_in() && !drops_ && !idle_) advance();
  }
  if (!open) return close_connection();
  send();
  if (drops_ && session_->logged_in()) close_connection();
}

/// What the pool says by itself: the next sprint, its start, its end.
void TcpPool::advance() {
  const base::UnixTime now = wall_.now();
  const bool over = sprint_.start && now > sprint_.start->t_end;
  if (over && greeted_) {
    const std::string& id = sprint_.announcement.sprint;
    session_->end(id, 0);
    session_->verdict({id, pool_.stored(id), {}});
    session_->result(pool_.result(id));
  }
  if (number_ == 0 || over) {
    ++number_;
    sprint_ = {pool_.make("s-" + std::to_string(number_), now + seconds(5), length_,
                          static_cast<std::uint8_t>(number_)),
               std::nullopt};
    readies_before_ = pool_.readies.size();
    greeted_ = false;
  }
  if (!greeted_) {
    greeted_ = true;
    session_->announce(sprint_.announcement);
    if (sprint_.start) session_->start(*sprint_.start);
  }
  if (!sprint_.start && pool_.readies.size() > readies_before_) {
    sprint_.announcement.t0 = now;  // early, as a pool without a beacon can
    sprint_.announcement.t_end = now + length_;
    sprint_.start = make_start(sprint_.announcement);
    session_->start(*sprint_.start);
  }
}

void TcpPool::send() {
  const std::string_view bytes = session_->output();
  if (bytes.empty()) return;
  const ssize_t sent = ::send(connection_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent > 0) session_->consume(static_cast<std::size_t>(sent));
}

}  // namespace tests

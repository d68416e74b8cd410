#include "miner/mailbox.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "base/check.h"

namespace miner {
namespace {

// A share every microsecond for a tenth of a second: far beyond any pool's difficulty.
constexpr std::size_t kCapacity = 100'000;

}  // namespace

Mailbox::Mailbox() : queue_(kCapacity), event_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  CHECK(event_fd_ >= 0);
}

Mailbox::~Mailbox() {
  close(event_fd_);
}

bool Mailbox::post(Mail mail) {
  const bool taken = queue_.push(std::move(mail));
  wake();
  return taken;
}

void Mailbox::wake() {
  const std::uint64_t one = 1;
  // The only failure is a full counter, which is readable already.
  [[maybe_unused]] const auto written = write(event_fd_, &one, sizeof one);
}

void Mailbox::wait(base::Micros time) const {
  pollfd mail{event_fd_, POLLIN, 0};
  poll(&mail, 1, static_cast<int>(time / std::chrono::milliseconds(1)));
}

std::vector<Mail> Mailbox::drain() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = read(event_fd_, &count, sizeof count);
  return queue_.drain();
}

}  // namespace miner

#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/queue.h"
#include "miner/events.h"

namespace miner {

/// Mail to the network thread, with a descriptor that becomes readable when there is some. Any
/// thread posts; one thread drains.
class Mailbox {
 public:
  Mailbox();
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// False when the box is full (a flood that nobody drains): the mail was not taken.
  bool post(Mail mail);
  /// Makes the descriptor readable without mail.
  void wake();
  /// All mail in order; the descriptor is quiet again until the next.
  std::vector<Mail> drain();
  /// Until there is mail, but so long at most. It is not drained.
  void wait(base::Micros time) const;
  /// For poll(): readable when there is mail.
  int fd() const { return event_fd_; }

 private:
  base::Queue<Mail> queue_;
  int event_fd_ = -1;
};

}  // namespace miner

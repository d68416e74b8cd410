#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "stratum/client_session.h"
#include "stratum/stream.h"

namespace miner {

/// A stream and the session that speaks over it. Belongs to the network thread.
class Connection {
 public:
  /// `from`: the session that is to go on, if any.
  Connection(std::unique_ptr<stratum::Stream> stream, const stratum::ClientConfig& config,
             const base::Clock& clock, std::optional<stratum::Resumption> from);

  bool encrypted() const { return stream_->encrypted(); }
  /// The pool asked not to be called again before then; a time in the past: it did not.
  base::SteadyTime not_before() const { return stream_->not_before(); }
  /// Why it is not encrypted although that was tried; empty where that is not so.
  std::string why_plain() const { return stream_->why_plain(); }

  stratum::ClientSession& session() { return session_; }
  const stratum::ClientSession& session() const { return session_; }

  /// Sends what the session has to say, as far as the stream takes it.
  base::Status flush();

  /// Flushes, then waits for bytes, for `wake_fd`, or for `timeout`, and feeds the session. An
  /// error means that the connection is over; events that came before it can still be taken.
  /// `beside`: another connection that ends the wait, too; its owner serves it then.
  base::Status step(int wake_fd, base::Micros timeout, const Connection* beside = nullptr);

  /// The same without waiting.
  base::Status serve();

 private:
  base::Status read_all();
  short wanted() const;  // for poll(2)

  std::unique_ptr<stratum::Stream> stream_;
  const base::Clock& clock_;
  stratum::ClientSession session_;
  bool more_to_read_ = false;  // the stream may hold more than the last step took
};

}  // namespace miner

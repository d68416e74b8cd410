#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "stratum/messages.h"
#include "stratum/redirect.h"

namespace stratum {

// What a client session tells its owner, in the order in which it happened.
namespace client {
struct LoggedIn {
  /// The pool goes on with the session of the Resumption: leases and numbers of shares hold. Else
  /// both begin anew, and what an earlier session sent is not this one's.
  bool resumed = false;
};
/// The pool refused the login: the session is over.
struct LoginRefused {
  WireError error;
};
struct Announced {
  Announcement announcement;
};
/// The start seed came and matches the announcement's commitment.
struct Started {
  StartNotice notice;
};
/// A sprint that we do not race, and why: nonsense in its announcement, or a start seed that does
/// not match its commitment. One line. The name is made printable where it is no sprint's id.
struct SprintRefused {
  std::string sprint;
  std::string reason;
  bool taken_before = false;  ///< it was announced well, and is over now
};
/// New leases, asked for or given; and leases from which no more nonces are to be drawn.
struct Leased {
  std::string sprint;
  std::vector<Lease> leases;
  std::vector<std::uint64_t> close;
};
/// A `ready` or `request_lease` was refused, or granted to others of the devices named.
struct LeaseRefused {
  std::string sprint;
  std::vector<std::uint32_t> devices;
  WireError error;
};
/// A submit was answered: stored (no error) or not.
struct Answered {
  std::string sprint;
  std::uint64_t seq = 0;
  std::optional<WireError> error;
};
struct Withdrawn {
  std::string sprint;
  std::uint64_t count = 0;
};
/// What the pool knows of a sprint and of the shares asked about: those, in the order asked.
struct StatusTold {
  SprintStatus status;
};
/// A `request_status` was refused, or its answer makes no sense.
struct StatusRefused {
  std::string sprint;
  WireError error;
};
/// Also of a sprint that an earlier session raced; so is Credited.
struct Judged {
  Verdict verdict;
};
struct Ended {
  std::string sprint;
};
struct Cancelled {
  std::string sprint;
  std::string reason;
};
struct Credited {
  SprintResult result;
};
/// The pool asks to be left for another address, and may.
struct Redirected {
  Redirect redirect;
};
/// Text from the pool for a person, made printable.
struct Message {
  std::string text;
};
}  // namespace client

using ClientEvent =
    std::variant<client::LoggedIn, client::LoginRefused, client::Announced, client::Started,
                 client::SprintRefused, client::Leased, client::LeaseRefused, client::Answered,
                 client::Withdrawn, client::StatusTold, client::StatusRefused, client::Judged,
                 client::Ended, client::Cancelled, client::Credited, client::Redirected,
                 client::Message>;

}  // namespace stratum

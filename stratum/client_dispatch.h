#pragma once

#include "stratum/client_session.h"
#include "stratum/codec.h"

// What the sources of the client session share.
namespace stratum {

/// The body of an answer: exactly one of result and error says something.
struct ClientSession::Answer {
  json::Field result;
  json::Field error;

  bool refused() const { return error.present(); }
  bool is_true() const {
    const auto value = result.boolean();
    return !refused() && value && *value;
  }
  /// Why it is not `true`.
  WireError why_not() const {
    if (refused()) return codec::read_error(error);
    return {Code::kOther, "the answer makes no sense", 0};
  }
};

}  // namespace stratum

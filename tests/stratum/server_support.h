#pragma once

#include <string>

#include "tests/stratum/rigs.h"

// What the tests of the server session send, and how they read its answers.
namespace stratum {

std::string request(int id, const std::string& method, const std::string& params);

/// The parameters of a submit that can be taken.
std::string submit_params(const std::string& worker = "alice.rig");

/// The code of the error that `line` is answered with at once; 0 for none. The line must not end
/// the session.
int code_of(ServerSession& session, const std::string& line);

/// The request of the next event, which must be one that asks.
RequestId next_request(ServerSession& session);

}  // namespace stratum

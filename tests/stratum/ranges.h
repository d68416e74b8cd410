#pragma once

#include <string>

#include "stratum/client_session.h"
#include "stratum/server_session.h"

// Whether what a session hands on is in the ranges of the protocol page, table "Values", and its
// texts are within their limits and printable where they are for a person.
namespace stratum {

/// The field of an event that is out of its range; empty when all are in range.
std::string out_of_range(const ClientEvent& event);
std::string out_of_range(const ServerEvent& event);

}  // namespace stratum

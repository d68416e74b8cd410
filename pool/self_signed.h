#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace pool {

/// A certificate that nobody but itself vouches for, and its private key, both as PEM.
struct SelfSigned {
  std::string certificate;
  std::string key;
};

/// Whether it can stand in a certificate: an address, or a host name of letters, digits, `-` and
/// `.` (RFC 1123).
bool is_host(const std::string& text);

/// Makes one, for trials: an EC key (P-256), valid from a day ago for ten years, for these host
/// names and addresses (RFC 5280, subjectAltName). It is its own authority, so that a miner can be
/// told to trust it and nothing else.
base::Result<SelfSigned> make_self_signed(const std::vector<std::string>& hosts);

}  // namespace pool

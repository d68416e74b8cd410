#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace pool {

/// The network that counts as one peer: an IPv4 address, or the 64 bits that one subscriber of IPv6
/// is given. IPv4 mapped into IPv6 is IPv4.
std::string near_network(const boost::asio::ip::address& address);
/// The neighbourhood: IPv4 by 24 bits, IPv6 by 48, what one site is given (RFC 6177).
std::string wide_network(const boost::asio::ip::address& address);

/// A list of addresses and networks. Immutable.
class Networks {
 public:
  /// Each an address, or "ADDRESS/BITS". The error names the one that is neither.
  static base::Result<Networks> parse(const std::vector<std::string>& texts);
  /// Whether one of them holds it.
  bool hold(const boost::asio::ip::address& address) const;

 private:
  struct Network {
    boost::asio::ip::address address;
    unsigned bits = 0;
  };
  static base::Result<Network> parse_one(const std::string& text);

  std::vector<Network> networks_;
};

}  // namespace pool

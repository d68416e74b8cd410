#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "pool/bans.h"
#include "pool/peer_address.h"

namespace pool {

/// Who may connect: so many connections of an address and of its neighbourhood, and nobody who is
/// banned. Belongs to one thread.
class Doorkeeper {
 public:
  struct Limits {
    std::size_t of_address = 256;  ///< connections at once; four times as many of the wide network
    Networks exempt = {};          ///< neither counted nor banned: proxies, farms
  };
  Doorkeeper(Limits limits, base::LogSink& sink) : limits_(std::move(limits)), log_(sink, "pool") {}

  /// One more connection of this address; false: it is to be closed. Each true is followed by one
  /// `leave`.
  bool admit(const boost::asio::ip::address& address, base::UnixTime now);
  void leave(const boost::asio::ip::address& address);
  /// What the peer is known by, for bans of rigs; empty: it is exempt.
  std::string network_of(const boost::asio::ip::address& address) const {
    return limits_.exempt.hold(address) ? "" : near_network(address);
  }
  /// A connection was closed for what the peer did; three times, and its address is banned. Whether
  /// it is now.
  bool strike(const boost::asio::ip::address& address, std::string_view reason, base::UnixTime now);

 private:
  std::size_t count(const std::string& network) const;

  const Limits limits_;
  const base::Log log_;
  std::map<std::string, std::size_t> connections_;  // of near and wide networks
  Bans bans_;                                       // of near networks
};

}  // namespace pool

#include "pool/peer_address.h"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace pool {
namespace {

namespace ip = boost::asio::ip;

ip::address unmapped(const ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

template <class Bytes>
Bytes first_bits(Bytes bytes, unsigned kept) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t before = 8 * i;
    const unsigned here = kept <= before ? 0U : static_cast<unsigned>(kept - before);
    if (here < 8) bytes[i] &= static_cast<std::uint8_t>(0xff00U >> here);
  }
  return bytes;
}

ip::address masked(const ip::address& address, unsigned bits) {
  if (address.is_v4()) return ip::address_v4(first_bits(address.to_v4().to_bytes(), bits));
  return ip::address_v6(first_bits(address.to_v6().to_bytes(), bits));
}

std::string network(const ip::address& mapped, unsigned bits_v4, unsigned bits_v6) {
  const ip::address address = unmapped(mapped);
  const unsigned bits = address.is_v4() ? bits_v4 : bits_v6;
  const bool whole = address.is_v4() && bits == 32;
  return masked(address, bits).to_string() + (whole ? "" : "/" + std::to_string(bits));
}

}  // namespace

std::string near_network(const ip::address& address) {
  return network(address, 32, 64);
}

std::string wide_network(const ip::address& address) {
  return network(address, 24, 48);
}

base::Result<Networks::Network> Networks::parse_one(const std::string& text) {
  const std::size_t slash = text.find('/');
  boost::system::error_code error;
  const ip::address address = unmapped(ip::make_address(text.substr(0, slash), error));
  const unsigned most = address.is_v4() ? 32 : 128;
  std::optional<std::uint64_t> bits = most;
  if (slash != std::string::npos) bits = base::u64_from_decimal(text.substr(slash + 1), most);
  if (error || !bits) {
    return base::invalid("'" + base::printable(text, 64) +
                         "' is no address, and no network as 192.0.2.0/24");
  }
  return Network{masked(address, static_cast<unsigned>(*bits)), static_cast<unsigned>(*bits)};
}

base::Result<Networks> Networks::parse(const std::vector<std::string>& texts) {
  Networks all;
  for (const std::string& text : texts) {
    ASSIGN_OR_RETURN(Network one, parse_one(text));
    all.networks_.push_back(std::move(one));
  }
  return all;
}

bool Networks::hold(const ip::address& mapped) const {
  const ip::address address = unmapped(mapped);
  for (const Network& network : networks_) {
    if (network.address.is_v4() != address.is_v4()) continue;
    if (masked(address, network.bits) == network.address) return true;
  }
  return false;
}

}  // namespace pool

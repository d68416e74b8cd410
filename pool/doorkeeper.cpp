#include "pool/doorkeeper.h"

namespace pool {
namespace {

constexpr std::size_t kWide = 4;  // times the connections of one address

using boost::asio::ip::address;

}  // namespace

bool Doorkeeper::admit(const address& peer, base::UnixTime now) {
  if (limits_.exempt.hold(peer)) return true;
  const std::string near = near_network(peer);
  const std::string wide = wide_network(peer);
  if (bans_.left(near, now)) return false;
  if (count(near) >= limits_.of_address || count(wide) >= kWide * limits_.of_address) {
    log_.debug("too many connections of one address", {{"address", near}});
    return false;
  }
  ++connections_[near];
  ++connections_[wide];
  return true;
}

std::size_t Doorkeeper::count(const std::string& network) const {
  const auto found = connections_.find(network);
  return found == connections_.end() ? 0 : found->second;
}

void Doorkeeper::leave(const address& peer) {
  if (limits_.exempt.hold(peer)) return;
  for (const std::string& network : {near_network(peer), wide_network(peer)}) {
    const auto of = connections_.find(network);
    if (of != connections_.end() && --of->second == 0) connections_.erase(of);
  }
}

bool Doorkeeper::strike(const address& peer, std::string_view reason, base::UnixTime now) {
  if (limits_.exempt.hold(peer)) return false;
  const std::string near = near_network(peer);
  const auto banned = bans_.strike(near, now);
  if (!banned) return false;
  log_.warn("address is banned for a while",
            {{"address", near}, {"minutes", base::in_seconds(*banned) / 60}, {"reason", reason}});
  return true;
}

}  // namespace pool

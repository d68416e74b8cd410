// Addresses that a pool sends its miners to: the same pool, so session and shares go on there.
#include "miner/pool_turns.h"

namespace miner {
namespace {

// Of "client.reconnect" on the protocol's page.
constexpr std::size_t kMostRedirects = 3;
constexpr base::Micros kRedirectsWithin = std::chrono::minutes(10);

}  // namespace

/// By the address that the user gave, wherever the pool has sent us since: so it leads no further
/// step by step. A node cannot ask.
std::optional<stratum::RedirectRule> PoolTurns::redirect_rule(std::size_t number,
                                                              bool encrypted) const {
  stratum::PoolUrl home = pools_.pool(number).url;
  if (home.by_http) return std::nullopt;
  if (encrypted) home.security = stratum::Security::kTls;
  return stratum::RedirectRule{std::move(home), transport_.redirects};
}

void PoolTurns::look_at_redirect() {
  const auto wish = coordinator_.take_redirect();
  if (!wish) return;
  std::deque<base::SteadyTime>& times = redirect_times_[number_];
  while (!times.empty() && times.front() + kRedirectsWithin <= clock_.now()) times.pop_front();
  const std::string to = wish->to.text();
  if (times.size() >= kMostRedirects) {
    return log_.warn("asks to reconnect elsewhere: not followed, it did so three times already",
                     {{"pool", base::Address{pool_.url}}, {"to", base::Address{to}}});
  }
  times.push_back(clock_.now());
  redirect_ = *wish;
  log_.info("asks to reconnect elsewhere: followed", {{"pool", base::Address{pool_.url}},
                                                      {"to", base::Address{to}},
                                                      {"wait_s", base::in_seconds(wish->wait)}});
}

/// The next turn is the same pool's at the address that it named; false when it named none, or is
/// not to be used any more. Devices race on meanwhile. Should nobody be there, the pool's own
/// address is the next one tried.
bool PoolTurns::use_redirect() {
  const auto redirect = std::exchange(redirect_, std::nullopt);
  if (!redirect || go_elsewhere_ || !position_of(number_)) return false;
  if (!wait_for_turn(redirect->wait)) return true;
  rotation_.use(*position_of(number_));
  use_pool(number_, redirect->to);
  return true;
}

}  // namespace miner

// Pools that are better than the one in use: tried beside it, until one takes over.
#include <algorithm>
#include <string>
#include <utility>

#include "miner/pool_turns.h"

namespace miner {
namespace {

/// Before T0 of a better pool's sprint the one in use is left so early that weights are made by
/// then, and no earlier, since that costs the rest of a race. `weights`: what the last ones took.
base::Micros lead_for(std::optional<base::Micros> weights) {
  constexpr base::Micros kLeaving = std::chrono::seconds(2);  // the last shares, and the login
  constexpr base::Micros kUnknown = std::chrono::seconds(10);
  constexpr base::Micros kMost = std::chrono::minutes(1);
  return weights ? std::min(*weights + kLeaving, kMost) : kUnknown;
}

/// Why the pool refused the login, if that was the session's end.
std::optional<stratum::WireError> refusal_of(stratum::ClientSession& session) {
  while (const auto event = session.next_event()) {
    if (const auto* refused = std::get_if<stratum::client::LoginRefused>(&*event)) {
      return refused->error;
    }
  }
  return std::nullopt;
}

}  // namespace

/// The next turn is that of a better pool that is logged in already, unless another is preferred;
/// false when there is none.
bool PoolTurns::use_standby() {
  const auto number = standby_.number();
  const bool wanted = number && standby_.logged_in() && position_of(*number) &&
                      (!go_elsewhere_ || pools_.enabled().front() == *number);
  if (!wanted) {
    drop_standby();
    return false;
  }
  begin_turn(*number, pools_.pool(*number).url);
  rotation_.use(*position_of(*number));
  log_.info("better pool in use", {{"pool", base::Address{pool_.url}}});
  connection_ = standby_.release();
  serve_turn();
  return true;
}

/// Those before the one in use. One that refused the login is not among them, but the first is: its
/// accounts may be back. A node's token is never tried again.
std::vector<std::size_t> PoolTurns::better_pools() const {
  std::vector<std::size_t> better;
  for (const std::size_t number : pools_.enabled()) {
    if (number == number_) break;
    const bool again = better.empty() && !pools_.pool(number).url.by_http;
    if (again || !pools_.is_refused(number)) better.push_back(number);
  }
  return better;
}

void PoolTurns::look_for_better() {
  const std::vector<std::size_t> better = better_pools();
  const auto number = standby_.number();
  if (number && std::find(better.begin(), better.end(), *number) == better.end()) drop_standby();
  if (!standby_.idle()) return serve_standby();
  std::vector<std::size_t> due;
  std::copy_if(better.begin(), better.end(), std::back_inserter(due), [this](std::size_t pool) {
    return !is_held(pool) && retry_.is_due(pool, clock_.now());
  });
  if (!due.empty()) try_better(due.front());
}

void PoolTurns::try_better(std::size_t number) {
  const stratum::PoolUrl to = pools_.pool(number).url;
  log_.debug("trying a better pool", {{"pool", base::Address{to.text()}}});
  const auto connect = [to, transport = transport_, within = limits_.connect,
                        &clock = clock_](const auto& stop) {
    return connect_within(to, transport, within, clock, stop);
  };
  standby_.connect(number, connect);
}

void PoolTurns::serve_standby() {
  const std::size_t number = *standby_.number();
  if (auto made = standby_.connected()) {
    if (!made->ok()) return standby_failed(made->message());
    standby_.talk(connection_to(number, std::move(*made).value()));
  }
  const bool before = standby_.logged_in();
  const base::Status status = standby_.serve();
  if (!status.ok()) return standby_failed(status.message());
  if (!before && standby_.logged_in()) {
    log_.info("better pool logged in", {{"pool", base::Address{pools_.pool(number).url.text()}}});
    pools_.logged_in(number);
    if (const auto at = position_of(number)) rotation_.let_in(*at);
  }
  better_waits_ =
      standby_.takes_over(coordinator_.nothing_under_way(), lead_for(coordinator_.weights_time()));
}

void PoolTurns::standby_failed(const std::string& why) {
  const std::size_t number = *standby_.number();
  const std::string address = pools_.pool(number).url.text();
  const base::Address url{address};
  const auto connection = standby_.release();
  std::optional<stratum::WireError> refused;
  if (connection != nullptr) {
    refused = refusal_of(connection->session());
    keep_resumption(number, connection->session());
    held_until_[number] = connection->not_before();
  }
  log_.info("better pool not there", {{"pool", url}, {"reason", why}});
  if (!refused) {
    pools_.failed(number, why);
    return retry_.failed(number, clock_.now());
  }
  pools_.refused(number, refused->text);
  retry_.refused(number, clock_.now());
  if (const auto at = position_of(number)) rotation_.leave_out(*at);
}

/// We leave it, it did not fail.
void PoolTurns::drop_standby() {
  const auto number = standby_.number();
  const auto connection = standby_.release();
  if (connection != nullptr) keep_resumption(*number, connection->session());
}

}  // namespace miner

#include "miner/pool_turns.h"

#include <algorithm>
#include <random>
#include <utility>

#include "miner/connector.h"

namespace miner {
namespace {

using std::chrono::milliseconds;

constexpr base::Micros kStep = milliseconds(100);  // between two looks at the clock
/// A pool that announces nothing must not keep the next better one from being tried, not even where
/// one in use may be silent for ever.
base::Micros hold_of(const PoolLimits& limits) {
  constexpr base::Micros kHold = std::chrono::seconds(600);
  return limits.session.announce.count() == 0 ? kHold : limits.session.announce;
}

}  // namespace

PoolTurns::PoolTurns(Setup setup)
    : coordinator_(setup.coordinator),
      mailbox_(setup.mailbox),
      ports_(setup.ports),
      clock_(setup.clock),
      log_(setup.sink, "net"),
      limits_(setup.limits),
      transport_(std::move(setup.transport)),
      pools_(setup.pools),
      enabled_(pools_.enabled()),
      rotation_(enabled_.size(), std::random_device{}()),
      latency_(limits_.max_latency),
      retry_(limits_.better_after, std::random_device{}()),
      standby_({[this] { mailbox_.wake(); }, clock_, limits_.max_latency, hold_of(limits_)}) {}

void PoolTurns::take_turn() {
  if (!use_standby() && !use_redirect()) {
    const PoolRotation::Next next = rotation_.next();
    if (wait_for_turn(next.wait)) {
      const std::size_t number = enabled_.at(next.pool);
      use_pool(number, stratum::PoolUrl(pools_.pool(number).url));
    }
  }
  if (std::exchange(pools_changed_, false)) begin_rotation();
}

/// Waits between two connections while mail goes on; false when the run is over, or the pools are
/// other ones, meanwhile.
bool PoolTurns::wait_for_turn(base::Micros time) {
  const base::SteadyTime end = clock_.now() + time;
  for (;;) {
    ports_.work_through();
    const base::Micros left = end - clock_.now();
    if (ports_.over() || pools_changed_) return false;
    if (left <= base::Micros(0)) return true;
    mailbox_.wait(std::min(left, kStep) + milliseconds(1));
  }
}

/// One connection from its making to its end.
void PoolTurns::use_pool(std::size_t number, const stratum::PoolUrl& to) {
  begin_turn(number, to);
  if (is_held(number)) return end_turn(Turn::kFailed, "it asked to be left alone for a while");
  const base::Address url{pool_.url};
  log_.info("connecting", {{"pool", url}});
  log_.debug("login", {{"pool", url}, {"account", base::Account{pool_.user}}});
  const stratum::TransportOptions transport = transport_;  // settings may come meanwhile
  auto stream = connect_within(to, transport, limits_.connect, clock_, [this] {
    ports_.work_through();
    return ports_.over() || leaving();
  });
  if (!stream.ok()) {
    if (!ports_.over() && !leaving()) log_.warn("no connection", {{"reason", stream.message()}});
    return end_turn(Turn::kFailed, stream.message());
  }
  connection_ = connection_to(number, std::move(stream).value());
  serve_turn();
}

/// It named a time before which nobody is to call.
bool PoolTurns::is_held(std::size_t number) const {
  const auto until = held_until_.find(number);
  return until != held_until_.end() && clock_.now() < until->second;
}

void PoolTurns::begin_turn(std::size_t number, const stratum::PoolUrl& to) {
  number_ = number;
  in_turn_ = true;
  go_elsewhere_ = better_waits_ = too_far_ = false;
  redirected_ = to != pools_.pool(number).url;
  redirect_.reset();
  latency_ = LatencyWatch(limits_.max_latency);
  retry_.forget(number);
  pool_ = {};
  pool_.url = to.text();
  pool_.user = pools_.pool(number).user;
}

/// When the run is over the connection stays: the winding down goes on with it.
void PoolTurns::serve_turn() {
  alive_ = true;
  pool_.encrypted = connection_->encrypted();
  if (!connection_->why_plain().empty()) {
    log_.warn("not encrypted, as --allow-plaintext allows",
              {{"pool", base::Address{pool_.url}}, {"reason", connection_->why_plain()}});
  }
  coordinator_.session_made(connection_->session(), number_);
  const base::Status served = serve();
  const Turn turn = turn_so_far();
  if (!ports_.over() && leaving() && coordinator_.logged_in()) leave();
  alive_ = alive_ && served.ok() && !coordinator_.login_error();
  if (ports_.over()) return;
  close_connection();
  end_turn(turn, served.ok() ? "" : served.message());
}

/// Runs the connection until the login is refused, the pool is to be left, or the run is over; an
/// error when it fails before.
base::Status PoolTurns::serve() {
  const base::Address url{pool_.url};
  note_events();  // one that took over has said something already
  while (!ports_.over() && !coordinator_.login_error() && !leaving()) {
    base::Status status = connection_->step(mailbox_.fd(), kStep, standby_.connection());
    note_events();
    look_at_redirect();
    ports_.work_through();
    if (const auto& refused = coordinator_.login_error()) {
      log_.error("login refused", {{"pool", url},
                                   {"account", base::Account{pool_.user}},
                                   {"code", static_cast<int>(refused->code)},
                                   {"reason", refused->text}});
    } else if (!status.ok()) {
      log_.warn("connection lost", {{"pool", url}, {"reason", status.message()}});
      return status;
    } else if (coordinator_.logged_in()) {
      look_at_latency();
      look_for_better();
    }
  }
  return base::Ok{};
}

void PoolTurns::note_events() {
  coordinator_.take_events(clock_.now());
  if (coordinator_.logged_in() && !std::exchange(pool_.connected, true)) pools_.logged_in(number_);
  look_at_clock(connection_->session().pool_clock());
}

void PoolTurns::look_at_clock(const stratum::PoolClock& clock) {
  pool_.round_trip = clock.round_trip();
  pool_.clock_jitter = clock.jitter();
  if (!clock.known()) return;
  const auto wall = std::chrono::time_point_cast<base::Micros>(std::chrono::system_clock::now());
  pool_.clock_offset = clock.to_pool(clock_.now()) - wall;
}

std::optional<std::size_t> PoolTurns::position_of(std::size_t number) const {
  const auto at = std::find(enabled_.begin(), enabled_.end(), number);
  if (at == enabled_.end()) return std::nullopt;
  return static_cast<std::size_t>(at - enabled_.begin());
}

void PoolTurns::close_connection() {
  coordinator_.session_lost();
  keep_resumption(number_, connection_->session());
  held_until_[number_] = connection_->not_before();
  connection_.reset();
  alive_ = false;
  pool_.connected = false;
}

std::optional<stratum::Resumption> PoolTurns::resumption_of(std::size_t number) {
  auto known = resumptions_.extract(number);
  if (known.empty()) return std::nullopt;
  return std::move(known.mapped());
}

void PoolTurns::keep_resumption(std::size_t number, stratum::ClientSession& session) {
  if (auto left = session.leave_behind()) {
    resumptions_.insert_or_assign(number, std::move(*left));
  }
}

PoolTurns::Turn PoolTurns::turn_so_far() const {
  if (coordinator_.login_error()) return Turn::kRefused;
  // It is of no use now, whatever it was: the next one, not the first again.
  if (too_far_ || connection_->session().without_sprints()) return Turn::kDropped;
  if (coordinator_.session_worked(clock_.now())) return Turn::kWorked;
  return coordinator_.logged_in() ? Turn::kDropped : Turn::kFailed;
}

/// `why`: what ended the connection, unless we did.
void PoolTurns::end_turn(Turn turn, const std::string& why) {
  in_turn_ = false;
  const auto& refused = coordinator_.login_error();
  if (turn == Turn::kRefused && redirected_) {
    pools_.failed(number_, "where it sent us the login was refused: " + refused->text);
  } else if (turn == Turn::kRefused) {
    pools_.refused(number_, refused->text);
    retry_.refused(number_, clock_.now());
  } else if (too_far_) {
    pools_.failed(number_, too_far_reason());
  } else if (!ports_.over() && !leaving() && !why.empty()) {
    pools_.failed(number_, why);
  }
  tell_rotation(turn);
}

/// A list of pools that is new since the turn began begins with its first. An address where nobody
/// is says nothing of the pool that named it: its own comes next.
void PoolTurns::tell_rotation(Turn turn) {
  const bool was_there = turn == Turn::kWorked || turn == Turn::kDropped;
  if (pools_changed_ || (redirected_ && !was_there)) return;
  if (turn == Turn::kRefused) {
    rotation_.refused();
  } else if (turn == Turn::kWorked) {
    rotation_.worked();
  } else if (turn == Turn::kDropped) {
    rotation_.dropped();
  } else {
    rotation_.failed();
  }
}

/// Over the pools that are enabled now, from the first.
void PoolTurns::begin_rotation() {
  enabled_ = pools_.enabled();
  rotation_ = PoolRotation(enabled_.size(), std::random_device{}());
  for (std::size_t i = 0; i < enabled_.size(); ++i) {
    if (pools_.is_refused(enabled_[i])) rotation_.leave_out(i);
  }
}

void PoolTurns::prefer(std::size_t number) {
  if (!pools_.prefer(number)) return;
  retry_.forget(number);
  go_elsewhere_ = in_turn_ && number != number_;
  pools_changed_ = true;
}

void PoolTurns::enable(std::size_t number, bool enabled) {
  if (!pools_.enable(number, enabled)) return;
  retry_.forget(number);
  pools_changed_ = true;
}

bool PoolTurns::replace(const std::vector<PoolEndpoint>& pools) {
  if (!pools_.replace(pools)) return false;
  retry_.forget_all();
  pools_changed_ = true;
  return true;
}

void PoolTurns::write_to(Snapshot& snapshot) const {
  snapshot.pool = pool_;
  snapshot.pools = pools_.listings();
  for (PoolListing& pool : snapshot.pools) {
    if (standby_.logged_in() && standby_.number() == pool.number) {
      pool.standing = PoolStanding::kWaiting;
      pool.reason.clear();
    }
    if (!in_turn_ || pool.number != number_) continue;
    pool.standing = pool_.connected ? PoolStanding::kInUse : PoolStanding::kConnecting;
    pool.reason.clear();
  }
}

std::unique_ptr<Connection> PoolTurns::connection_to(std::size_t number,
                                                     std::unique_ptr<stratum::Stream> stream) {
  const PoolEndpoint& pool = pools_.pool(number);
  const stratum::ClientConfig config{"sprintminer/" SPRINT_VERSION, pool.user, pool.password,
                                     limits_.session, redirect_rule(number, stream->encrypted())};
  return std::make_unique<Connection>(std::move(stream), config, clock_, resumption_of(number));
}

}  // namespace miner

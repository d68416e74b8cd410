#include "miner/pool_turns.h"

#include <poll.h>

#include <algorithm>
#include <random>
#include <utility>

#include "stratum/stream.h"

namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::Micros kStep = milliseconds(100);  // between two looks at the clock
constexpr base::Micros kConnectWithin = seconds(10);
// A pool that is not to be used any more: so long for what was found and is being found for it, and
// the rest for the last answers.
constexpr base::Micros kLeaveWithin = seconds(1);
constexpr base::Micros kFindsWithin = milliseconds(750);
constexpr int kNoMail = -1;  // for poll(2): mail waits

void wait_for_mail(const Mailbox& mailbox, base::Micros time) {
  pollfd mail{mailbox.fd(), POLLIN, 0};
  poll(&mail, 1, static_cast<int>(time / milliseconds(1)));
}

}  // namespace

PoolTurns::PoolTurns(Setup setup)
    : coordinator_(setup.coordinator),
      mailbox_(setup.mailbox),
      ports_(setup.ports),
      clock_(setup.clock),
      log_(setup.sink, "net"),
      pools_(setup.pools),
      enabled_(pools_.enabled()),
      rotation_(enabled_.size(), std::random_device{}()) {}

void PoolTurns::take_turn() {
  const PoolRotation::Next next = rotation_.next();
  if (wait_for_turn(next.wait)) use_pool(enabled_.at(next.pool));
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
    wait_for_mail(mailbox_, std::min(left, kStep) + milliseconds(1));
  }
}

/// One connection from its making to its end.
void PoolTurns::use_pool(std::size_t number) {
  begin_turn(number);
  const PoolEndpoint endpoint = pools_.pool(number);
  const base::Address url{pool_.url};
  log_.info("connecting", {{"pool", url}});
  log_.debug("login", {{"pool", url}, {"account", base::Account{pool_.user}}});
  auto stream = stratum::connect_stream(endpoint.url, kConnectWithin, [this] {
    ports_.work_through();
    return ports_.over() || leaving();
  });
  if (!stream.ok()) {
    if (!ports_.over() && !leaving()) log_.warn("no connection", {{"reason", stream.message()}});
    return end_turn(Turn::kFailed, stream.message());
  }
  connection_ = std::make_unique<Connection>(std::move(stream).value(), login(endpoint), clock_,
                                             resumption_of(number));
  serve_turn();
}

void PoolTurns::begin_turn(std::size_t number) {
  number_ = number;
  in_turn_ = true;
  go_elsewhere_ = false;
  pool_ = {};
  pool_.url = pools_.pool(number).url.text();
  pool_.user = pools_.pool(number).user;
}

/// When the run is over the connection stays: the winding down goes on with it.
void PoolTurns::serve_turn() {
  alive_ = true;
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
  while (!ports_.over() && !coordinator_.login_error() && !leaving()) {
    const base::Status status = connection_->step(mailbox_.fd(), kStep);
    note_events();
    ports_.work_through();
    if (const auto& refused = coordinator_.login_error()) {
      log_.error("login refused", {{"pool", url},
                                   {"account", base::Account{pool_.user}},
                                   {"code", static_cast<int>(refused->code)},
                                   {"reason", refused->text}});
    } else if (!status.ok()) {
      log_.warn("connection lost", {{"pool", url}, {"reason", status.message()}});
      return status;
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
  if (!clock.known()) return;
  const auto wall = std::chrono::time_point_cast<base::Micros>(std::chrono::system_clock::now());
  pool_.clock_offset = clock.to_pool(clock_.now()) - wall;
}

std::string_view PoolTurns::why_leaving() const {
  if (!pools_.is_listed(number_)) return "pool not listed any more";
  return pools_.is_enabled(number_) ? "another pool is preferred" : "pool disabled";
}

/// Takes leave of a pool that is not to be used any more, once it has stored what was found for it;
/// what is found after that waits at the desk, as for any pool that is lost. When the run ends
/// meanwhile nothing is said: the winding down goes on with the connection.
void PoolTurns::leave() {
  log_.info(why_leaving(), {{"pool", base::Address{pool_.url}}});
  const base::SteadyTime begin = clock_.now();
  const auto step = [this](int mail) {
    alive_ = connection_->step(mail, kStep).ok();
    if (alive_) coordinator_.take_events(clock_.now());
    return alive_;
  };
  ports_.work_through();  // the mail holds what was found last
  while (has_unsaid() && clock_.now() < begin + kFindsWithin && !ports_.over()) {
    if (!step(mailbox_.fd())) return;
    ports_.work_through();
  }
  // Where shares come faster than answers there is always one more. Answers that nobody reads would
  // reset the connection, and what was sent last would be lost with it.
  const stratum::ClientSession& session = connection_->session();
  while (session.unanswered() != 0 && clock_.now() < begin + kLeaveWithin && !ports_.over()) {
    if (!step(kNoMail)) return;
  }
  if (ports_.over()) return;
  connection_->session().bye();
  (void)connection_->flush().ok();
}

void PoolTurns::close_connection() {
  coordinator_.session_lost();
  keep_resumption(number_, connection_->session());
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
  if (coordinator_.session_worked(clock_.now())) return Turn::kWorked;
  return coordinator_.logged_in() ? Turn::kDropped : Turn::kFailed;
}

/// `why`: what ended the connection, unless we did.
void PoolTurns::end_turn(Turn turn, const std::string& why) {
  in_turn_ = false;
  const auto& refused = coordinator_.login_error();
  if (turn == Turn::kRefused) {
    pools_.refused(number_, refused->text);
  } else if (!ports_.over() && !leaving() && !why.empty()) {
    pools_.failed(number_, why);
  }
  tell_rotation(turn);
}

/// A list of pools that is new since the turn began begins with its first.
void PoolTurns::tell_rotation(Turn turn) {
  if (pools_changed_) return;
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

void PoolTurns::talk() {
  if (!alive_) return wait_for_mail(mailbox_, kStep);
  alive_ = connection_->step(mailbox_.fd(), kStep).ok();
  coordinator_.take_events(clock_.now());
}

bool PoolTurns::has_unsaid() const {
  return alive_ && (coordinator_.unsent() != 0 || connection_->session().unanswered() != 0);
}

void PoolTurns::finish() {
  if (connection_ == nullptr) return;
  if (alive_ && coordinator_.logged_in()) {
    connection_->session().bye();
    (void)connection_->flush().ok();
  }
  close_connection();
  in_turn_ = false;
}

void PoolTurns::prefer(std::size_t number) {
  if (!pools_.prefer(number)) return;
  go_elsewhere_ = in_turn_ && number != number_;
  pools_changed_ = true;
}

void PoolTurns::enable(std::size_t number, bool enabled) {
  if (pools_.enable(number, enabled)) pools_changed_ = true;
}

bool PoolTurns::replace(const std::vector<PoolEndpoint>& pools) {
  if (!pools_.replace(pools)) return false;
  pools_changed_ = true;
  return true;
}

void PoolTurns::write_to(Snapshot& snapshot) const {
  snapshot.pool = pool_;
  snapshot.pools = pools_.listings();
  for (PoolListing& pool : snapshot.pools) {
    if (!in_turn_ || pool.number != number_) continue;
    pool.standing = pool_.connected ? PoolStanding::kInUse : PoolStanding::kConnecting;
    pool.reason.clear();
  }
}

stratum::ClientConfig PoolTurns::login(const PoolEndpoint& pool) const {
  return {"sprintminer/" SPRINT_VERSION, pool.user, pool.password};
}

}  // namespace miner

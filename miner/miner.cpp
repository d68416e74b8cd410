#include "miner/miner.h"

#include <fmt/core.h>
#include <poll.h>
#include <pthread.h>

#include <algorithm>
#include <random>
#include <utility>

#include "miner/connection.h"
#include "stratum/stream.h"

namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::Micros kStep = milliseconds(100);  // between two looks at the clock
constexpr base::Micros kTick = milliseconds(100);
constexpr base::Micros kConnectWithin = seconds(10);
// A stop ends within 5 s: this long for the devices and the last answers, the rest for the goodbye.
constexpr base::Micros kWindDown = milliseconds(3500);
// A device that is opened for the first time may do so for minutes: it is left.
constexpr base::Micros kOpensWithin = milliseconds(500);
// A pool that is not to be used any more: so long for what was found and is being found for it, and
// the rest for the last answers.
constexpr base::Micros kLeaveWithin = seconds(1);
constexpr base::Micros kFindsWithin = milliseconds(750);
// A reading takes milliseconds; what has not ended by then hangs in a driver.
constexpr base::Micros kSensorsEndWithin = milliseconds(500);
constexpr std::uint32_t kRecheckCpuEvery = 16;
constexpr int kNoMail = -1;  // for poll(2): mail waits

std::vector<backends::DeviceInfo> infos(const std::vector<WorkerDevice>& devices) {
  std::vector<backends::DeviceInfo> all;
  all.reserve(devices.size());
  for (const WorkerDevice& device : devices) all.push_back(device.info);
  return all;
}

std::vector<std::string> labels(const std::vector<WorkerDevice>& devices) {
  std::vector<std::string> all;
  all.reserve(devices.size());
  for (const WorkerDevice& device : devices) all.push_back(device.info.label());
  return all;
}

std::vector<std::uint32_t> recheck_plan(std::optional<std::uint32_t> recheck_every,
                                        const std::vector<backends::DeviceInfo>& devices) {
  std::vector<std::uint32_t> every;
  every.reserve(devices.size());
  for (const backends::DeviceInfo& device : devices) {
    const bool cpu = device.kind == backends::DeviceKind::kCpu;
    every.push_back(recheck_every.value_or(cpu ? kRecheckCpuEvery : 1));
  }
  return every;
}

/// Nothing where there is none to be: a miner without a spool mines.
std::unique_ptr<Spool> open_spool(const std::string& folder, Mailbox& mailbox, base::LogSink& sink,
                                  const base::Clock& clock) {
  if (folder.empty()) return nullptr;
  auto spool = Spool::open(
      folder,
      [&mailbox](SpoolNews news) {
        mailbox.post({0, std::move(news)});
      },
      sink, base::SteadyWallClock(clock));
  if (spool.ok()) return std::move(spool).value();
  base::Log(sink, "spool")
      .warn("found shares will not survive a crash", {{"reason", spool.message()}});
  return nullptr;
}

base::Micros wall_offset(const base::Clock& clock) {
  return base::SteadyWallClock(clock).now().time_since_epoch() - clock.now().time_since_epoch();
}

}  // namespace

Miner::Miner(MinerConfig config, std::vector<WorkerDevice> devices,
             std::unique_ptr<poc::Verifier> recheck, base::LogSink& sink, const base::Clock& clock,
             std::vector<SensorSource> sensors)
    : config_(std::move(config)),
      clock_(clock),
      sink_(sink),
      log_(sink, "net"),
      start_(clock.now()),
      spool_(open_spool(config_.spool_folder, mailbox_, sink, clock)),
      board_(infos(devices), start_),
      sensor_board_(labels(devices)),
      recheck_(std::move(recheck), mailbox_, sink, clock),
      coordinator_({infos(devices), recheck_plan(config_.recheck_every, infos(devices)),
                    config_.sprints,
                    [this](std::uint32_t device, const Assignment& assignment) {
                      workers_.at(device)->publish(assignment);
                    },
                    &recheck_, &board_, &sink, config_.solo, spool_.get(), wall_offset(clock)}),
      pools_(config_.pools),
      enabled_(pools_.enabled()),
      rotation_(enabled_.size(), std::random_device{}()),
      transport_(config_.transport),
      sensors_(std::move(sensors), sensor_board_, sink, clock) {
  const WorkerContext context{mailbox_, board_, clock_, sink_, config_.reopen_after};
  for (WorkerDevice& device : devices) {
    workers_.push_back(std::make_unique<Worker>(context, std::move(device)));
  }
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "m-net");
}

Miner::~Miner() {
  request_stop();
  thread_.join();
}

bool Miner::wait(base::Micros timeout) {
  const base::SteadyTime deadline = base::SystemClock().now() + timeout;
  base::MutexLock lock(mutex_);
  while (!outcome_) {
    if (!changed_.wait_until(mutex_, deadline)) break;
  }
  return outcome_.has_value();
}

Outcome Miner::outcome() const {
  base::MutexLock lock(mutex_);
  CHECK(outcome_.has_value());
  return *outcome_;
}

std::vector<std::string> Miner::hung_devices() const {
  base::MutexLock lock(mutex_);
  return hung_;
}

std::vector<std::string> Miner::hung_sensors() const {
  base::MutexLock lock(mutex_);
  return hung_sensors_;
}

std::shared_ptr<const Snapshot> Miner::snapshot() const {
  base::MutexLock lock(mutex_);
  return snapshot_;
}

void Miner::apply(LiveSettings settings) {
  {
    base::MutexLock lock(mutex_);
    // Pools that wait to be taken are not forgotten over settings that say nothing of them.
    if (settings.pools.empty() && new_settings_) settings.pools = std::move(new_settings_->pools);
    new_settings_ = std::move(settings);
  }
  mailbox_.wake();
}

void Miner::order(Order order) {
  {
    base::MutexLock lock(mutex_);
    orders_.push_back(order);
  }
  mailbox_.wake();
}

void Miner::pause(std::uint32_t device) {
  order({Order::What::kPause, device});
}

void Miner::resume(std::uint32_t device) {
  order({Order::What::kResume, device});
}

void Miner::prefer_pool(std::size_t pool) {
  order({Order::What::kPrefer, pool});
}

void Miner::enable_pool(std::size_t pool, bool enabled) {
  order({enabled ? Order::What::kEnable : Order::What::kDisable, pool});
}

void Miner::request_stop() {
  stop_ = true;
  mailbox_.wake();
}

// ---- the network thread -------------------------------------------------------------------------

void Miner::run() {
  open_spools();
  Outcome outcome = mine();
  publish_snapshot();
  std::vector<std::string> hung_sensors = sensors_.hung(kSensorsEndWithin);
  std::vector<std::string> hung = devices_left(outcome);
  {
    base::MutexLock lock(mutex_);
    hung_sensors_ = std::move(hung_sensors);
    hung_ = std::move(hung);
    outcome_ = std::move(outcome);
  }
  changed_.notify_all();
}

/// Those whose threads did not end. One that was still being opened had nothing to lose: that
/// changes no outcome.
std::vector<std::string> Miner::devices_left(Outcome& outcome) const {
  std::vector<std::string> left;
  for (std::uint32_t i = 0; i < workers_.size(); ++i) {
    if (coordinator_.worker_stopped(i)) continue;
    const std::string label = workers_[i]->device().info.label();
    left.push_back(label);
    if (workers_[i]->first_opening()) {
      log_.info("left while it was opened", {{"device", label}});
    } else if (outcome.code != ExitCode::kDeviceHung) {
      outcome = {ExitCode::kDeviceHung, label + " does not answer"};
    }
  }
  return left;
}

/// From pool to pool until the run is over.
Outcome Miner::mine() {
  std::optional<Outcome> outcome;
  while (!outcome) {
    const PoolRotation::Next next = rotation_.next();
    if (wait_offline(next.wait)) use_pool(enabled_.at(next.pool));
    if (std::exchange(pools_changed_, false)) begin_rotation();
    outcome = ending();
    if (!outcome && rotation_.all_refused()) {
      outcome = {ExitCode::kLoginRefused,
                 pool_.url + " refused the login of " + base::shortened({pool_.user})};
    }
    if (!outcome && config_.exit_on_loss && rotation_.all_failed()) {
      outcome = {ExitCode::kNoPool, "no pool reachable, the last tried was " + pool_.url};
    }
  }
  if (!wound_down_) wind_down(nullptr);
  return *outcome;
}

/// One connection from its making to its end.
void Miner::use_pool(std::size_t number) {
  const PoolEndpoint endpoint = pools_.pool(number);
  number_ = number;
  in_turn_ = true;
  go_elsewhere_ = false;
  pool_ = {};
  pool_.url = endpoint.url.text();
  pool_.user = endpoint.user;
  const base::Address url{pool_.url};
  log_.info("connecting", {{"pool", url}});
  log_.debug("login", {{"pool", url}, {"account", base::Account{pool_.user}}});
  const stratum::TransportOptions transport = transport_;  // settings may come meanwhile
  auto stream = stratum::connect_stream(endpoint.url, transport, kConnectWithin, [this] {
    work_through();
    return over() || leaving();
  });
  if (!stream.ok()) {
    if (!over() && !leaving()) log_.warn("no connection", {{"reason", stream.message()}});
    end_turn(Turn::kFailed, stream.message());
    return;
  }
  pool_.encrypted = (*stream)->encrypted();
  if (const std::string& why = (*stream)->why_plain(); !why.empty()) {
    log_.warn("not encrypted, as --allow-plaintext allows", {{"pool", url}, {"reason", why}});
  }
  Connection connection(std::move(stream).value(), login(endpoint), clock_, resumption_of(number));
  coordinator_.session_made(connection.session(), number);
  const base::Status served = serve(connection);
  const bool logged_in = coordinator_.logged_in();
  const Turn turn = turn_so_far();
  if (!over() && leaving() && logged_in) leave(connection);
  if (over()) wind_down(&connection);
  coordinator_.session_lost();
  if (auto left = connection.session().leave_behind()) {
    resumptions_.insert_or_assign(number, std::move(*left));
  }
  pool_.connected = false;
  end_turn(turn, served.ok() ? "" : served.message());
}

std::optional<stratum::Resumption> Miner::resumption_of(std::size_t number) {
  auto known = resumptions_.extract(number);
  if (known.empty()) return std::nullopt;
  return std::move(known.mapped());
}

/// Of pools that are new in the list, too; what earlier runs left of them comes by mail.
void Miner::open_spools() {
  if (spool_ == nullptr) return;
  for (const std::size_t number : pools_.listed()) {
    const PoolEndpoint& pool = pools_.pool(number);
    const auto login = stratum::parse_login(pool.user);
    spool_->open_pool(number, pool.url.text() + " " + (login ? login->account : pool.user));
  }
}

Miner::Turn Miner::turn_so_far() const {
  if (coordinator_.login_error()) return Turn::kRefused;
  if (coordinator_.session_worked(clock_.now())) return Turn::kWorked;
  return coordinator_.logged_in() ? Turn::kDropped : Turn::kFailed;
}

/// `why`: what ended the connection, unless we did.
void Miner::end_turn(Turn turn, const std::string& why) {
  in_turn_ = false;
  const auto& refused = coordinator_.login_error();
  if (turn == Turn::kRefused) {
    pools_.refused(number_, refused->text);
  } else if (!over() && !leaving() && !why.empty()) {
    pools_.failed(number_, why);
  }
  tell_rotation(turn);
}

/// A list of pools that is new since the turn began begins with its first.
void Miner::tell_rotation(Turn turn) {
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

/// Runs the connection until the login is refused, the pool is to be left, or the run is over; an
/// error when it fails before.
base::Status Miner::serve(Connection& connection) {
  const base::Address url{pool_.url};
  while (!over() && !coordinator_.login_error() && !leaving()) {
    base::Status status = connection.step(mailbox_.fd(), kStep);
    coordinator_.take_events(clock_.now());
    if (coordinator_.logged_in() && !std::exchange(pool_.connected, true)) {
      pools_.logged_in(number_);
    }
    look_at_clock(connection.session().pool_clock());
    work_through();
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

void Miner::look_at_clock(const stratum::PoolClock& clock) {
  pool_.round_trip = clock.round_trip();
  if (!clock.known()) return;
  const auto wall = std::chrono::time_point_cast<base::Micros>(std::chrono::system_clock::now());
  pool_.clock_offset = clock.to_pool(clock_.now()) - wall;
}

/// Takes leave of a pool that is not to be used any more, once it has stored what was found for it;
/// what is found after that waits at the desk, as for any pool that is lost. When the run ends
/// meanwhile nothing is said: the winding down goes on with the connection.
void Miner::leave(Connection& connection) {
  const std::string_view why = !pools_.is_listed(number_)    ? "pool not listed any more"
                               : !pools_.is_enabled(number_) ? "pool disabled"
                                                             : "another pool is preferred";
  log_.info(why, {{"pool", base::Address{pool_.url}}});
  const base::SteadyTime begin = clock_.now();
  work_through();  // the mail holds what was found last
  while (has_unsaid(connection) && clock_.now() < begin + kFindsWithin && !over()) {
    if (!connection.step(mailbox_.fd(), kStep).ok()) return;
    coordinator_.take_events(clock_.now());
    work_through();
  }
  // Where shares come faster than answers there is always one more. Answers that nobody reads would
  // reset the connection, and what was sent last would be lost with it.
  while (connection.session().unanswered() != 0 && clock_.now() < begin + kLeaveWithin && !over()) {
    if (!connection.step(kNoMail, kStep).ok()) return;
    coordinator_.take_events(clock_.now());
  }
  if (over()) return;
  connection.session().bye();
  (void)connection.flush().ok();
}

/// Something was found for the pool that it has not stored or answered.
bool Miner::has_unsaid(Connection& connection) const {
  return coordinator_.unsent() != 0 || connection.session().unanswered() != 0;
}

/// Ends the devices' work and sends what they had found, as long as there is time.
void Miner::wind_down(Connection* connection) {
  wound_down_ = true;
  for (auto& worker : workers_) worker->request_stop();
  sensors_.request_stop();
  publish_snapshot();  // it may take seconds: say so now
  const base::SteadyTime begin = clock_.now();
  const base::SteadyTime end = begin + kWindDown;
  // A login that is still on its way is waited for, if there is something to send after it.
  bool alive = connection != nullptr && !coordinator_.login_error();
  const auto waiting = [&] {
    return !devices_end(clock_.now() - begin) || (alive && has_unsaid(*connection));
  };
  while (waiting() && clock_.now() < end) {
    if (alive) {
      alive = connection->step(mailbox_.fd(), kStep).ok();
      coordinator_.take_events(clock_.now());
    } else {
      pollfd mail{mailbox_.fd(), POLLIN, 0};
      poll(&mail, 1, static_cast<int>(kStep / milliseconds(1)));
    }
    work_through();
  }
  if (alive && coordinator_.logged_in()) {
    connection->session().bye();
    (void)connection->flush().ok();
  }
}

/// Whether no device is waited for any more, so long after all were asked to end.
bool Miner::devices_end(base::Micros asked_before) const {
  for (std::uint32_t i = 0; i < workers_.size(); ++i) {
    const bool left = workers_[i]->first_opening() && asked_before >= kOpensWithin;
    if (!left && !coordinator_.worker_stopped(i)) return false;
  }
  return true;
}

/// Waits between two connections while mail goes on; false when the run is over, or the pools are
/// other ones, meanwhile.
bool Miner::wait_offline(base::Micros time) {
  const base::SteadyTime end = clock_.now() + time;
  for (;;) {
    work_through();
    const base::Micros left = end - clock_.now();
    if (over() || pools_changed_) return false;
    if (left <= base::Micros(0)) return true;
    pollfd mail{mailbox_.fd(), POLLIN, 0};
    poll(&mail, 1, static_cast<int>(std::min(left, kStep) / milliseconds(1)) + 1);
  }
}

/// Why the run is over, if it is over by itself.
std::optional<Outcome> Miner::ending() const {
  if (stop_) return Outcome{ExitCode::kClean, "asked to stop"};
  return coordinator_.ending();
}

/// Mail, orders and what time brings; a new snapshot at every tick.
void Miner::work_through() {
  const base::SteadyTime now = clock_.now();
  coordinator_.take_mail(mailbox_.drain(), now);
  take_orders();
  take_settings();
  if (now < next_tick_) return;
  next_tick_ = now + kTick;
  coordinator_.tick(now);
  publish_snapshot();
}

void Miner::take_orders() {
  std::vector<Order> orders;
  {
    base::MutexLock lock(mutex_);
    orders.swap(orders_);
  }
  for (const Order& order : orders) carry_out(order);
}

void Miner::carry_out(const Order& order) {
  const auto device = static_cast<std::uint32_t>(order.target);
  switch (order.what) {
    case Order::What::kPause:
      if (device < workers_.size()) coordinator_.pause(device, {PauseCause::kUser, "by the user"});
      break;
    case Order::What::kResume:
      if (device < workers_.size()) coordinator_.resume(device);
      break;
    case Order::What::kPrefer:
      if (!pools_.prefer(order.target)) break;
      go_elsewhere_ = in_turn_ && order.target != number_;
      pools_changed_ = true;
      break;
    case Order::What::kEnable:
    case Order::What::kDisable:
      if (!pools_.enable(order.target, order.what == Order::What::kEnable)) break;
      pools_changed_ = true;
      break;
  }
}

/// Over the pools that are enabled now, from the first.
void Miner::begin_rotation() {
  enabled_ = pools_.enabled();
  rotation_ = PoolRotation(enabled_.size(), std::random_device{}());
  for (std::size_t i = 0; i < enabled_.size(); ++i) {
    if (pools_.is_refused(enabled_[i])) rotation_.leave_out(i);
  }
}

void Miner::take_settings() {
  std::optional<LiveSettings> settings;
  {
    base::MutexLock lock(mutex_);
    settings.swap(new_settings_);
  }
  if (!settings) return;
  std::vector<backends::DeviceInfo> devices;
  for (const auto& worker : workers_) devices.push_back(worker->device().info);
  coordinator_.set_recheck_every(recheck_plan(settings->recheck_every, devices));
  transport_ = settings->transport;
  if (settings->pools.empty() || !pools_.replace(settings->pools)) return;
  pools_changed_ = true;
  open_spools();
}

void Miner::publish_snapshot() {
  const base::SteadyTime now = clock_.now();
  auto next = std::make_shared<Snapshot>();
  next->uptime = now - start_;
  next->ending = over();
  next->pool = pool_;
  next->pools = pools_.listings();
  for (PoolListing& pool : next->pools) {
    if (!in_turn_ || pool.number != number_) continue;
    pool.standing = pool_.connected ? PoolStanding::kInUse : PoolStanding::kConnecting;
    pool.reason.clear();
  }
  coordinator_.write_to(*next, now);
  sensor_board_.write_to(*next, now);
  base::MutexLock lock(mutex_);
  snapshot_ = std::move(next);
}

stratum::ClientConfig Miner::login(const PoolEndpoint& pool) const {
  return {"sprintminer/" SPRINT_VERSION, pool.user, pool.password};
}

}  // namespace miner

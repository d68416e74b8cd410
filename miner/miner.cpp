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
constexpr std::uint32_t kRecheckCpuEvery = 16;

std::vector<backends::DeviceInfo> infos(const std::vector<WorkerDevice>& devices) {
  std::vector<backends::DeviceInfo> all;
  all.reserve(devices.size());
  for (const WorkerDevice& device : devices) all.push_back(device.info);
  return all;
}

std::vector<std::uint32_t> recheck_plan(const MinerConfig& config,
                                        const std::vector<WorkerDevice>& devices) {
  std::vector<std::uint32_t> every;
  every.reserve(devices.size());
  for (const WorkerDevice& device : devices) {
    const bool cpu = device.info.kind == backends::DeviceKind::kCpu;
    every.push_back(config.recheck_every.value_or(cpu ? kRecheckCpuEvery : 1));
  }
  return every;
}

}  // namespace

Miner::Miner(MinerConfig config, std::vector<WorkerDevice> devices,
             std::unique_ptr<poc::Verifier> recheck, base::LogSink& sink, const base::Clock& clock)
    : config_(std::move(config)),
      clock_(clock),
      sink_(sink),
      log_(sink, "net"),
      start_(clock.now()),
      board_(infos(devices), start_),
      recheck_(std::move(recheck), mailbox_, sink, clock),
      coordinator_({infos(devices), recheck_plan(config_, devices), config_.sprints,
                    [this](std::uint32_t device, const Assignment& assignment) {
                      workers_.at(device)->publish(assignment);
                    },
                    &recheck_, &board_, &sink, config_.solo}) {
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

std::shared_ptr<const Snapshot> Miner::snapshot() const {
  base::MutexLock lock(mutex_);
  return snapshot_;
}

void Miner::pause(std::uint32_t device) {
  {
    base::MutexLock lock(mutex_);
    orders_.push_back({device, true});
  }
  mailbox_.wake();
}

void Miner::resume(std::uint32_t device) {
  {
    base::MutexLock lock(mutex_);
    orders_.push_back({device, false});
  }
  mailbox_.wake();
}

void Miner::request_stop() {
  stop_ = true;
  mailbox_.wake();
}

// ---- the network thread -------------------------------------------------------------------------

void Miner::run() {
  Outcome outcome = mine();
  publish_snapshot();
  {
    base::MutexLock lock(mutex_);
    for (std::uint32_t i = 0; i < workers_.size(); ++i) {
      if (!coordinator_.worker_stopped(i)) hung_.push_back(workers_[i]->device().info.label());
    }
    if (!hung_.empty()) outcome = {ExitCode::kDeviceHung, hung_.front() + " does not answer"};
    outcome_ = std::move(outcome);
  }
  changed_.notify_all();
}

/// From pool to pool until the run is over.
Outcome Miner::mine() {
  PoolRotation rotation(config_.pools.size(), std::random_device{}());
  std::optional<Outcome> outcome;
  while (!outcome) {
    const PoolRotation::Next next = rotation.next();
    if (wait_offline(next.wait)) use_pool(next.pool, rotation);
    outcome = ending();
    if (!outcome && rotation.all_refused()) {
      outcome = {ExitCode::kLoginRefused,
                 pool_.url + " refused the login of " + base::shortened({pool_.user})};
    }
    if (!outcome && config_.exit_on_loss && rotation.all_failed()) {
      outcome = {ExitCode::kNoPool, "no pool reachable, the last tried was " + pool_.url};
    }
  }
  if (!wound_down_) wind_down(nullptr);
  return *outcome;
}

/// One connection from its making to its end.
void Miner::use_pool(std::size_t pool, PoolRotation& rotation) {
  const PoolEndpoint& endpoint = config_.pools[pool];
  pool_ = {endpoint.url.text(), endpoint.user, false, std::nullopt};
  const base::Address url{pool_.url};
  log_.info("connecting", {{"pool", url}});
  log_.debug("login", {{"pool", url}, {"account", base::Account{pool_.user}}});
  auto stream = stratum::connect_stream(endpoint.url, kConnectWithin, [this] {
    work_through();
    return over();
  });
  if (!stream.ok()) {
    if (!over()) log_.warn("no connection", {{"reason", stream.message()}});
    rotation.failed();
    return;
  }
  Connection connection(std::move(stream).value(), login(endpoint), clock_);
  coordinator_.session_made(connection.session(), pool);
  serve(connection);
  const bool logged_in = coordinator_.logged_in();
  const bool worked = coordinator_.session_worked(clock_.now());
  const bool refused = coordinator_.login_error().has_value();
  if (over()) wind_down(&connection);
  coordinator_.session_lost();
  pool_.connected = false;
  if (refused) {
    rotation.refused();
  } else if (worked) {
    rotation.worked();
  } else if (logged_in) {
    rotation.dropped();
  } else {
    rotation.failed();
  }
}

/// Runs the connection until it fails, the login is refused, or the run is over.
void Miner::serve(Connection& connection) {
  const base::Address url{pool_.url};
  while (!over() && !coordinator_.login_error()) {
    const base::Status status = connection.step(mailbox_.fd(), kStep);
    coordinator_.take_events(clock_.now());
    pool_.connected = coordinator_.logged_in();
    pool_.round_trip = connection.session().pool_clock().round_trip();
    work_through();
    if (const auto& refused = coordinator_.login_error()) {
      log_.error("login refused", {{"pool", url},
                                   {"account", base::Account{pool_.user}},
                                   {"code", static_cast<int>(refused->code)},
                                   {"reason", refused->text}});
    } else if (!status.ok()) {
      log_.warn("connection lost", {{"pool", url}, {"reason", status.message()}});
      return;
    }
  }
}

/// Ends the devices' work and sends what they had found, as long as there is time.
void Miner::wind_down(Connection* connection) {
  wound_down_ = true;
  for (auto& worker : workers_) worker->request_stop();
  const base::SteadyTime end = clock_.now() + kWindDown;
  // A login that is still on its way is waited for, if there is something to send after it.
  bool alive = connection != nullptr && !coordinator_.login_error();
  const auto waiting = [&] {
    return !coordinator_.all_stopped() ||
           (alive && (coordinator_.unsent() != 0 || connection->session().unanswered() != 0));
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

/// Waits between two connections while mail goes on; false when the run is over meanwhile.
bool Miner::wait_offline(base::Micros time) {
  const base::SteadyTime end = clock_.now() + time;
  for (;;) {
    work_through();
    const base::Micros left = end - clock_.now();
    if (over()) return false;
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
  for (const Order& order : orders) {
    if (order.device >= workers_.size()) continue;
    if (order.pause) {
      coordinator_.pause(order.device, "by the user");
    } else {
      coordinator_.resume(order.device);
    }
  }
}

void Miner::publish_snapshot() {
  const base::SteadyTime now = clock_.now();
  auto next = std::make_shared<Snapshot>();
  next->uptime = now - start_;
  next->pool = pool_;
  coordinator_.write_to(*next, now);
  base::MutexLock lock(mutex_);
  snapshot_ = std::move(next);
}

stratum::ClientConfig Miner::login(const PoolEndpoint& pool) const {
  return {"sprintminer/" SPRINT_VERSION, pool.user, pool.password};
}

}  // namespace miner

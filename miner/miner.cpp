#include "miner/miner.h"

#include <fmt/core.h>
#include <pthread.h>

#include <algorithm>
#include <random>
#include <utility>

#include "stratum/messages.h"

namespace miner {
namespace {

using std::chrono::milliseconds;

constexpr base::Micros kTick = milliseconds(100);
// A stop ends within 5 s: this long for the devices and the last answers, the rest for the goodbye.
constexpr base::Micros kWindDown = milliseconds(3500);
// A device that is opened for the first time may do so for minutes: it is left.
constexpr base::Micros kOpensWithin = milliseconds(500);
// A reading takes milliseconds; what has not ended by then hangs in a driver.
constexpr base::Micros kSensorsEndWithin = milliseconds(500);
constexpr base::Micros kSpoolEndsWithin = milliseconds(500);
constexpr std::uint32_t kRecheckCpuEvery = 16;

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

/// 64 bits of the system's a call.
std::function<std::uint64_t()> system_random() {
  return [device = std::make_shared<std::random_device>()] {
    return std::uniform_int_distribution<std::uint64_t>()(*device);
  };
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
                    &recheck_, &board_, &sink, config_.solo, spool_.get(), wall_offset(clock),
                    [this](std::size_t pool) { return turns_.pools().pool(pool).url.text(); },
                    config_.check_credit, system_random()}),
      turns_({config_.pools, config_.limits, coordinator_, mailbox_, *this, sink, clock,
              config_.transport}),
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

bool Miner::spool_hangs() const {
  base::MutexLock lock(mutex_);
  return spool_hangs_;
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
  const bool spool_hangs =
      spool_ != nullptr && !spool_->end_by(base::SystemClock().now() + kSpoolEndsWithin);
  {
    base::MutexLock lock(mutex_);
    spool_hangs_ = spool_hangs;
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
    turns_.take_turn();
    outcome = ending();
    const PoolSnapshot& pool = turns_.used();
    if (!outcome && turns_.all_refused()) {
      outcome = {ExitCode::kLoginRefused,
                 pool.url + " refused the login of " + base::shortened({pool.user})};
    }
    if (!outcome && config_.exit_on_loss && turns_.all_failed()) {
      outcome = {ExitCode::kNoPool, "no pool reachable, the last tried was " + pool.url};
    }
  }
  wind_down();
  return *outcome;
}

/// Of pools that are new in the list, too; what earlier runs left of them comes by mail.
void Miner::open_spools() {
  if (spool_ == nullptr) return;
  for (const std::size_t number : turns_.pools().listed()) {
    const PoolEndpoint& pool = turns_.pools().pool(number);
    const auto login = stratum::parse_login(pool.user);
    spool_->open_pool(number, pool.url.text() + " " + (login ? login->account : pool.user));
  }
}

/// Ends the devices' work and sends what they had found, as long as there is time.
void Miner::wind_down() {
  for (auto& worker : workers_) worker->request_stop();
  sensors_.request_stop();
  publish_snapshot();  // it may take seconds: say so now
  const base::SteadyTime begin = clock_.now();
  coordinator_.close_ledger(begin);
  const base::SteadyTime end = begin + kWindDown;
  const auto waiting = [&] { return !devices_end(clock_.now() - begin) || turns_.has_unsaid(); };
  while (waiting() && clock_.now() < end) {
    turns_.talk();
    work_through();
  }
  turns_.finish();
}

/// Whether no device is waited for any more, so long after all were asked to end.
bool Miner::devices_end(base::Micros asked_before) const {
  for (std::uint32_t i = 0; i < workers_.size(); ++i) {
    const bool left = workers_[i]->first_opening() && asked_before >= kOpensWithin;
    if (!left && !coordinator_.worker_stopped(i)) return false;
  }
  return true;
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
      turns_.prefer(order.target);
      break;
    case Order::What::kEnable:
    case Order::What::kDisable:
      turns_.enable(order.target, order.what == Order::What::kEnable);
      break;
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
  coordinator_.set_check_credit(settings->check_credit);
  turns_.set_transport(settings->transport);
  if (!settings->pools.empty() && turns_.replace(settings->pools)) open_spools();
}

void Miner::publish_snapshot() {
  const base::SteadyTime now = clock_.now();
  auto next = std::make_shared<Snapshot>();
  next->uptime = now - start_;
  next->ending = over();
  turns_.write_to(*next);
  coordinator_.write_to(*next, now);
  sensor_board_.write_to(*next, now);
  base::MutexLock lock(mutex_);
  snapshot_ = std::move(next);
}

}  // namespace miner

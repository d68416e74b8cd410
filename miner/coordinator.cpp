#include "miner/coordinator.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"

namespace miner {
namespace {

// A session that lasted so long worked, even if no share was found in it.
constexpr auto kWorkedAfter = std::chrono::seconds(30);
// After the last result of a run. A pool that is always busy must not keep it from ending.
constexpr auto kProofsWithin = std::chrono::seconds(60);
constexpr auto kProcessing = std::chrono::milliseconds(5);
// A pool must not keep a device idle for ever.
constexpr std::pair<std::uint64_t, std::uint64_t> kLeaseRetryMs{1000, 10'000};

std::vector<std::string> labels(const std::vector<backends::DeviceInfo>& devices) {
  std::vector<std::string> names;
  names.reserve(devices.size());
  for (const backends::DeviceInfo& info : devices) names.push_back(info.label());
  return names;
}

using base::in_seconds;

}  // namespace

Coordinator::Coordinator(Setup setup)
    : publish_(std::move(setup.publish)),
      recheck_(setup.recheck),
      board_(*setup.board),
      log_(*setup.sink, "miner"),
      sprints_(setup.sprints),
      solo_(setup.solo),
      spool_(setup.spool),
      wall_offset_(setup.wall_offset),
      scheduler_(*this, labels(setup.devices)),
      desk_(*this, std::move(setup.recheck_every), *setup.sink),
      ledger_(setup.devices.size()),
      credit_({[this](const std::string& sprint, std::span<const std::uint64_t> nonces) {
                 if (session_ != nullptr) session_->request_status(sprint, nonces);
               },
               std::move(setup.address), setup.sink, std::move(setup.credit_random)}) {
  set_check_credit(setup.check_credit);
  for (backends::DeviceInfo& info : setup.devices) devices_.push_back({std::move(info)});
}

void Coordinator::session_made(stratum::ClientSession& session, std::size_t pool) {
  session_ = &session;
  ++session_number_;
  pool_ = pool;
  login_error_.reset();
  redirect_.reset();
}

void Coordinator::session_lost() {
  session_ = nullptr;
  logged_in_ = false;
  desk_.session_lost();
  credit_.session_lost();
  scheduler_.session_lost();
  ledger_.session_lost(now_);
}

void Coordinator::take_events(base::SteadyTime now) {
  now_ = now;
  while (session_ != nullptr) {
    while (const auto sent = session_->next_departure()) {
      desk_.departed(sent->sprint, sent->seq, sent->at, session_->pool_clock().to_pool(sent->at));
    }
    const auto event = session_->next_event();
    if (!event) return;
    std::visit([this](const auto& what) { on(what); }, *event);
  }
}

void Coordinator::take_mail(std::vector<Mail> mail, base::SteadyTime now) {
  now_ = now;
  for (const Mail& item : mail) {
    if (const auto* done = std::get_if<RecheckDone>(&item.what)) {
      desk_.rechecked(*done);
    } else if (const auto* news = std::get_if<SpoolNews>(&item.what)) {
      std::visit([this](const auto& what) { on_spool(what); }, *news);
    } else {
      std::visit([&](const auto& event) { on_mail(item.device, event); },
                 std::get<WorkerEvent>(item.what));
    }
  }
}

void Coordinator::tick(base::SteadyTime now) {
  now_ = now;
  scheduler_.tick(now);
  desk_.tick(now);
  credit_.tick(now);
  if (all_sprints_done() && now - last_result_ >= kProofsWithin) credit_.stop_waiting();
  for (auto& [key, raced] : raced_) {
    if (logged_in_ && raced.session == session_number_) raced.last_seen = now;
    if (now >= raced.t_end) race_ended(key, raced);
  }
  tick_ledger();
  for (auto at = raced_.begin(); at != raced_.end();) {
    const auto [key, raced] = *at++;
    if (now < result_due(raced)) continue;
    log_.warn("no result came", {{"sprint", scheduler_.find(key)->announcement.sprint}});
    record(key, std::nullopt);
  }
}

bool Coordinator::session_worked(base::SteadyTime now) const {
  return logged_in_ && (of_use_ || now - logged_in_at_ >= kWorkedAfter);
}

// ---- ports -----------------------------------------------------------------------------------

void Coordinator::send_ready(const std::string& sprint,
                             std::span<const stratum::ReadyDevice> devices) {
  if (session_ != nullptr) session_->ready(sprint, devices);
}

void Coordinator::request_lease(const std::string& sprint, std::uint32_t device) {
  if (session_ != nullptr) session_->request_lease(sprint, device);
}

void Coordinator::publish(std::uint32_t device, const Assignment& assignment) {
  publish_(device, assignment);
}

std::uint64_t Coordinator::submit(const std::string& sprint, const stratum::ShareClaim& share,
                                  std::uint64_t seq) {
  CHECK(session_ != nullptr);
  return session_->submit(sprint, share, seq);
}

void Coordinator::withdraw(const std::string& sprint, std::uint64_t seq) {
  if (session_ != nullptr) session_->withdraw(sprint, std::span(&seq, 1));
}

bool Coordinator::recheck(RecheckJob job) {
  return recheck_ != nullptr && recheck_->check(std::move(job));
}

SpoolId Coordinator::keep(std::size_t pool, SprintKey sprint, const stratum::ShareClaim& share,
                          std::uint64_t difficulty) {
  const Scheduler::Sprint* raced = scheduler_.find(sprint);
  if (spool_ == nullptr || raced == nullptr) return 0;
  const stratum::Announcement& announced = raced->announcement;
  return spool_->found(pool, {announced.sprint, share, difficulty, announced.t_end});
}

void Coordinator::settled(std::size_t pool, SpoolId share) {
  if (spool_ != nullptr) spool_->settled(pool, share);
}

void Coordinator::on_spool(const spool::Written& news) {
  desk_.kept(news.up_to);
}

void Coordinator::on_spool(const spool::Left& news) {
  if (news.shares.empty()) return;
  log_.info("shares of an earlier run have no answer yet", {{"shares", news.shares.size()}});
  for (const auto& [id, share] : news.shares) {
    desk_.left(news.pool, id, share,
               base::SteadyTime(share.t_end.time_since_epoch() - wall_offset_));
  }
}

// ---- the session's events ---------------------------------------------------------------------

base::SteadyTime Coordinator::local(base::UnixTime pool_time) const {
  const stratum::PoolClock& clock = session_->pool_clock();
  return clock.known() ? clock.to_steady(pool_time) : now_;
}

void Coordinator::on(const stratum::client::LoggedIn& event) {
  logged_in_ = true;
  logged_in_at_ = now_;
  of_use_ = false;
  // Until now the sprints of the pool before went on: this one might have refused us.
  if (pool_ != sprints_pool_) stop_racing();
  sprints_pool_ = pool_;
  ledger_.logged_in(now_);
  log_.info("logged in", {{"resumed", event.resumed}});
  for (auto& [key, raced] : raced_) {
    if (event.resumed && raced.pool == pool_) raced.session = session_number_;
  }
  desk_.session_opened(pool_, event.resumed, now_);
  credit_.session_opened(pool_);
}

void Coordinator::on(const stratum::client::LoginRefused& event) {
  login_error_ = event.error;
}

/// For a person. The pool of --solo waits with its first sprint, and only for us.
std::string Coordinator::when(base::SteadyTime t0) const {
  if (solo_ && started_ == 0) return "when the devices are ready";
  return fmt::format("in {:.1f} s", in_seconds(std::max(t0 - now_, base::Micros(0))));
}

void Coordinator::on(const stratum::client::Announced& event) {
  const stratum::Announcement& sprint = event.announcement;
  if (enough_sprints() && scheduler_.find(sprint.sprint) == nullptr) return;
  const base::SteadyTime t0 = local(sprint.t0);
  log_.info("sprint announced", {{"sprint", sprint.sprint},
                                 {"profile", poc::to_string(sprint.profile)},
                                 {"length_s", in_seconds(sprint.t_end - sprint.t0)},
                                 {"starts", when(t0)},
                                 {"beacon", sprint.beacon},
                                 {"may_start_early", sprint.beacon == "none"}});
  const base::SteadyTime t_end = local(sprint.t_end);
  const SprintKey key = scheduler_.announced(sprint, t0, t_end);
  ledger_.announced(key, sprint.sprint, poc::to_string(sprint.profile), t0, t_end, now_);
  if (recheck_ != nullptr) recheck_->warm({sprint.profile, sprint.model_seed});
}

void Coordinator::on(const stratum::client::Started& event) {
  const stratum::StartNotice& notice = event.notice;
  const Scheduler::Sprint* sprint = scheduler_.find(notice.sprint);
  if (sprint == nullptr || sprint->over) return;
  if (sprint->race == nullptr && enough_sprints()) return ledger_.ended(sprint->key, now_);
  if (sprint->race == nullptr) ++started_;
  // A share must arrive by T_end. Our idea of the pool's clock is off by up to half a round trip,
  // and the way there takes about as long.
  const base::Micros margin =
      session_->pool_clock().round_trip().value_or(base::Micros(0)) + kProcessing;
  const SprintKey key = sprint->key;
  board_.open_sprint(key);  // before a worker can have a result
  scheduler_.started(notice, local(notice.t0), local(notice.t_end) - margin);
  ledger_.started(key, local(notice.t0), local(notice.t_end), now_);
  const auto known = raced_.find(key);
  const std::uint64_t number = known == raced_.end() ? started_ : known->second.number;
  raced_[key] = {pool_, number, session_number_, notice.t_end - notice.t0, local(notice.t_end),
                 now_};
  const bool drawn = notice.beacon != "none";
  log_.info("sprint started", {{"sprint", notice.sprint},
                               {"left_s", in_seconds(local(notice.t_end) - now_)},
                               {"beacon", drawn ? std::optional(notice.beacon) : std::nullopt}});
}

void Coordinator::on(const stratum::client::SprintRefused& event) {
  log_.warn("sprint not raced", {{"sprint", event.sprint}, {"reason", event.reason}});
  // A line that makes no sense says nothing of a sprint whose own announcement did.
  if (!event.taken_before) return;
  if (const Scheduler::Sprint* sprint = scheduler_.find(event.sprint)) {
    tell_lost(ledger_.close_void(sprint->key, LossCause::kPool, now_));
  }
  scheduler_.over(event.sprint);
}

void Coordinator::on(const stratum::client::Leased& event) {
  scheduler_.leased(event.sprint, event.leases, event.close);
  const Scheduler::Sprint* sprint = scheduler_.find(event.sprint);
  for (std::uint32_t i = 0; sprint != nullptr && i < devices_.size(); ++i) {
    ledger_.leased(sprint->key, i, scheduler_.newest_lease(sprint->key, i), now_);
  }
}

void Coordinator::on(const stratum::client::LeaseRefused& event) {
  const bool final = stratum::is_final(event.error.code);
  log_.warn("no lease", {{"sprint", event.sprint},
                         {"code", static_cast<int>(event.error.code)},
                         {"reason", event.error.text}});
  const auto wait = std::chrono::milliseconds(
      std::clamp(event.error.retry_ms, kLeaseRetryMs.first, kLeaseRetryMs.second));
  scheduler_.lease_refused(event.sprint, event.devices,
                           final ? std::nullopt : std::optional(now_ + wait));
  if (event.error.code != stratum::Code::kUnknownSprint) return;
  const Scheduler::Sprint* sprint = scheduler_.find(event.sprint);
  if (sprint != nullptr && !raced_.contains(sprint->key)) {  // else its result tells
    tell_lost(ledger_.close_void(sprint->key, LossCause::kPool, now_));
  }
  scheduler_.over(event.sprint);
}

void Coordinator::on(const stratum::client::Answered& event) {
  of_use_ = of_use_ || !event.error;
  desk_.answered(event.sprint, event.seq, event.error, now_);
  // A pool that was started anew has forgotten the sprint: nobody will credit work on it.
  if (event.error && event.error->code == stratum::Code::kUnknownSprint) {
    scheduler_.over(event.sprint);
  }
}

void Coordinator::on(const stratum::client::Withdrawn&) {}

void Coordinator::on(const stratum::client::Judged& event) {
  desk_.judged(event.verdict);
}

void Coordinator::on(const stratum::client::Ended& event) {
  const Scheduler::Sprint* sprint = scheduler_.find(event.sprint);
  if (sprint == nullptr) return;
  const auto raced = raced_.find(sprint->key);
  if (raced != raced_.end() && !sprint->over) {
    const std::uint64_t nonces = board_.sprint_nonces(sprint->key);
    const double seconds = in_seconds(raced->second.length);
    log_.info("sprint ended", {{"sprint", event.sprint},
                               {"nonces", nonces},
                               {"nonces_per_s", static_cast<double>(nonces) / seconds},
                               {"shares", desk_.found_in(sprint->key)}});
  }
  scheduler_.over(event.sprint);
  ledger_.ended(sprint->key, now_);
}

void Coordinator::on(const stratum::client::Cancelled& event) {
  if (scheduler_.find(event.sprint) == nullptr && !desk_.awaits(event.sprint)) return;
  log_.warn("sprint cancelled", {{"sprint", event.sprint}, {"reason", event.reason}});
  desk_.cancelled(event.sprint);
  if (const Scheduler::Sprint* known = scheduler_.find(event.sprint)) {
    note_results(known->key);
    tell_lost(ledger_.close_void(known->key, LossCause::kPool, now_));
  }
  const Scheduler::Sprint* sprint = raced_here(event.sprint);
  scheduler_.over(event.sprint);
  if (sprint != nullptr) record(sprint->key, std::nullopt);
}

void Coordinator::on(const stratum::client::Redirected& event) {
  redirect_ = event.redirect;
}

void Coordinator::on(const stratum::client::Message& event) {
  log_.info("the pool says", {{"text", event.text}});
}

}  // namespace miner

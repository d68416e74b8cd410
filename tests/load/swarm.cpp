#include "tests/load/swarm.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace load {
namespace {

constexpr auto kStep = std::chrono::milliseconds(10);

std::int64_t micros(base::SteadyTime time) {
  return time.time_since_epoch().count();
}

}  // namespace

Swarm::Swarm(SwarmPlan plan, std::unique_ptr<poc::Verifier> verifier, const base::Clock& clock)
    : plan_(std::move(plan)), clock_(clock), work_(std::move(verifier), [this](std::string why) {
        boost::asio::post(io_, [this, why = std::move(why)] { report_.first_work_failure = why; });
      }) {}

bool Swarm::run() {
  if (!plan_.log_file.empty()) {
    log_.open(plan_.log_file);
    log_ << "sprint,account,seq,nonce,digest,right,sent_us,answered_us,code\n";
  }
  began_ = clock_.now();
  step();
  io_.run();
  log_.flush();
  return plan_.log_file.empty() || log_.good();
}

void Swarm::step() {
  const base::Micros gone = clock_.now() - began_;
  const base::Micros end = plan_.ramp + plan_.time;
  const double due = plan_.ramp.count() == 0 ? 1.0
                                             : static_cast<double>(gone.count()) /
                                                   static_cast<double>(plan_.ramp.count());
  const auto wanted = static_cast<std::size_t>(std::min(due, 1.0) * plan_.sessions);
  while (sessions_.size() < wanted) {
    const auto number = sessions_.size();
    sessions_.push_back(std::make_shared<SwarmSession>(
        io_, SwarmSession::Plan{plan_.pool, plan_.submit_every, plan_.wrong},
        fmt::format("swarm{}", number), work_, *this, clock_, plan_.seed * 1'000'003 + number));
    sessions_.back()->connect();
  }
  if (gone < end) {
    for (const auto& session : sessions_) session->work();
  }
  if (gone / std::chrono::seconds(1) != seconds_) each_second(gone);
  if (gone >= end + plan_.quiet) {
    for (const auto& session : sessions_) session->close();
    return io_.stop();
  }
  timer_.expires_after(kStep);
  timer_.async_wait([this](const auto& error) {
    if (!error) step();
  });
}

void Swarm::each_second(base::Micros gone) {
  seconds_ = gone / std::chrono::seconds(1);
  for (const auto& session : sessions_) session->tick();
  std::fprintf(stderr, "\r%4lld s: %zu sessions, %llu logged in, %llu failed, %llu acknowledged ",
               static_cast<long long>(seconds_), sessions_.size(),
               static_cast<unsigned long long>(report_.logins),
               static_cast<unsigned long long>(report_.failed),
               static_cast<unsigned long long>(report_.codes[0]));
  if (gone >= plan_.ramp + plan_.time + plan_.quiet) std::fputc('\n', stderr);
}

void Swarm::started(const std::string& sprint, std::optional<base::Micros> after) {
  started_.insert(sprint);
  report_.sprints = started_.size();
  if (after) report_.starts.add(*after);
}

void Swarm::decided(const SubmitRecord& record) {
  if (record.answered) {
    ++report_.codes[record.code];
    report_.answers.add(*record.answered - record.sent);
  } else {
    ++report_.unanswered;
  }
  if (!log_.is_open()) return;
  log_ << fmt::format("{},{},{},{},{},{},{},{},{}\n", record.sprint, record.account, record.seq,
                      base::to_hex(record.share.nonce), base::to_hex(record.share.digest),
                      record.right ? 1 : 0, micros(record.sent),
                      record.answered ? micros(*record.answered) : 0,
                      record.answered ? std::to_string(record.code) : "none");
}

void Swarm::failed(const std::string& why) {
  if (report_.failed++ == 0) report_.first_failure = why;
}

}  // namespace load

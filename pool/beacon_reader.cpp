#include "pool/beacon_reader.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace pool {
namespace {

using std::chrono::seconds;

constexpr base::Micros kOpenTime = seconds(60);
constexpr base::Micros kLongestOpenPause = seconds(30);  // between tries to open
constexpr base::Micros kClockOff = seconds(1);
constexpr base::Micros kWarnedFor = seconds(30);  // each text may be another: curl's tells times
// A draw's value has a minute, a race waits for a start's.
constexpr base::Micros kStartIsNear = seconds(10);
constexpr base::Micros kLongestBesideAStart = seconds(2);

}  // namespace

BeaconReader::BeaconReader(std::unique_ptr<BeaconSource> source,
                           std::function<void(BeaconValue)> report, base::SteadyWallClock clock,
                           TimeOfDay time_of_day, base::LogSink& sink)
    : source_(std::move(source)),
      report_(std::move(report)),
      clock_(clock),
      time_of_day_(std::move(time_of_day)),
      log_(sink, "beacon"),
      ending_fd_(eventfd(0, EFD_CLOEXEC)),
      thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "p-beacon");
}

BeaconReader::~BeaconReader() {
  {
    const base::MutexLock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (ending_fd_ >= 0) eventfd_write(ending_fd_, 1);
  thread_.join();
  if (ending_fd_ >= 0) close(ending_fd_);
}

std::optional<std::string> BeaconReader::name(std::uint64_t sprint, BeaconUse use,
                                              base::UnixTime at) const {
  if (source_->goes_by_time_of_day() && !is_clock_right()) return std::nullopt;
  return source_->name(sprint, use, at);
}

bool BeaconReader::is_clock_right() const {
  const base::Micros off = clock_.now() - time_of_day_();
  const bool right = std::chrono::abs(off) <= kClockOff;
  if (clock_said_.exchange(!right) || right) return right;
  log_.warn("the pool's clock is off: start it again", {{"off_s", base::in_seconds(off)}});
  return false;
}

void BeaconReader::want(std::uint64_t sprint, BeaconUse use, const std::string& name,
                        base::UnixTime at, base::UnixTime until) {
  {
    const base::MutexLock lock(mutex_);
    wants_.push_back({{sprint, use, name, at}, until, at});
  }
  changed_.notify_all();
}

void BeaconReader::run() {
  if (!open_source()) return;
  while (const auto want = next_due()) serve(*want);
}

/// False: it ends.
bool BeaconReader::open_source() {
  const base::UnixTime began = clock_.now();
  bool said = false;
  for (base::Micros wait = seconds(1);; wait = std::min(wait * 2, kLongestOpenPause)) {
    const auto opened = source_->open({clock_.to_steady(clock_.now() + kOpenTime), ending_fd_});
    if (opened.ok()) {
      const double took_s = base::in_seconds(clock_.now() - began);
      if (said) log_.info("the beacon's source answers", {{"after_s", took_s}});
      return true;
    }
    if (!pause(base::Micros(0))) return false;
    const base::LogField fields[] = {{"reason", opened.message()}};
    log_.write(std::exchange(said, true) ? base::LogLevel::kDebug : base::LogLevel::kWarn,
               "the beacon's source does not answer, it is tried again", fields);
    if (!pause(wait)) return false;
  }
}

/// False: it ends.
bool BeaconReader::pause(base::Micros time) {
  const base::SteadyTime until = clock_.to_steady(clock_.now() + time);
  const base::MutexLock lock(mutex_);
  while (!ending_ && clock_.to_steady(clock_.now()) < until) changed_.wait_until(mutex_, until);
  return !ending_;
}

/// Waits for one that can be asked now; nothing: it ends.
std::optional<BeaconReader::Want> BeaconReader::next_due() {
  const base::MutexLock lock(mutex_);
  while (!ending_) {
    const base::UnixTime now = clock_.now();
    drop_expired(now);
    const Want* first = nullptr;
    std::optional<base::UnixTime> wake;
    for (const Want& want : wants_) {
      const base::UnixTime next = std::min(want.ask_at, want.until);
      wake = std::min(wake.value_or(next), next);
      if (want.ask_at > now) continue;
      const auto rank = [](const Want& w) { return std::tuple(w.question.use, w.ask_at); };
      if (first == nullptr || rank(want) < rank(*first)) first = &want;
    }
    if (first != nullptr) return *first;
    if (wake) {
      changed_.wait_until(mutex_, clock_.to_steady(*wake));
    } else {
      changed_.wait(mutex_);
    }
  }
  return std::nullopt;
}

void BeaconReader::drop_expired(base::UnixTime now) {
  std::erase_if(wants_, [&](const Want& want) {
    if (now < want.until) return false;
    log_.warn("beacon did not come in time",
              {{"beacon", want.question.name},
               {"reason", want.trouble.empty() ? "nothing came of it" : want.trouble}});
    return true;
  });
}

void BeaconReader::serve(Want want) {
  const BeaconQuestion& question = want.question;
  const auto ours = source_->name(question.sprint, question.use, question.at);
  if (ours != question.name) {  // an earlier run had another source
    log_.warn("this source has no such beacon", {{"beacon", question.name}});
    return drop(question);
  }
  const base::UnixTime published = source_->published(question);
  if (clock_.now() < published) return ask_again(want, published);
  auto value = ask(want);
  const base::UnixTime now = clock_.now();
  if (value.ok() && now < want.until) {
    drop(question);
    return report_({question.sprint, question.use, question.name, std::move(value).value()});
  }
  if (!pause(base::Micros(0))) return;
  want.trouble = value.ok() ? "it came too late" : value.message();
  if (!value.ok() && value.error().fault != base::Fault::kUnavailable) warn_of(want, now);
  ask_again(want, now + source_->pause());
}

void BeaconReader::warn_of(Want& want, base::UnixTime now) {
  if (want.warned || (warned_at_ && now < *warned_at_ + kWarnedFor)) return;
  want.warned = true;
  warned_at_ = now;
  log_.warn("the beacon cannot be had, it is tried again",
            {{"beacon", want.question.name}, {"reason", want.trouble}});
}

/// How long a source may take to answer.
base::UnixTime BeaconReader::longest(const Want& want) {
  if (want.question.use == BeaconUse::kStart) return want.until;
  const base::UnixTime now = clock_.now();
  const base::MutexLock lock(mutex_);
  const bool near = std::any_of(wants_.begin(), wants_.end(), [&](const Want& other) {
    return other.question.use == BeaconUse::kStart && other.ask_at <= now + kStartIsNear;
  });
  return near ? std::min(want.until, now + kLongestBesideAStart) : want.until;
}

base::Result<std::string> BeaconReader::ask(const Want& want) {
  const base::SteadyTime until = clock_.to_steady(longest(want));
  ASSIGN_OR_RETURN(std::string value, source_->ask(want.question, {until, ending_fd_}));
  const base::Status fits = check_beacon_value(value);
  if (!fits.ok()) return base::io_error(fits.message());
  return value;
}

void BeaconReader::ask_again(const Want& want, base::UnixTime at) {
  const base::MutexLock lock(mutex_);
  for (Want& each : wants_) {
    if (!each.is_of(want.question)) continue;
    each.ask_at = at;
    each.trouble = want.trouble;
    each.warned = want.warned;
  }
}

void BeaconReader::drop(const BeaconQuestion& question) {
  const base::MutexLock lock(mutex_);
  std::erase_if(wants_, [&](const Want& want) { return want.is_of(question); });
}

}  // namespace pool

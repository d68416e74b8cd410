#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "pool/beacon.h"
#include "pool/beacon_source.h"

namespace pool {

/// The thread that asks a source for the values that a pool wants, again and again while they are
/// not there. Of several a start's comes first, since a race waits for it.
class BeaconReader final : public Beacon {
 public:
  /// What time it is for everybody else. Any thread.
  using TimeOfDay = std::function<base::UnixTime()>;

  /// `report` is called on the reader's thread. `clock`: the pool's, carried on by the system's
  /// clock. What it reads and `sink` outlive this.
  BeaconReader(std::unique_ptr<BeaconSource> source, std::function<void(BeaconValue)> report,
               base::SteadyWallClock clock, TimeOfDay time_of_day, base::LogSink& sink);
  /// Ends the thread, whatever it waits for.
  ~BeaconReader() override;

  /// Nothing, too, while the pool's clock is more than a second off, where the source goes by the
  /// time of day: what it would name may be published already.
  std::optional<std::string> name(std::uint64_t sprint, BeaconUse use,
                                  base::UnixTime at) const override;
  void want(std::uint64_t sprint, BeaconUse use, const std::string& name, base::UnixTime at,
            base::UnixTime until) override EXCLUDES(mutex_);

 private:
  struct Want {
    BeaconQuestion question;
    base::UnixTime until;
    base::UnixTime ask_at;
    std::string trouble = {};  // why there is none yet
    bool warned = false;       // of that

    bool is_of(const BeaconQuestion& other) const {
      return question.sprint == other.sprint && question.use == other.use;
    }
  };
  void run();
  bool open_source() EXCLUDES(mutex_);
  std::optional<Want> next_due() EXCLUDES(mutex_);
  void drop_expired(base::UnixTime now) REQUIRES(mutex_);
  void serve(Want want) EXCLUDES(mutex_);
  base::UnixTime longest(const Want& want) EXCLUDES(mutex_);
  base::Result<std::string> ask(const Want& want) EXCLUDES(mutex_);
  void ask_again(const Want& want, base::UnixTime at) EXCLUDES(mutex_);
  void warn_of(Want& want, base::UnixTime now);
  bool is_clock_right() const;
  void drop(const BeaconQuestion& question) EXCLUDES(mutex_);
  bool pause(base::Micros time) EXCLUDES(mutex_);

  const std::unique_ptr<BeaconSource> source_;
  const std::function<void(BeaconValue)> report_;
  const base::SteadyWallClock clock_;
  const TimeOfDay time_of_day_;
  const base::Log log_;
  const int ending_fd_;  // readable when the thread is to end

  base::Mutex mutex_;
  base::CondVar changed_;
  bool ending_ GUARDED_BY(mutex_) = false;
  std::vector<Want> wants_ GUARDED_BY(mutex_);

  mutable std::atomic<bool> clock_said_ = false;  // that it is off
  std::optional<base::UnixTime> warned_at_;       // of trouble; the thread's
  std::thread thread_;
};

}  // namespace pool

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/owner_thread.h"
#include "miner/assignment.h"
#include "stratum/messages.h"

namespace miner {

/// What the scheduler can make happen: the pool's session on one side, the workers on the other.
class SchedulerPorts {
 public:
  virtual ~SchedulerPorts() = default;
  virtual void send_ready(const std::string& sprint,
                          std::span<const stratum::ReadyDevice> devices) = 0;
  virtual void request_lease(const std::string& sprint, std::uint32_t device) = 0;
  virtual void publish(std::uint32_t device, const Assignment& assignment) = 0;
};

/// Decides what each device works on: follows the sprints of one pool, asks for leases when weights
/// are made, and publishes a new assignment to a device whenever its own changes. No socket, no
/// thread, no clock; belongs to the network thread.
///
/// One sprint, as one device sees it:
///
///   announced --prepared--> asked --leased--> ready --start--> racing --end--> over
///       |                     ^  |refused: again after a while
///       +--- start comes first: weights are made late, then asked --+
class Scheduler {
 public:
  /// `names[i]` is how device i is called in sprint.ready.
  Scheduler(SchedulerPorts& ports, std::vector<std::string> names);

  /// A sprint as the scheduler knows it, for the desk and the screen.
  struct Sprint {
    SprintKey key = 0;
    stratum::Announcement announcement;
    base::Bytes32 identity_hash{};
    base::SteadyTime t0;
    base::SteadyTime t_end;
    std::shared_ptr<const Race> race;  ///< once it has started
    bool over = false;
  };

  // From the session; times already on our clock. The announcement of a sprint that is known from
  // an earlier connection to the same pool keeps its leases.
  SprintKey announced(const stratum::Announcement& announcement, base::SteadyTime t0,
                      base::SteadyTime t_end);
  void started(const stratum::StartNotice& notice, base::SteadyTime t0, base::SteadyTime t_end);
  void leased(const std::string& sprint, std::span<const stratum::Lease> leases,
              std::span<const std::uint64_t> close);
  /// `retry_at` nothing: it will never be granted.
  void lease_refused(const std::string& sprint, std::span<const std::uint32_t> devices,
                     std::optional<base::SteadyTime> retry_at);
  /// Ended, cancelled or refused: nobody works on it any more.
  void over(const std::string& sprint);
  /// The connection is gone: devices go on with the leases they have; sprints that have not started
  /// are announced again by the next session.
  void session_lost();
  /// The next session is another pool's: nobody works on the sprints known so far any more.
  void drop_all();

  // From the workers.
  void prepared(std::uint32_t device, SprintKey sprint, std::uint64_t rate_per_1000s);
  void lease_low(std::uint32_t device, SprintKey sprint);
  void device_down(std::uint32_t device);

  // From the user and the desk. The cause of a pause stays until the device is resumed.
  void pause(std::uint32_t device, Pause pause);
  void resume(std::uint32_t device);

  /// Asks again for leases that were refused for a while; ends sprints whose end did not come.
  void tick(base::SteadyTime now);

  /// What was asked for, whatever the device is at; nothing: it is not to pause.
  const std::optional<Pause>& paused(std::uint32_t device) const {
    return devices_.at(device).paused;
  }
  /// Nothing for an unknown key. Sprints stay known until `forget`.
  const Sprint* find(SprintKey key) const;
  const Sprint* find(const std::string& id) const;
  /// The lease that the device was granted last of those it may draw from in a known sprint.
  std::optional<std::uint64_t> newest_lease(SprintKey key, std::uint32_t device) const;
  /// Of the leases that devices may draw from in a sprint; 0: there are none.
  std::uint64_t largest_difficulty(SprintKey key) const;
  /// The sprint being raced, else the next one announced, else nothing.
  const Sprint* current() const;
  void forget(SprintKey key);

 private:
  struct PerDevice {
    bool prepared = false;
    bool asked = false;  // and not answered yet
    bool refused = false;
    bool low = false;  // its leases are nearly used up
    std::optional<base::SteadyTime> retry_at;
    std::uint64_t rate_per_1000s = 0;
    std::vector<stratum::Lease> leases;
  };
  struct Entry {
    Sprint sprint;
    std::vector<PerDevice> devices;
  };
  struct Device {
    std::string name;
    std::optional<Pause> paused;
    Assignment published;
  };

  Entry* entry_of(const std::string& id);
  void ask_where_due(Entry& entry);
  Assignment assignment_for(std::uint32_t device) const;
  void publish_changes();

  SchedulerPorts& ports_;
  std::vector<Device> devices_;
  std::map<SprintKey, Entry> sprints_;
  SprintKey last_key_ = 0;
  bool connected_ = false;
  base::OwnerThread owner_;
};

}  // namespace miner
